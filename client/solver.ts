// Who does the work: a Web Worker where one can be made, cooperative slices of this thread where
// none can. A worker that fails to start is given up for good; the work is never given up with it.

import type { Bytes } from '../core/bytes.ts';
import { abortable } from './abortable.ts';
import { solveInSlices } from './solve-in-slices.ts';
import { createWorkerPool, WorkerUnavailable } from './worker-pool.ts';

export type Puzzle = { readonly seed: Bytes; readonly k: number; readonly bits: number };

/** Resolves to k counters of 8 bytes, or rejects with the signal's reason as soon as it aborts. */
export type Solve = (puzzle: Puzzle, signal: AbortSignal | null) => Promise<Bytes>;

export type SolverParts = { readonly makeWorker?: () => Worker };

export function createSolver({ makeWorker }: SolverParts): Solve {
  let pool =
    makeWorker === undefined || typeof Worker === 'undefined' ? null : createWorkerPool(makeWorker);
  return async function solve(puzzle, signal) {
    signal?.throwIfAborted();
    if (pool !== null) {
      try {
        return await abortable(pool.solve(puzzle, signal), signal);
      } catch (error) {
        if (!(error instanceof WorkerUnavailable)) throw error;
        pool = null;
      }
    }
    return solveInSlices(puzzle, signal);
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
