// AssemblyScript. Looks for the first counter n for which SHA-256(seed ‖ u32be(index) ‖ u64be(n))
// begins with enough zero bits. The message is one block whose only varying word is the counter's
// low half, so all that does not depend on it is done once: rounds 0 to 9, and the constant parts
// of the schedule. The compression of one counter, or of four, is in `rounds.ts`.

import { firstWord, PARTS, SLOTS, START } from './rounds';
import { add, mix, smallSigma0, smallSigma1, spin, spread } from './words';

const LOW = 10;
const MESSAGE_BITS = 44 * 8;
/** From word 39 on nothing in the schedule is constant any more. */
const MIXED = 39;

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
/** The constant words of the schedule; those that vary are zero. */
const WORDS: usize = memory.data(MIXED * 4, 16);

/** Where the caller writes the 32 bytes of the seed before `begin`. */
export const seed: usize = memory.data(32, 16);

/** The counter to try next; after a success, the one that solves. */
export let counterHigh: u32 = 0;
export let counterLow: u32 = 0;

let unwantedBits: u32 = 31;

@inline
function word(t: i32): u32 {
  return load<u32>(WORDS + 4 * t);
}

@inline
function initial(i: i32): u32 {
  return load<u32>(INITIAL + 4 * i);
}

@inline
function roundConstant(t: i32): u32 {
  return load<u32>(K + 4 * t);
}

/** A sub-puzzle of 1 to 31 bits. `low` is a multiple of 4, so that four lanes share `high`. */
export function begin(index: u32, bits: u32, high: u32, low: u32): void {
  memory.fill(WORDS, 0, MIXED * 4);
  for (let i = 0; i < 8; i += 1) store<u32>(WORDS + 4 * i, bswap(load<u32>(seed + 4 * i)));
  store<u32>(WORDS + 4 * 8, index);
  store<u32>(WORDS + 4 * 11, 0x80000000);
  store<u32>(WORDS + 4 * 15, MESSAGE_BITS);
  unwantedBits = 32 - bits;
  counterHigh = high;
  counterLow = low;
}

@inline
export function search<T>(hashesMax: u32): bool {
  const lanes: u32 = isVector<T>() ? 4 : 1;
  prepare<T>();
  let low = spread<T>(counterLow);
  if (isVector<T>()) low = add(low, i32x4(0, 1, 2, 3));
  for (let rest = hashesMax / lanes; rest > 0; rest -= 1) {
    const output = add(firstWord<T>(low), spread<T>(0x6a09e667));
    if (isVector<T>()) {
      const zeros = i32x4.eq(i32x4.shr_u(output, unwantedBits), i32x4.splat(0));
      if (v128.any_true(zeros)) {
        counterLow += ctz(i32x4.bitmask(zeros));
        return true;
      }
    } else {
      if ((output as u32) >>> unwantedBits == 0) return true;
    }
    low = add(low, spread<T>(lanes));
    counterLow += lanes;
    if (counterLow == 0) {
      counterHigh += 1;
      prepare<T>();
    }
  }
  return false;
}

/** Everything that is the same for all counters with this high half. */
function prepare<T>(): void {
  store<u32>(WORDS + 4 * 9, counterHigh);
  prepareSchedule<T>();
  prepareRounds<T>();
}

/**
 * The part of each word of the schedule that does not depend on the counter. A word without any
 * other part is constant itself.
 */
function prepareSchedule<T>(): void {
  let varying: u64 = 1 << LOW;
  for (let t = 16; t < MIXED; t += 1) {
    let sum: u32 = 0;
    if (!((varying >> (t - 2)) & 1)) sum += smallSigma1(word(t - 2));
    if (!((varying >> (t - 7)) & 1)) sum += word(t - 7);
    if (!((varying >> (t - 15)) & 1)) sum += smallSigma0(word(t - 15));
    if (!((varying >> (t - 16)) & 1)) sum += word(t - 16);
    const sources: u64 = (1 << 0) | (1 << 1) | (1 << 9) | (1 << 14);
    const varies = ((varying >> (t - 16)) & sources) != 0;
    if (varies) varying |= (1 as u64) << t;
    store<u32>(WORDS + 4 * t, varies ? 0 : sum);
    store<T>(PARTS + 16 * t, spread<T>(sum));
  }
}

/** Rounds 0 to 10 as if the low word were zero, and what later rounds add to their sums. */
function prepareRounds<T>(): void {
  let a = initial(0);
  let b = initial(1);
  let c = initial(2);
  let d = initial(3);
  let e = initial(4);
  let f = initial(5);
  let g = initial(6);
  let h = initial(7);
  for (let t = 0; t <= LOW; t += 1) {
    const sum = h + mix(e, f, g) + word(t) + roundConstant(t);
    h = g;
    g = f;
    f = e;
    e = d + sum;
    d = c;
    c = b;
    b = a;
    a = sum + spin(b, c, d);
  }
  store<T>(START, spread<T>(a), 0);
  store<T>(START, spread<T>(b), 16);
  store<T>(START, spread<T>(c), 32);
  store<T>(START, spread<T>(d), 48);
  store<T>(START, spread<T>(e), 64);
  store<T>(START, spread<T>(f), 80);
  store<T>(START, spread<T>(g), 96);
  for (let t = LOW + 1; t < 64; t += 1) {
    let slot = roundConstant(t);
    if (t < MIXED) slot += word(t);
    // The word that leaves the state is constant for three more rounds.
    if (t == LOW + 1) slot += h;
    if (t == LOW + 2) slot += g;
    if (t == LOW + 3) slot += f;
    store<T>(SLOTS + 16 * t, spread<T>(slot));
  }
}
