// AssemblyScript. Rounds 11 to 63 of SHA-256 for the solver's block, unrolled, of which only the
// first word is wanted. Words of the schedule that do not depend on the counter's low half do not
// appear: `search.ts` has put them into SLOTS, PARTS and START. This file holds no other state.

import { add, mix, smallSigma0, smallSigma1, spin } from './words';

/** What round t adds beside a varying word: the round's constant and all that is constant. */
export const SLOTS: usize = memory.data(64 * 16, 16);
/** The constant part of word t of the schedule. */
export const PARTS: usize = memory.data(39 * 16, 16);
/** The state after round 10 of a counter whose low half is zero, from a to g. */
export const START: usize = memory.data(7 * 16, 16);

// All of them are loaded, because most are other values for every sub-puzzle.

@inline
function slot<T>(t: i32): T {
  return load<T>(SLOTS + 16 * t);
}

@inline
function part<T>(t: i32): T {
  return load<T>(PARTS + 16 * t);
}

@inline
export function firstWord<T>(low: T): T {
  // Round 10 adds its word to two of the state's words, and nothing else depends on it there.
  let a = add(load<T>(START), low);
  let b = load<T>(START, 16);
  let c = load<T>(START, 32);
  let d = load<T>(START, 48);
  let e = add(load<T>(START, 64), low);
  let f = load<T>(START, 80);
  let g = load<T>(START, 96);
  let h = add(slot<T>(11), mix(e, f, g));
  d = add(d, h);
  h = add(h, spin(a, b, c));
  g = add(slot<T>(12), mix(d, e, f));
  c = add(c, g);
  g = add(g, spin(h, a, b));
  f = add(slot<T>(13), mix(c, d, e));
  b = add(b, f);
  f = add(f, spin(g, h, a));
  e = add(add(e, slot<T>(14)), mix(b, c, d));
  a = add(a, e);
  e = add(e, spin(f, g, h));
  d = add(add(d, slot<T>(15)), mix(a, b, c));
  h = add(h, d);
  d = add(d, spin(e, f, g));
  c = add(add(c, slot<T>(16)), mix(h, a, b));
  g = add(g, c);
  c = add(c, spin(d, e, f));
  const w17 = add(low, part<T>(17));
  b = add(add(b, add(w17, slot<T>(17))), mix(g, h, a));
  f = add(f, b);
  b = add(b, spin(c, d, e));
  a = add(add(a, slot<T>(18)), mix(f, g, h));
  e = add(e, a);
  a = add(a, spin(b, c, d));
  const w19 = add(smallSigma1(w17), part<T>(19));
  h = add(add(h, add(w19, slot<T>(19))), mix(e, f, g));
  d = add(d, h);
  h = add(h, spin(a, b, c));
  g = add(add(g, slot<T>(20)), mix(d, e, f));
  c = add(c, g);
  g = add(g, spin(h, a, b));
  const w21 = add(smallSigma1(w19), part<T>(21));
  f = add(add(f, add(w21, slot<T>(21))), mix(c, d, e));
  b = add(b, f);
  f = add(f, spin(g, h, a));
  e = add(add(e, slot<T>(22)), mix(b, c, d));
  a = add(a, e);
  e = add(e, spin(f, g, h));
  const w23 = add(smallSigma1(w21), part<T>(23));
  d = add(add(d, add(w23, slot<T>(23))), mix(a, b, c));
  h = add(h, d);
  d = add(d, spin(e, f, g));
  const w24 = add(w17, part<T>(24));
  c = add(add(c, add(w24, slot<T>(24))), mix(h, a, b));
  g = add(g, c);
  c = add(c, spin(d, e, f));
  const w25 = add(add(smallSigma1(w23), smallSigma0(low)), part<T>(25));
  b = add(add(b, add(w25, slot<T>(25))), mix(g, h, a));
  f = add(f, b);
  b = add(b, spin(c, d, e));
  const w26 = add(add(smallSigma1(w24), w19), add(low, part<T>(26)));
  a = add(add(a, add(w26, slot<T>(26))), mix(f, g, h));
  e = add(e, a);
  a = add(a, spin(b, c, d));
  const w27 = add(smallSigma1(w25), part<T>(27));
  h = add(add(h, add(w27, slot<T>(27))), mix(e, f, g));
  d = add(d, h);
  h = add(h, spin(a, b, c));
  const w28 = add(smallSigma1(w26), w21);
  g = add(add(g, add(w28, slot<T>(28))), mix(d, e, f));
  c = add(c, g);
  g = add(g, spin(h, a, b));
  const w29 = add(smallSigma1(w27), part<T>(29));
  f = add(add(f, add(w29, slot<T>(29))), mix(c, d, e));
  b = add(b, f);
  f = add(f, spin(g, h, a));
  const w30 = add(add(smallSigma1(w28), w23), part<T>(30));
  e = add(add(e, add(w30, slot<T>(30))), mix(b, c, d));
  a = add(a, e);
  e = add(e, spin(f, g, h));
  const w31 = add(add(smallSigma1(w29), w24), part<T>(31));
  d = add(add(d, add(w31, slot<T>(31))), mix(a, b, c));
  h = add(h, d);
  d = add(d, spin(e, f, g));
  const w32 = add(add(smallSigma1(w30), w25), add(smallSigma0(w17), part<T>(32)));
  c = add(add(c, add(w32, slot<T>(32))), mix(h, a, b));
  g = add(g, c);
  c = add(c, spin(d, e, f));
  const w33 = add(add(smallSigma1(w31), w26), add(w17, part<T>(33)));
  b = add(add(b, add(w33, slot<T>(33))), mix(g, h, a));
  f = add(f, b);
  b = add(b, spin(c, d, e));
  const w34 = add(add(smallSigma1(w32), w27), add(smallSigma0(w19), part<T>(34)));
  a = add(add(a, add(w34, slot<T>(34))), mix(f, g, h));
  e = add(e, a);
  a = add(a, spin(b, c, d));
  const w35 = add(add(smallSigma1(w33), w28), add(w19, part<T>(35)));
  h = add(add(h, add(w35, slot<T>(35))), mix(e, f, g));
  d = add(d, h);
  h = add(h, spin(a, b, c));
  const w36 = add(add(smallSigma1(w34), w29), add(smallSigma0(w21), part<T>(36)));
  g = add(add(g, add(w36, slot<T>(36))), mix(d, e, f));
  c = add(c, g);
  g = add(g, spin(h, a, b));
  const w37 = add(add(smallSigma1(w35), w30), add(w21, part<T>(37)));
  f = add(add(f, add(w37, slot<T>(37))), mix(c, d, e));
  b = add(b, f);
  f = add(f, spin(g, h, a));
  const w38 = add(add(smallSigma1(w36), w31), add(smallSigma0(w23), part<T>(38)));
  e = add(add(e, add(w38, slot<T>(38))), mix(b, c, d));
  a = add(a, e);
  e = add(e, spin(f, g, h));
  const w39 = add(add(smallSigma1(w37), w32), add(smallSigma0(w24), w23));
  d = add(add(d, add(w39, slot<T>(39))), mix(a, b, c));
  h = add(h, d);
  d = add(d, spin(e, f, g));
  const w40 = add(add(smallSigma1(w38), w33), add(smallSigma0(w25), w24));
  c = add(add(c, add(w40, slot<T>(40))), mix(h, a, b));
  g = add(g, c);
  c = add(c, spin(d, e, f));
  const w41 = add(add(smallSigma1(w39), w34), add(smallSigma0(w26), w25));
  b = add(add(b, add(w41, slot<T>(41))), mix(g, h, a));
  f = add(f, b);
  b = add(b, spin(c, d, e));
  const w42 = add(add(smallSigma1(w40), w35), add(smallSigma0(w27), w26));
  a = add(add(a, add(w42, slot<T>(42))), mix(f, g, h));
  e = add(e, a);
  a = add(a, spin(b, c, d));
  const w43 = add(add(smallSigma1(w41), w36), add(smallSigma0(w28), w27));
  h = add(add(h, add(w43, slot<T>(43))), mix(e, f, g));
  d = add(d, h);
  h = add(h, spin(a, b, c));
  const w44 = add(add(smallSigma1(w42), w37), add(smallSigma0(w29), w28));
  g = add(add(g, add(w44, slot<T>(44))), mix(d, e, f));
  c = add(c, g);
  g = add(g, spin(h, a, b));
  const w45 = add(add(smallSigma1(w43), w38), add(smallSigma0(w30), w29));
  f = add(add(f, add(w45, slot<T>(45))), mix(c, d, e));
  b = add(b, f);
  f = add(f, spin(g, h, a));
  const w46 = add(add(smallSigma1(w44), w39), add(smallSigma0(w31), w30));
  e = add(add(e, add(w46, slot<T>(46))), mix(b, c, d));
  a = add(a, e);
  e = add(e, spin(f, g, h));
  const w47 = add(add(smallSigma1(w45), w40), add(smallSigma0(w32), w31));
  d = add(add(d, add(w47, slot<T>(47))), mix(a, b, c));
  h = add(h, d);
  d = add(d, spin(e, f, g));
  const w48 = add(add(smallSigma1(w46), w41), add(smallSigma0(w33), w32));
  c = add(add(c, add(w48, slot<T>(48))), mix(h, a, b));
  g = add(g, c);
  c = add(c, spin(d, e, f));
  const w49 = add(add(smallSigma1(w47), w42), add(smallSigma0(w34), w33));
  b = add(add(b, add(w49, slot<T>(49))), mix(g, h, a));
  f = add(f, b);
  b = add(b, spin(c, d, e));
  const w50 = add(add(smallSigma1(w48), w43), add(smallSigma0(w35), w34));
  a = add(add(a, add(w50, slot<T>(50))), mix(f, g, h));
  e = add(e, a);
  a = add(a, spin(b, c, d));
  const w51 = add(add(smallSigma1(w49), w44), add(smallSigma0(w36), w35));
  h = add(add(h, add(w51, slot<T>(51))), mix(e, f, g));
  d = add(d, h);
  h = add(h, spin(a, b, c));
  const w52 = add(add(smallSigma1(w50), w45), add(smallSigma0(w37), w36));
  g = add(add(g, add(w52, slot<T>(52))), mix(d, e, f));
  c = add(c, g);
  g = add(g, spin(h, a, b));
  const w53 = add(add(smallSigma1(w51), w46), add(smallSigma0(w38), w37));
  f = add(add(f, add(w53, slot<T>(53))), mix(c, d, e));
  b = add(b, f);
  f = add(f, spin(g, h, a));
  const w54 = add(add(smallSigma1(w52), w47), add(smallSigma0(w39), w38));
  e = add(add(e, add(w54, slot<T>(54))), mix(b, c, d));
  a = add(a, e);
  e = add(e, spin(f, g, h));
  const w55 = add(add(smallSigma1(w53), w48), add(smallSigma0(w40), w39));
  d = add(add(d, add(w55, slot<T>(55))), mix(a, b, c));
  h = add(h, d);
  d = add(d, spin(e, f, g));
  const w56 = add(add(smallSigma1(w54), w49), add(smallSigma0(w41), w40));
  c = add(add(c, add(w56, slot<T>(56))), mix(h, a, b));
  g = add(g, c);
  c = add(c, spin(d, e, f));
  const w57 = add(add(smallSigma1(w55), w50), add(smallSigma0(w42), w41));
  b = add(add(b, add(w57, slot<T>(57))), mix(g, h, a));
  f = add(f, b);
  b = add(b, spin(c, d, e));
  const w58 = add(add(smallSigma1(w56), w51), add(smallSigma0(w43), w42));
  a = add(add(a, add(w58, slot<T>(58))), mix(f, g, h));
  e = add(e, a);
  a = add(a, spin(b, c, d));
  const w59 = add(add(smallSigma1(w57), w52), add(smallSigma0(w44), w43));
  h = add(add(h, add(w59, slot<T>(59))), mix(e, f, g));
  d = add(d, h);
  h = add(h, spin(a, b, c));
  const w60 = add(add(smallSigma1(w58), w53), add(smallSigma0(w45), w44));
  g = add(add(g, add(w60, slot<T>(60))), mix(d, e, f));
  c = add(c, g);
  g = add(g, spin(h, a, b));
  const w61 = add(add(smallSigma1(w59), w54), add(smallSigma0(w46), w45));
  f = add(add(f, add(w61, slot<T>(61))), mix(c, d, e));
  b = add(b, f);
  f = add(f, spin(g, h, a));
  const w62 = add(add(smallSigma1(w60), w55), add(smallSigma0(w47), w46));
  e = add(add(e, add(w62, slot<T>(62))), mix(b, c, d));
  a = add(a, e);
  e = add(e, spin(f, g, h));
  const w63 = add(add(smallSigma1(w61), w56), add(smallSigma0(w48), w47));
  d = add(add(d, add(w63, slot<T>(63))), mix(a, b, c));
  d = add(d, spin(e, f, g));
  return d;
}
