// Who does the work: workers where they can be made, cooperative slices of this thread where none
// can. A worker that fails to start is given up for good; the work is never given up with it.

import type { Bytes } from '../core/bytes.ts';
import type { SolveProgress } from '../core/proof/work.ts';
import { abortable } from './abortable.ts';
import { solveInSlices } from './solve-in-slices.ts';
import type { Engine } from './solver-engine.ts';
import { createScriptEngine } from './solver-engine-script.ts';
import { createWorkerPool, type SolverWorker, WorkerUnavailable } from './worker-pool.ts';

export type Puzzle = { readonly seed: Bytes; readonly k: number; readonly bits: number };

/** Of one puzzle, over all its workers: sub-puzzles solved and hashes tried so far. */
export type OnSolveProgress = (progress: SolveProgress) => void;

/** Resolves to k counters of 8 bytes, or rejects with the signal's reason as soon as it aborts. */
export type Solve = (
  puzzle: Puzzle,
  signal: AbortSignal | null,
  onProgress?: OnSolveProgress,
) => Promise<Bytes>;

export type SolverParts = {
  /** Starts the solver's script. It may throw: then this thread does the work. */
  readonly makeWorker?: () => SolverWorker;
  /** The engine for this thread. It may fail: then it is plain script. */
  readonly openEngine?: () => Promise<Engine>;
};

export function createSolver({ makeWorker, openEngine }: SolverParts): Solve {
  let pool = makeWorker === undefined ? null : createWorkerPool(makeWorker);
  let opening: Promise<Engine> | null = null;

  async function open(): Promise<Engine> {
    return (await openEngine?.().catch(() => null)) ?? createScriptEngine();
  }

  return async function solve(puzzle, signal, onProgress) {
    signal?.throwIfAborted();
    if (pool !== null) {
      try {
        return await abortable(pool.solve(puzzle, signal, onProgress), signal);
      } catch (error) {
        if (!(error instanceof WorkerUnavailable)) throw error;
        pool = null;
      }
    }
    opening ??= open();
    const engine = await abortable(opening, signal);
    return solveInSlices(puzzle, signal, engine, onProgress);
  };
}

/** How many hashes led to these counters: each starts at zero. */
export function countHashes(work: Bytes): number {
  const view = new DataView(work.buffer, work.byteOffset, work.byteLength);
  let hashes = 0;
  for (let at = 0; at < work.length; at += 8) {
    hashes += view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4) + 1;
  }
  return hashes;
}
