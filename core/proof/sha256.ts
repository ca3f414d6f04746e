// SHA-256 (FIPS 180-4) over one block at a time: what a sub-puzzle costs, for the solver and for
// the check. It exists because a puzzle is one 44-byte block and a general library spends most of
// its time around the compression; and HMAC over it, because a MAC is checked or made several times
// a call and WebCrypto's round trip costs more than the hashing. Long bodies are hashed by
// WebCrypto.

import { type Bytes, toBase64Url, utf8, wordAt } from '../bytes.ts';

const BLOCK_BYTES = 64;
/** Where the length of a message stands in its last block. */
const LENGTH_AT = 56;

const K = new Uint32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const INITIAL = new Uint32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

const w = new Uint32Array(64);

/** One compression of `block` (16 big-endian words) into `state` (8 words, in place). */
function compress(state: Uint32Array, block: Uint32Array): void {
  for (let t = 0; t < 16; t += 1) w[t] = block[t] as number;
  for (let t = 16; t < 64; t += 1) {
    const x = w[t - 15] as number;
    const y = w[t - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0;
  }
  let a = (state[0] as number) | 0;
  let b = (state[1] as number) | 0;
  let c = (state[2] as number) | 0;
  let d = (state[3] as number) | 0;
  let e = (state[4] as number) | 0;
  let f = (state[5] as number) | 0;
  let g = (state[6] as number) | 0;
  let h = (state[7] as number) | 0;
  for (let t = 0; t < 64; t += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[t] as number) + (w[t] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
  state[5] = (state[5] as number) + f;
  state[6] = (state[6] as number) + g;
  state[7] = (state[7] as number) + h;
}

/** Where hashes run; a hash is never interrupted by another one. Making these costs more. */
const running = new Uint32Array(8);
const words = new Uint32Array(16);

const startFrom = (state: Uint32Array): void => {
  for (let i = 0; i < 8; i += 1) running[i] = state[i] as number;
};

/** First 32 bits of SHA-256 over one padded block: all a difficulty check of ≤ 32 bits reads. */
export function firstWordOfBlock(block: Uint32Array): number {
  startFrom(INITIAL);
  compress(running, block);
  return running[0] as number;
}

/** Takes in every whole block of `message`, and says where the rest begins. */
function absorb(message: Uint8Array): number {
  const rest = message.length - (message.length % BLOCK_BYTES);
  for (let at = 0; at < rest; at += BLOCK_BYTES) {
    for (let i = 0; i < 16; i += 1) words[i] = wordAt(message, at + 4 * i);
    compress(running, words);
  }
  return rest;
}

/** Puts one byte into a block of zeros. */
const putByte = (at: number, byte: number): void => {
  words[at >> 2] = (words[at >> 2] as number) | (byte << (24 - 8 * (at & 3)));
};

/** Hashes `message` from a state that has already taken in `prefixBytes` (a multiple of 64). */
function finish(start: Uint32Array, prefixBytes: number, message: Uint8Array): Bytes {
  startFrom(start);
  const rest = absorb(message);
  const restBytes = message.length - rest;
  words.fill(0);
  for (let i = 0; i < restBytes; i += 1) putByte(i, message[rest + i] as number);
  putByte(restBytes, 0x80);
  if (restBytes >= LENGTH_AT) {
    compress(running, words);
    words.fill(0);
  }
  const length = prefixBytes + message.length;
  words[14] = Math.floor(length / 0x20000000);
  words[15] = (length << 3) >>> 0;
  compress(running, words);
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i += 1) digest[i] = (running[i >> 2] as number) >>> (24 - 8 * (i & 3));
  return digest;
}

/** SHA-256 of any message. Used where WebCrypto's `await` would not fit; ≤ a few hundred bytes. */
export const sha256 = (message: Uint8Array): Bytes => finish(INITIAL, 0, message);

/** As names and tokens carry it: 43 characters. */
export const sha256Base64Url = (text: string): string => toBase64Url(sha256(utf8(text)));

/** SHA-256 of each beginning of `message` that ends here; ends in their order. Hashed once. */
export function sha256OfPrefixes(message: Uint8Array, ends: readonly number[]): Bytes[] {
  const state = INITIAL.slice();
  let at = 0;
  return ends.map((end) => {
    const whole = end - (end % BLOCK_BYTES);
    startFrom(state);
    absorb(message.subarray(at, whole));
    state.set(running);
    at = whole;
    return finish(state, whole, message.subarray(whole, end));
  });
}

/**
 * HMAC-SHA-256 (RFC 2104) with one key. The two padded keys are hashed once, here, so that a tag
 * over a short message is a handful of compressions, without an `await`.
 */
export function hmacSha256(key: Uint8Array): (message: Uint8Array) => Bytes {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  const padded = (byte: number): Uint32Array => {
    const pad = new Uint8Array(BLOCK_BYTES).fill(byte);
    short.forEach((value, index) => {
      pad[index] = value ^ byte;
    });
    startFrom(INITIAL);
    absorb(pad);
    return running.slice();
  };
  const inner = padded(0x36);
  const outer = padded(0x5c);
  return (message) => finish(outer, BLOCK_BYTES, finish(inner, BLOCK_BYTES, message));
}
