// AssemblyScript. Arithmetic of SHA-256 on one 32-bit word or on four side by side: every function
// here is compiled once for `u32` and once for `v128`, and only the branch of its own kind remains.
// Names are those of FIPS 180-4, section 4.1.2.

/** The word itself, or the same word in all four lanes. */
@inline
export function spread<T>(word: u32): T {
  if (isVector<T>()) return i32x4.splat(word);
  return word as T;
}

@inline
export function add<T>(a: T, b: T): T {
  if (isVector<T>()) return i32x4.add(a, b);
  return (a + b) as T;
}

@inline
function xor<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.xor(a, b);
  return (a ^ b) as T;
}

@inline
function and<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.and(a, b);
  return (a & b) as T;
}

@inline
function shiftRight<T>(a: T, bits: i32): T {
  if (isVector<T>()) return i32x4.shr_u(a, bits);
  return (a >>> bits) as T;
}

/** SIMD has no rotation: two shifts whose halves do not meet. */
@inline
function rotateRight<T>(a: T, bits: i32): T {
  if (isVector<T>()) return v128.xor(i32x4.shr_u(a, bits), i32x4.shl(a, 32 - bits));
  return rotr<T>(a, bits as T);
}

@inline
export function smallSigma0<T>(x: T): T {
  return xor(xor(rotateRight(x, 7), rotateRight(x, 18)), shiftRight(x, 3));
}

@inline
export function smallSigma1<T>(x: T): T {
  return xor(xor(rotateRight(x, 17), rotateRight(x, 19)), shiftRight(x, 10));
}

/** Σ1(e) + Ch(e, f, g). */
@inline
export function mix<T>(e: T, f: T, g: T): T {
  const sigma = xor(xor(rotateRight(e, 6), rotateRight(e, 11)), rotateRight(e, 25));
  // One instruction on ARM, and the fewest on x86.
  if (isVector<T>()) return i32x4.add(sigma, v128.bitselect(f, g, e));
  return add(sigma, xor(g, and(e, xor(f, g))));
}

/** Σ0(a) + Maj(a, b, c). `a ^ b` is `b ^ c` of the next round: engines compute it once. */
@inline
export function spin<T>(a: T, b: T, c: T): T {
  const sigma = xor(xor(rotateRight(a, 2), rotateRight(a, 13)), rotateRight(a, 22));
  return add(sigma, xor(b, and(xor(a, b), xor(b, c))));
}
