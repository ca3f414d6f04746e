// What the built script does when it runs as a worker: it answers solve messages, one at a time,
// and nothing else. It touches no network and no storage.

import type { Bytes } from '../core/bytes.ts';
import { solveWork } from '../core/proof/work.ts';
import type { Puzzle } from './solver.ts';

export type ToWorker = Puzzle & { readonly weighbridge: 'solve' };
export type FromWorker =
  { readonly weighbridge: 'begun' } | { readonly weighbridge: 'solved'; readonly work: Bytes };

export type WorkerPort = {
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
  postMessage(message: FromWorker): void;
};

export function answerSolveMessages(port: WorkerPort): void {
  port.addEventListener('message', ({ data }) => {
    if (data.weighbridge !== 'solve') return;
    port.postMessage({ weighbridge: 'begun' });
    // A worker has nobody to give way to: whoever wants it to stop ends it.
    const work = solveWork(data.seed, data.k, data.bits, Number.MAX_SAFE_INTEGER);
    for (let step = work.next(); ; step = work.next()) {
      if (step.done !== true) continue;
      port.postMessage({ weighbridge: 'solved', work: step.value });
      return;
    }
  });
}
