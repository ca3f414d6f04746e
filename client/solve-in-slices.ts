// Solves on this thread without keeping it: a few milliseconds of work, then a turn for everybody
// else. It looks at the signal at every turn, so a caller who leaves stops the work.

import type { Bytes } from '../core/bytes.ts';
import { solveShare } from './solve-share.ts';
import type { Engine } from './solver-engine.ts';
import { createScriptEngine } from './solver-engine-script.ts';
import type { OnSolveProgress, Puzzle } from './solver.ts';

const SLICE_MILLISECONDS = 10;

export async function solveInSlices(
  puzzle: Puzzle,
  signal: AbortSignal | null,
  engine: Engine = createScriptEngine(),
  onProgress?: OnSolveProgress,
): Promise<Bytes> {
  const solving = solveShare(engine, { ...puzzle, first: 0, step: 1 });
  let sliceStartedAt = performance.now();
  for (;;) {
    const step = solving.next();
    if (step.done === true) return step.value;
    if (performance.now() - sliceStartedAt < SLICE_MILLISECONDS) continue;
    onProgress?.(step.value);
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
