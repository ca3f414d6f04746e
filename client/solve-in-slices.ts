// Solves on this thread without keeping it: a few milliseconds of work, then a turn for everybody
// else. It looks at the signal at every turn, so a caller who leaves stops the work.

import type { Bytes } from '../core/bytes.ts';
import { solveWork } from '../core/proof/work.ts';
import type { Puzzle } from './solver.ts';

const SLICE_MILLISECONDS = 10;
/** How often the clock is read: about every half millisecond. */
const HASHES_PER_LOOK = 2_048;

export async function solveInSlices(puzzle: Puzzle, signal: AbortSignal | null): Promise<Bytes> {
  const work = solveWork(puzzle.seed, puzzle.k, puzzle.bits, HASHES_PER_LOOK);
  let sliceStartedAt = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - sliceStartedAt < SLICE_MILLISECONDS) continue;
    await nextTurn();
    signal?.throwIfAborted();
    sliceStartedAt = performance.now();
  }
}

/** The soonest turn after everything that is waiting; a timer would add 4 ms in a browser. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
    } else if (typeof MessageChannel === 'function') {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    } else {
      setTimeout(resolve, 0);
    }
  });
}

declare const setImmediate: ((callback: () => void) => unknown) | undefined;
