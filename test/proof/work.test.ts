// The work proof: what a sub-puzzle is, that solving and checking agree, and that the work asked
// for is never less than what the call's price demands. Attacks by number are those of the
// protocol page.

import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import {
  checkWork,
  puzzleBlock,
  signedMessage,
  solves,
  solveWork,
  SUB_PUZZLES,
  workBits,
  workHashes,
  workSeed,
  WORK_BITS_MAX,
} from '../../core/proof/work.ts';
import { solve } from '../support/anonymous.ts';
import { bytes, seedParts } from './samples.ts';

/** SHA-256(seed ‖ u32be(i) ‖ u64be(n)) by another implementation. */
function hashOf(seed: Uint8Array, index: number, counter: bigint): Buffer {
  const message = Buffer.alloc(44);
  message.set(seed);
  message.writeUInt32BE(index, 32);
  message.writeBigUInt64BE(counter, 36);
  return createHash('sha256').update(message).digest();
}

const leadingZeros = (hash: Buffer): number => Math.clz32(hash.readUInt32BE(0));

const counterAt = (work: Uint8Array, index: number): bigint =>
  Buffer.from(work).readBigUInt64BE(8 * index);

describe('a sub-puzzle', () => {
  it('is SHA-256 of the 44-byte message of the protocol page', () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const counters = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(seeds, fc.nat({ max: 255 }), counters, (seed, index, counter) => {
        const block = puzzleBlock(seed, index);
        block[9] = Number(counter >> 32n);
        block[10] = Number(counter & 0xffffffffn);
        const zeros = leadingZeros(hashOf(seed, index, counter));
        for (const bits of [1, zeros, zeros + 1, 31].filter((n) => n >= 1 && n <= 31)) {
          expect(solves(block, bits)).toBe(bits <= zeros);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('work', () => {
  const seed = bytes(32);
  const K = 8;
  const BITS = 6;
  const work = solve(seed, K, BITS);

  it('that is solved is accepted, here and by another implementation', () => {
    expect(checkWork(seed, K, BITS, work)).toBe(true);
    expect(checkWork(seed, K, 1, solve(seed, K, 1))).toBe(true);
    for (let i = 0; i < K; i += 1) {
      expect(leadingZeros(hashOf(seed, i, counterAt(work, i)))).toBeGreaterThanOrEqual(BITS);
    }
  });

  it('is the same however often the solver gives way', () => {
    const slices = solveWork(seed, K, BITS, 1);
    for (;;) {
      const step = slices.next();
      if (step.done !== true) continue;
      expect(step.value).toEqual(work);
      break;
    }
  });

  it('reports its progress, and gives way after every slice', () => {
    const slices = solveWork(seed, K, 31, 100);
    const step = slices.next();
    expect(step).toEqual({ done: false, value: { solved: 0, hashes: 100 } });
    expect(slices.next().value).toMatchObject({ hashes: 200 });
  });

  it('of counters that are all zero is refused (attack 9)', () => {
    expect(checkWork(seed, SUB_PUZZLES, BITS, new Uint8Array(8 * SUB_PUZZLES))).toBe(false);
    expect(checkWork(seed, SUB_PUZZLES, 1, new Uint8Array(8 * SUB_PUZZLES))).toBe(false);
  });

  it('of one solved counter repeated k times is refused (attack 10)', () => {
    const one = work.slice(0, 8);
    const repeated = new Uint8Array(8 * K);
    for (let i = 0; i < K; i += 1) repeated.set(one, 8 * i);
    expect(checkWork(seed, 1, BITS, one)).toBe(true);
    expect(checkWork(seed, K, BITS, repeated)).toBe(false);
    // A puzzle without its index in the message would take it.
    const indexless = Array.from({ length: K }, () =>
      leadingZeros(hashOf(seed, 0, counterAt(one, 0))),
    );
    expect(indexless.every((zeros) => zeros >= BITS)).toBe(true);
  });

  it('with two counters exchanged is refused (attack 10)', () => {
    const swapped = work.slice();
    swapped.set(work.slice(8, 16), 0);
    swapped.set(work.slice(0, 8), 8);
    expect(checkWork(seed, K, BITS, swapped)).toBe(false);
  });

  it.each([0, 8, 8 * 7, 8 * 8 - 1, 8 * 8 + 1, 8 * 9])(
    'of %d bytes is refused (attack 10)',
    (length) => {
      const other = new Uint8Array(length);
      other.set(work.slice(0, length));
      expect(checkWork(seed, K, BITS, other)).toBe(false);
    },
  );

  it.each([
    [0, 6],
    [-1, 6],
    [8, 0],
    [8, -1],
    [8, 32],
    [8, Number.NaN],
  ])('for k = %d and %d bits is refused, because nothing would be asked (attack 8)', (k, bits) => {
    const size = Math.max(0, k) * 8;
    expect(checkWork(seed, k, bits, work.slice(0, size))).toBe(false);
  });

  it('with any single bit flipped is refused unless that is also a solution', () => {
    for (let bit = 0; bit < work.length * 8; bit += 1) {
      const flipped = work.slice();
      const at = bit >> 3;
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
      const index = at >> 3;
      const zeros = leadingZeros(hashOf(seed, index, counterAt(flipped, index)));
      expect(checkWork(seed, K, BITS, flipped)).toBe(zeros >= BITS);
    }
  });
});

describe('the seed', () => {
  it('is the hash that the protocol page writes down', () => {
    const parts = seedParts({ jkt: 'J', challengeWire: 'CHALLENGE' });
    const lp = (part: Uint8Array): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return Buffer.concat([length, part]);
    };
    const message = Buffer.concat([
      Buffer.from('inference-proof-v1\0'),
      lp(utf8('CHALLENGE')),
      lp(parts.contentDigest),
      lp(utf8('POST')),
      lp(utf8('chat')),
      lp(utf8('J')),
    ]);
    expect(toHex(workSeed(parts))).toBe(createHash('sha256').update(message).digest('hex'));
  });

  it.each([
    ['challenge', { challengeWire: 'c.u' }],
    ['body, by one space (attack 6)', { contentDigest: sha256(utf8('{} ')) }],
    ['method (attack 7)', { method: 'PUT' }],
    ['route (attack 7)', { route: 'chat2' }],
    ['device key (attack 7)', { jkt: 'x' }],
    ['boundary between route and device key (attack 13)', { route: 'cha', jkt: 't' }],
  ])('is another with another %s', (_, parts) => {
    expect(toHex(workSeed(seedParts(parts)))).not.toBe(toHex(workSeed(seedParts())));
  });

  it('of two challenges with equal parameters shares no prefix (attack 15)', () => {
    const heads = new Set<string>();
    for (let i = 0; i < 500; i += 1) {
      const wire = `${Buffer.from(bytes(16)).toString('base64url')}.t`;
      heads.add(toHex(workSeed(seedParts({ challengeWire: wire })).slice(0, 8)));
    }
    expect(heads.size).toBe(500);
  });

  it('is not what the device signs, and the signed message names all that the seed does', () => {
    const parts = seedParts();
    const changes = [{}, { challengeWire: 'c.u' }, { contentDigest: sha256(utf8('x')) }];
    const more = [{ method: 'PUT' }, { route: 'x' }, { method: 'POSTc', route: 'hat' }];
    const messages = [...changes, ...more].map((one) => toHex(signedMessage(seedParts(one))));
    expect(new Set(messages).size).toBe(6);
    expect(messages).not.toContain(toHex(workSeed(parts)));
  });
});

describe('the difficulty', () => {
  const LIMITS = { floorHashes: 2 ** 18, capHashes: 2 ** 24 };

  it.each([
    [0, 2 ** 18],
    [2_000_000, 2 ** 19],
    [6_000_000, 2 ** 20],
    [126_000_000, 2 ** 24],
    [126_000_001, 2 ** 24],
    [1e15, 2 ** 24],
    [1, 262_145],
  ])('of a call of %d NanoUsd is %d hashes', (estimate, hashes) => {
    expect(workHashes(estimate, LIMITS, 0)).toBe(hashes);
  });

  it('never falls where the price rises', () => {
    const amount = fc.nat({ max: 500_000_000 });
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(workHashes(low, LIMITS, 0)).toBeLessThanOrEqual(workHashes(high, LIMITS, 0));
      }),
    );
  });

  it('asks k sub-puzzles for at least the hashes, and less than twice as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 }), fc.integer({ min: 1, max: 64 }), (h, k) => {
        const asked = k * 2 ** workBits(h, k);
        expect(asked).toBeGreaterThanOrEqual(h);
        expect(asked < 2 * h || h <= 2 * k).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('does so exactly at every power of two and one beside it', () => {
    for (let power = 5; power <= 24; power += 1) {
      for (const hashes of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        expect(SUB_PUZZLES * 2 ** workBits(hashes, SUB_PUZZLES)).toBeGreaterThanOrEqual(hashes);
      }
    }
    expect(workBits(2 ** 18, SUB_PUZZLES)).toBe(13);
    expect(workBits(2 ** 18 + 1, SUB_PUZZLES)).toBe(14);
    expect(workBits(2 ** 24, SUB_PUZZLES)).toBe(19);
  });

  it('is never no bits at all and never more than can be checked', () => {
    expect(workBits(1, SUB_PUZZLES)).toBe(1);
    expect(workBits(0, SUB_PUZZLES)).toBe(1);
    expect(workBits(2 ** 53, 1)).toBe(WORK_BITS_MAX);
  });
});
