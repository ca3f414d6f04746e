// The engine in plain script, for where WebAssembly is missing or refused: about a tenth of the
// speed of SIMD. It needs nothing of the platform.

import { puzzleBlock, solves } from '../core/proof/work.ts';
import type { Engine } from './solver-engine.ts';

export function createScriptEngine(): Engine {
  return {
    name: 'script',
    hashesPerLook: 2_048,
    search({ seed, index, bits }, start, hashesMax) {
      const block = puzzleBlock(seed, index);
      let { high, low } = start;
      for (let rest = hashesMax; rest > 0; rest -= 1) {
        block[9] = high;
        block[10] = low;
        if (solves(block, bits)) return { solved: true, counter: { high, low } };
        low = (low + 1) >>> 0;
        if (low === 0) high += 1;
      }
      return { solved: false, counter: { high, low } };
    },
  };
}
