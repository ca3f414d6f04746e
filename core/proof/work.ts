// The `work` proof: k SHA-256 sub-puzzles over a seed that contains the challenge, the body's
// digest, the method, the route and the device key. Work binds, paces and shields; it does not
// price inference by itself. The index inside each message stops one solution from being used k
// times.

import { lengthPrefixed, utf8, wordAt, type Bytes } from '../bytes.ts';
import { firstWordOfBlock, sha256 } from './sha256.ts';

export const WORK_BITS_MAX = 31;
export const SUB_PUZZLES = 32;
const SEED_PREFIX = utf8('inference-proof-v1\0');
const MESSAGE_BITS = 44 * 8;

export type WorkLimits = {
  /** Expected hashes for a free call, e.g. 2^18. */
  readonly floorHashes: number;
  /** Never more than this, however dear the call, e.g. 2^24. */
  readonly capHashes: number;
};

/** One call of this estimate doubles the floor (proof economics: $0.002). */
const DOUBLING_NANO_USD = 2_000_000;

/**
 * Expected hashes asked for a call of this estimate from a caller of this risk, 0 to 4:
 * clamp(floor · (1 + estimate / $0.002) · 2^risk).
 */
export function workHashes(estimateNanoUsd: number, limits: WorkLimits, risk: number): number {
  const wanted = limits.floorHashes * (1 + estimateNanoUsd / DOUBLING_NANO_USD) * 2 ** risk;
  return Math.min(limits.capHashes, Math.max(limits.floorHashes, Math.ceil(wanted)));
}

/** Leading zero bits for k sub-puzzles that together cost at least `hashes`. */
export function workBits(hashes: number, k: number): number {
  return Math.min(WORK_BITS_MAX, Math.max(1, Math.ceil(Math.log2(hashes / k))));
}

/** Stands for the body's digest in the seed of work that is solved ahead of the body. */
export const DIGEST_UNKNOWN: Bytes = new Uint8Array(32);

export type SeedParts = {
  readonly challengeWire: string;
  /** SHA-256 of the body, or `DIGEST_UNKNOWN` where the challenge is bound by a signature. */
  readonly contentDigest: Uint8Array;
  readonly method: string;
  readonly route: string;
  readonly jkt: string;
};

export const workSeed = (parts: SeedParts): Bytes =>
  sha256(
    lengthPrefixed(SEED_PREFIX, [
      utf8(parts.challengeWire),
      parts.contentDigest,
      utf8(parts.method),
      utf8(parts.route),
      utf8(parts.jkt),
    ]),
  );

/** What the device key signs: the challenge, the body and where they go. */
export const signedMessage = (parts: Omit<SeedParts, 'jkt'>): Bytes =>
  lengthPrefixed(new Uint8Array(0), [
    utf8(parts.challengeWire),
    parts.contentDigest,
    utf8(parts.method),
    utf8(parts.route),
  ]);

/**
 * The padded block of sub-puzzle `index`; words 9 and 10 are the counter, for the caller to fill.
 */
export function puzzleBlock(seed: Uint8Array, index: number): Uint32Array {
  const block = new Uint32Array(16);
  for (let i = 0; i < 8; i += 1) block[i] = wordAt(seed, 4 * i);
  block[8] = index;
  block[11] = 0x80000000;
  block[15] = MESSAGE_BITS;
  return block;
}

/** Does `block` hash to at least `bits` leading zeros? `bits` is 1 to 31. */
export const solves = (block: Uint32Array, bits: number): boolean =>
  firstWordOfBlock(block) >>> (32 - bits) === 0;

/** Checks all k counters (8 bytes each, big-endian). Stops at the first that fails. */
export function checkWork(seed: Uint8Array, k: number, bits: number, work: Uint8Array): boolean {
  if (k < 1 || bits < 1 || bits > WORK_BITS_MAX || work.length !== 8 * k) return false;
  const block = puzzleBlock(seed, 0);
  for (let i = 0; i < k; i += 1) {
    block[8] = i;
    block[9] = wordAt(work, 8 * i);
    block[10] = wordAt(work, 8 * i + 4);
    if (!solves(block, bits)) return false;
  }
  return true;
}

export type SolveProgress = { solved: number; hashes: number };

/**
 * Solves sub-puzzles one after another and yields after every `sliceHashes`, so that the caller
 * decides when to give way. Returns k counters of 8 bytes.
 */
export function* solveWork(
  seed: Uint8Array,
  k: number,
  bits: number,
  sliceHashes: number,
): Generator<SolveProgress, Bytes> {
  const work = new Uint8Array(8 * k);
  const view = new DataView(work.buffer);
  let hashes = 0;
  for (let i = 0; i < k; i += 1) {
    const block = puzzleBlock(seed, i);
    let counter = 0;
    for (;;) {
      block[9] = Math.floor(counter / 0x1_0000_0000);
      block[10] = counter >>> 0;
      hashes += 1;
      if (solves(block, bits)) break;
      counter += 1;
      if (hashes % sliceHashes === 0) yield { solved: i, hashes };
    }
    view.setUint32(8 * i, block[9]);
    view.setUint32(8 * i + 4, block[10]);
  }
  return work;
}
