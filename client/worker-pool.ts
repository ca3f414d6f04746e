// A few Web Workers that solve puzzles, one puzzle each at a time. A caller who leaves ends its
// worker, which is the only way to stop one that is busy; idle ones are ended after a while. It
// refuses to wait for a worker that does not say it is ready.

import type { Bytes } from '../core/bytes.ts';
import type { FromWorker, ToWorker } from './answer-solve-messages.ts';
import type { Puzzle, Solve } from './solver.ts';

const WORKERS_MAX = 4;
const START_MILLISECONDS_MAX = 5_000;
const IDLE_MILLISECONDS_MAX = 60_000;

/** No worker can be made here: policy, another origin, or a script that is not ours. */
export class WorkerUnavailable extends Error {
  override name = 'WorkerUnavailable';
}

export function createWorkerPool(makeWorker: () => Worker): { readonly solve: Solve } {
  const workersMax = Math.min(WORKERS_MAX, Math.max(1, (navigator.hardwareConcurrency || 2) - 1));
  const idle: { worker: Worker; timer: ReturnType<typeof setTimeout> }[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;

  function takeWorker(): Worker {
    const rested = idle.pop();
    if (rested === undefined) return startWorker(makeWorker);
    clearTimeout(rested.timer);
    return rested.worker;
  }

  function giveBack(worker: Worker): void {
    const timer = setTimeout(() => {
      worker.terminate();
      const at = idle.findIndex((rested) => rested.worker === worker);
      if (at >= 0) idle.splice(at, 1);
    }, IDLE_MILLISECONDS_MAX);
    idle.push({ worker, timer });
  }

  async function solve(puzzle: Puzzle, signal: AbortSignal | null): Promise<Bytes> {
    while (busy >= workersMax) await new Promise<void>((resolve) => waiting.push(resolve));
    busy += 1;
    let worker: Worker | null = null;
    try {
      signal?.throwIfAborted();
      worker = takeWorker();
      const work = await solveIn(worker, puzzle, signal);
      giveBack(worker);
      return work;
    } catch (error) {
      worker?.terminate();
      throw error;
    } finally {
      busy -= 1;
      waiting.shift()?.();
    }
  }
  return { solve };
}

function startWorker(makeWorker: () => Worker): Worker {
  try {
    return makeWorker();
  } catch (error) {
    throw new WorkerUnavailable('cannot be made', { cause: error });
  }
}

/** One puzzle in one worker. A worker that has not answered anything in time is no worker. */
function solveIn(worker: Worker, puzzle: Puzzle, signal: AbortSignal | null): Promise<Bytes> {
  const listening = new AbortController();
  return new Promise<Bytes>((resolve, reject) => {
    const unavailable = (): void => reject(new WorkerUnavailable('does not answer'));
    const timer = setTimeout(unavailable, START_MILLISECONDS_MAX);
    listening.signal.addEventListener('abort', () => clearTimeout(timer));
    const options = { signal: listening.signal };
    signal?.addEventListener('abort', () => reject(signal.reason), options);
    worker.addEventListener('error', unavailable, options);
    worker.addEventListener('messageerror', unavailable, options);
    worker.addEventListener(
      'message',
      ({ data }: MessageEvent<FromWorker>) => {
        clearTimeout(timer);
        if (data.weighbridge === 'solved') resolve(data.work);
      },
      options,
    );
    const message: ToWorker = { weighbridge: 'solve', ...puzzle };
    worker.postMessage(message);
  }).finally(() => listening.abort());
}
