// What the solver's script does in its worker: it answers solve messages, one at a time, and
// nothing else. It touches no network and no storage.

import type { Bytes } from '../core/bytes.ts';
import type { SolveProgress } from '../core/proof/work.ts';
import { type Share, solveShare } from './solve-share.ts';
import type { Engine } from './solver-engine.ts';

export type ToWorker = Share & { readonly weighbridge: 'solve' };
export type FromWorker =
  | { readonly weighbridge: 'begun'; readonly engine: Engine['name'] }
  | ({ readonly weighbridge: 'progress' } & SolveProgress)
  | { readonly weighbridge: 'solved'; readonly work: Bytes };

export type WorkerPort = {
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
  postMessage(message: FromWorker): void;
};

export function answerSolveMessages(port: WorkerPort, opening: Promise<Engine>): void {
  port.addEventListener('message', ({ data }) => {
    if (data.weighbridge === 'solve') void opening.then((engine) => answer(port, engine, data));
  });
}

function answer(port: WorkerPort, engine: Engine, share: ToWorker): void {
  port.postMessage({ weighbridge: 'begun', engine: engine.name });
  const solving = solveShare(engine, share);
  let solved = 0;
  // A worker has nobody to give way to: whoever wants it to stop ends it.
  for (let step = solving.next(); ; step = solving.next()) {
    if (step.done === true) {
      port.postMessage({ weighbridge: 'solved', work: step.value });
      return;
    }
    if (step.value.solved === solved) continue;
    ({ solved } = step.value);
    port.postMessage({ weighbridge: 'progress', ...step.value });
  }
}
