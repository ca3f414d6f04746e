// The engine in WebAssembly, over the binaries made from `solver/`. It rejects where the platform,
// the page's policy or the binary do not allow it.

import type { Bytes } from '../core/bytes.ts';
import type { Engine } from './solver-engine.ts';

/** What `solver/simd.ts` and `solver/scalar.ts` export. */
type Exports = {
  readonly memory: WebAssembly.Memory;
  readonly seed: WebAssembly.Global<'i32'>;
  readonly counterHigh: WebAssembly.Global<'i32'>;
  readonly counterLow: WebAssembly.Global<'i32'>;
  begin(index: number, bits: number, high: number, low: number): void;
  run(hashesMax: number): number;
};

export async function createWasmEngine(name: 'simd' | 'scalar', binary: Bytes): Promise<Engine> {
  const { instance } = await WebAssembly.instantiate(binary);
  const solver = instance.exports as unknown as Exports;
  return {
    name,
    // Short calls: V8 puts quicker code in place only from one call to the next.
    hashesPerLook: 16_384,
    search({ seed, index, bits }, { high, low }, hashesMax) {
      new Uint8Array(solver.memory.buffer).set(seed, solver.seed.value);
      solver.begin(index, bits, high, low);
      const solved = solver.run(hashesMax) !== 0;
      const counter = {
        high: solver.counterHigh.value >>> 0,
        low: solver.counterLow.value >>> 0,
      };
      return { solved, counter };
    },
  };
}
