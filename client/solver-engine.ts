// What searches for counters, in three makes that find the same ones: WebAssembly with SIMD,
// WebAssembly without, and plain script. The quickest that this platform and this page's policy
// allow is taken; one that cannot run is passed over in silence.

import type { Bytes } from '../core/bytes.ts';
import { createScriptEngine } from './solver-engine-script.ts';
import { createWasmEngine } from './solver-engine-wasm.ts';

/** A counter of 64 bits in two halves. */
export type Counter = { readonly high: number; readonly low: number };

export type SubPuzzle = { readonly seed: Bytes; readonly index: number; readonly bits: number };

/** The counter that solves, or the one to go on with. */
export type Found = { readonly solved: boolean; readonly counter: Counter };

export type Engine = {
  readonly name: 'simd' | 'scalar' | 'script';
  /** How many hashes to try between two looks at the clock: a millisecond or two. */
  readonly hashesPerLook: number;
  /**
   * Tries counters from `start` upwards, whose low half is a multiple of 4, as `hashesMax` is.
   * Nothing is kept from call to call, so that puzzles may take turns.
   */
  search(puzzle: SubPuzzle, start: Counter, hashesMax: number): Found;
};

export type SolverBinaries = { readonly simd: Bytes; readonly scalar: Bytes };

export async function openEngine(binaries: SolverBinaries): Promise<Engine> {
  for (const name of ['simd', 'scalar'] as const) {
    try {
      // Refused without SIMD, and by a policy without 'wasm-unsafe-eval' one line further on.
      if (WebAssembly.validate(binaries[name])) return await createWasmEngine(name, binaries[name]);
    } catch {
      // The next one.
    }
  }
  return createScriptEngine();
}
