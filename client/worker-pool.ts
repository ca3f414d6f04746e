// A few workers that solve puzzles, each puzzle split over as many as there may be. A caller who
// leaves ends its workers, which is the only way to stop one that is busy; idle ones are ended
// after a while. It refuses to wait for a worker that does not say it is ready.

import type { Bytes } from '../core/bytes.ts';
import type { SolveProgress } from '../core/proof/work.ts';
import type { FromWorker, ToWorker } from './answer-solve-messages.ts';
import type { Share } from './solve-share.ts';
import type { OnSolveProgress, Solve } from './solver.ts';

const WORKERS_MAX = 4;
const START_MILLISECONDS_MAX = 5_000;
const IDLE_MILLISECONDS_MAX = 60_000;

export type SolverWorker = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>;

/** No worker can be made here: policy, another origin, or a script that is not ours. */
export class WorkerUnavailable extends Error {
  override name = 'WorkerUnavailable';
}

export function createWorkerPool(
  makeWorker: () => SolverWorker,
  workersMax: number = defaultWorkersMax(),
): { readonly solve: Solve } {
  const idle: { worker: SolverWorker; timer: unknown }[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;

  function takeWorker(): SolverWorker {
    const rested = idle.pop();
    if (rested === undefined) return startWorker(makeWorker);
    clearTimeout(rested.timer as number);
    return rested.worker;
  }

  function giveBack(worker: SolverWorker): void {
    const timer: unknown = setTimeout(() => {
      worker.terminate();
      const at = idle.findIndex((rested) => rested.worker === worker);
      if (at >= 0) idle.splice(at, 1);
    }, IDLE_MILLISECONDS_MAX);
    // A program that is done does not wait for it.
    (timer as { unref?: () => void }).unref?.();
    idle.push({ worker, timer });
  }

  async function solveShare(
    share: Share,
    signal: AbortSignal,
    onProgress: OnSolveProgress,
  ): Promise<Bytes> {
    while (busy >= workersMax) await new Promise<void>((resolve) => waiting.push(resolve));
    busy += 1;
    let worker: SolverWorker | null = null;
    try {
      signal.throwIfAborted();
      worker = takeWorker();
      const work = await solveIn(worker, share, signal, onProgress);
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

  return {
    solve(puzzle, signal, onProgress) {
      const step = Math.min(workersMax, puzzle.k);
      const shares = Array.from({ length: step }, (_, first) => ({ ...puzzle, first, step }));
      return solveShares(shares, signal, onProgress, solveShare);
    },
  };
}

/** One core stays with the page. */
function defaultWorkersMax(): number {
  const cores = typeof navigator === 'undefined' ? 0 : navigator.hardwareConcurrency;
  return Math.min(WORKERS_MAX, Math.max(1, (cores || 2) - 1));
}

function startWorker(makeWorker: () => SolverWorker): SolverWorker {
  try {
    return makeWorker();
  } catch (error) {
    throw new WorkerUnavailable('cannot be made', { cause: error });
  }
}

/** All shares at once, put together again. The first that fails ends the others. */
async function solveShares(
  shares: readonly Share[],
  signal: AbortSignal | null,
  onProgress: OnSolveProgress | undefined,
  solveShare: (share: Share, signal: AbortSignal, told: OnSolveProgress) => Promise<Bytes>,
): Promise<Bytes> {
  const ending = new AbortController();
  const end = (): void => ending.abort(signal?.reason);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted === true) end();
  const states: SolveProgress[] = shares.map(() => ({ solved: 0, hashes: 0 }));
  const sumOf = (name: keyof SolveProgress): number =>
    states.reduce((sum, state) => sum + state[name], 0);
  try {
    const parts = await Promise.all(
      shares.map((share) =>
        solveShare(share, ending.signal, (state) => {
          states[share.first] = state;
          onProgress?.({ solved: sumOf('solved'), hashes: sumOf('hashes') });
        }),
      ),
    );
    return interleave(parts);
  } catch (error) {
    ending.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** Share j has sub-puzzles j, j + n, j + 2n, … of n shares. */
export function interleave(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.forEach((part, first) => {
    for (let at = 0; at < part.length; at += 8) {
      whole.set(part.subarray(at, at + 8), at * parts.length + 8 * first);
    }
  });
  return whole;
}

/** One share in one worker. A worker that has not answered anything in time is no worker. */
function solveIn(
  worker: SolverWorker,
  share: Share,
  signal: AbortSignal,
  onProgress: OnSolveProgress,
): Promise<Bytes> {
  const listening = new AbortController();
  return new Promise<Bytes>((resolve, reject) => {
    const unavailable = (): void => reject(new WorkerUnavailable('does not answer'));
    const timer = setTimeout(unavailable, START_MILLISECONDS_MAX);
    listening.signal.addEventListener('abort', () => clearTimeout(timer));
    const options = { signal: listening.signal };
    signal.addEventListener('abort', () => reject(signal.reason), options);
    worker.addEventListener('error', unavailable, options);
    worker.addEventListener('messageerror', unavailable, options);
    worker.addEventListener(
      'message',
      ({ data }: MessageEvent<FromWorker>) => {
        clearTimeout(timer);
        if (data.weighbridge === 'solved') resolve(data.work);
        if (data.weighbridge === 'progress') {
          onProgress({ solved: data.solved, hashes: data.hashes });
        }
      },
      options,
    );
    const message: ToWorker = { weighbridge: 'solve', ...share };
    worker.postMessage(message);
  }).finally(() => listening.abort());
}
