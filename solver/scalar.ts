// AssemblyScript. The solver for machines without SIMD: one counter at a time.

import { search } from './search';

export { begin, counterHigh, counterLow, seed } from './search';

/** Tries up to `hashesMax` counters; true if one solves. */
export function run(hashesMax: u32): bool {
  return search<u32>(hashesMax);
}
