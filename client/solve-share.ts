// Solves one worker's share of a puzzle, and yields between slices so that the caller decides when
// to give way. No counter leaves it unchecked: an engine that is wrong here is replaced.

import type { Bytes } from '../core/bytes.ts';
import { puzzleBlock, solves, type SolveProgress } from '../core/proof/work.ts';
import type { Counter, Engine, SubPuzzle } from './solver-engine.ts';
import { createScriptEngine } from './solver-engine-script.ts';
import type { Puzzle } from './solver.ts';

/** Every `step`th sub-puzzle from `first` on; all of them with 0 and 1. */
export type Share = Puzzle & { readonly first: number; readonly step: number };

const ZERO: Counter = { high: 0, low: 0 };

/** Returns the share's counters, 8 bytes each, in the order of their sub-puzzles. */
export function* solveShare(engine: Engine, share: Share): Generator<SolveProgress, Bytes> {
  const { seed, k, bits, first, step } = share;
  const work = new Uint8Array(8 * Math.ceil((k - first) / step));
  const view = new DataView(work.buffer);
  let trusted = engine;
  let hashes = 0;
  for (let at = 0; at < work.length; at += 8) {
    const puzzle = { seed, index: first + step * (at / 8), bits };
    let counter = ZERO;
    for (;;) {
      const found = trusted.search(puzzle, counter, trusted.hashesPerLook);
      ({ counter } = found);
      if (!found.solved) {
        yield { solved: at / 8, hashes: hashes + tried(counter) };
      } else if (isRight(puzzle, counter)) {
        break;
      } else {
        trusted = createScriptEngine();
        counter = ZERO;
      }
    }
    hashes += tried(counter) + 1;
    view.setUint32(at, counter.high);
    view.setUint32(at + 4, counter.low);
    yield { solved: at / 8 + 1, hashes };
  }
  return work;
}

const tried = ({ high, low }: Counter): number => high * 2 ** 32 + low;

function isRight({ seed, index, bits }: SubPuzzle, { high, low }: Counter): boolean {
  const block = puzzleBlock(seed, index);
  block[9] = high;
  block[10] = low;
  return solves(block, bits);
}
