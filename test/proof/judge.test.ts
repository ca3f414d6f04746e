// The order of a challenge's checks, cheap to dear, and one code for each thing that can be wrong
// with a challenge that is truly ours. Attacks by number are those of the protocol page.

import { describe, expect, it } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import { BIND_SIGNATURE, type Challenge } from '../../core/proof/challenge.ts';
import {
  CHALLENGE_TTL_SECONDS,
  CHALLENGE_TTL_SECONDS_MAX,
  type ChallengeContext,
  judgeChallenge,
  judgePrice,
  judgeSubject,
  type PriceContext,
} from '../../core/proof/index.ts';
import { REQUIRE } from '../../core/proof/requirement.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { checkWork, type SeedParts, SUB_PUZZLES, workSeed } from '../../core/proof/work.ts';
import { solve } from '../support/anonymous.ts';
import { challenge, context, NOW_SECONDS, PRINCIPAL, seedParts } from './samples.ts';

const judged = (parts: Partial<Challenge> = {}, where: Partial<ChallengeContext> = {}): string => {
  const verdict = judgeChallenge(challenge(parts), context(where));
  return verdict.ok ? 'ok' : verdict.error;
};

const at = (seconds: number): Partial<ChallengeContext> => ({ nowSeconds: NOW_SECONDS + seconds });

describe('the time of a challenge', () => {
  it.each([
    [-6, 'not-yet-valid'],
    [-5, 'ok'],
    [0, 'ok'],
    [89, 'ok'],
    [90, 'expired'],
    [91, 'expired'],
    [4_000, 'expired'],
  ])('is judged %d s after issue as %s (attack 14)', (seconds, verdict) => {
    // Its own "not before" lies as far back as the skew that is forgiven.
    expect(judged({ notBeforeSeconds: NOW_SECONDS - 5 }, at(seconds))).toBe(verdict);
  });

  it('may not begin before its "not before", which is not forgiven any skew (attack 14)', () => {
    const later = { notBeforeSeconds: NOW_SECONDS + 3 };
    expect(judged(later, at(2))).toBe('not-yet-valid');
    expect(judged(later, at(3))).toBe('ok');
  });

  it.each([
    [0, 'ttl'],
    [-1, 'ttl'],
    [CHALLENGE_TTL_SECONDS, 'ok'],
    [CHALLENGE_TTL_SECONDS_MAX, 'ok'],
    [CHALLENGE_TTL_SECONDS_MAX + 1, 'ttl'],
    [4_000, 'ttl'],
  ])('that is to live for %d s is judged as %s (attack 14)', (seconds, verdict) => {
    expect(judged({ expiresAtSeconds: NOW_SECONDS + seconds })).toBe(verdict);
  });

  it.each([
    [{ issuedAtSeconds: NOW_SECONDS + 60, expiresAtSeconds: NOW_SECONDS + 150 }, 'not-yet-valid'],
    [{ issuedAtSeconds: 2 ** 32 - 1, expiresAtSeconds: 0 }, 'ttl'],
    [{ issuedAtSeconds: 2 ** 32 - 90, expiresAtSeconds: 2 ** 32 - 1 }, 'not-yet-valid'],
    [{ issuedAtSeconds: 0, expiresAtSeconds: 2 ** 32 - 1 }, 'ttl'],
    [{ issuedAtSeconds: 0, expiresAtSeconds: 90, notBeforeSeconds: 0 }, 'expired'],
  ] as const)('as in %j is judged as %s (attack 14)', (parts, verdict) => {
    expect(judged(parts)).toBe(verdict);
  });

  it('does not begin to be valid because a clock wraps (attack 14)', () => {
    const last = { issuedAtSeconds: 2 ** 32 - 60, expiresAtSeconds: 2 ** 32 - 1 };
    expect(judged({ ...last, notBeforeSeconds: 2 ** 32 - 60 }, { nowSeconds: 2 ** 32 })).toBe(
      'expired',
    );
  });
});

describe('what a challenge is for', () => {
  it.each([
    ['realm', { realm: 'staging.example' }],
    ['route', { route: 'other' }],
  ])('is refused as "%s" in any other place (attacks 7, 28)', (verdict, where) => {
    expect(judged({}, where)).toBe(verdict);
  });

  it.each([
    ['another address', sha256(utf8('ip:203.0.113.8'))],
    ['a device', sha256(utf8('device:x'))],
    ['nobody', new Uint8Array(0)],
    ['zeros', new Uint8Array(32)],
  ])('is refused for %s (attacks 4, 7)', (_, principalHash) => {
    expect(judgeSubject(challenge(), principalHash)).toEqual({ ok: false, error: 'principal' });
  });

  it('is taken from the caller it was made for', () => {
    expect(judgeSubject(challenge(), sha256(utf8(PRINCIPAL))).ok).toBe(true);
  });

  it('is refused for the first thing that is wrong, times before places', () => {
    const wrong = { realm: 'x', route: 'x' };
    expect(judged({}, { ...wrong, ...at(90) })).toBe('expired');
    expect(judged({}, wrong)).toBe('realm');
    expect(judged({}, { ...wrong, realm: 'test.example' })).toBe('route');
    expect(judged({ k: 0 }, { route: 'x' })).toBe('route');
  });
});

describe('parameters that make the work worth nothing', () => {
  it.each<Partial<Challenge>>([
    { k: 0 },
    { k: 1 },
    { k: SUB_PUZZLES - 1 },
    { k: 255 },
    { bits: 0 },
    { bits: 32 },
    { bits: 255 },
    { algorithm: 0 },
    { algorithm: 2 },
    { bind: 0 },
    { bind: 3 },
    // Nothing but a device's signature would tie work solved ahead to the body.
    { bind: BIND_SIGNATURE },
    { require: 0 },
    { require: REQUIRE.device },
    { require: REQUIRE.work | REQUIRE.device },
    { require: REQUIRE.work, jkt: 'j' },
    { conversationHash: new Uint8Array(31) },
  ])('are refused even under our own seal: %j (attack 8, CVE-2025-24369)', (parts) => {
    expect(judged(parts)).toBe('unsupported');
  });

  it('leave those that we issue', () => {
    expect(judged({ require: REQUIRE.work })).toBe('ok');
    expect([judged({ bits: 1 }), judged({ bits: 31 })]).toEqual(['ok', 'ok']);
    expect(judged({ require: REQUIRE.work | REQUIRE.device, jkt: 'j' })).toBe('ok');
  });
});

describe('the work for a call', () => {
  const seed = seedParts();
  const one = challenge({ costNanoUsdMax: 1_000_000, bits: 3 });
  const work = solve(workSeed(seed), one.k, one.bits);
  const HASHES = SUB_PUZZLES * 2 ** 3;
  const weighed = (parts: Partial<PriceContext>): string => {
    const call = { estimateNanoUsd: 1_000_000, hashes: HASHES, require: REQUIRE.work, ...parts };
    const verdict = judgePrice(one, call);
    return verdict.ok ? 'ok' : verdict.error;
  };
  const holds = (seed: SeedParts, counters: Uint8Array): boolean =>
    checkWork(workSeed(seed), one.k, one.bits, counters);

  it('is accepted up to the price of its challenge and no further (attack 11)', () => {
    expect(weighed({})).toBe('ok');
    expect(weighed({ estimateNanoUsd: 0 })).toBe('ok');
    expect(weighed({ estimateNanoUsd: 1_000_001 })).toBe('underpriced');
    expect(weighed({ estimateNanoUsd: 5_000_000 })).toBe('underpriced');
  });

  it('is too easy where the call asks for one hash more than it is worth (attack 8)', () => {
    expect(weighed({ hashes: HASHES + 1 })).toBe('too-easy');
    expect(weighed({ hashes: HASHES - 1 })).toBe('ok');
  });

  it('is too easy where more is required today than the challenge asks (attack 8)', () => {
    expect(weighed({ require: REQUIRE.work | REQUIRE.human })).toBe('too-easy');
    expect(weighed({ require: 0 })).toBe('ok');
  });

  it.each([
    ['the body has one space more (attack 6)', { contentDigest: sha256(utf8('{} ')) }],
    ['the method is another (attack 7)', { method: 'PUT' }],
    ['the route is another (attack 7)', { route: 'other' }],
    ['the device key is another (attack 7)', { jkt: 'j'.repeat(43) }],
    ['the challenge is another (attack 15)', { challengeWire: 'd.t' }],
  ])('is invalid where %s', (_, parts) => {
    expect(holds(seed, work)).toBe(true);
    expect(holds(seedParts(parts), work)).toBe(false);
  });

  it.each([
    ['all zeros (attack 9)', new Uint8Array(8 * SUB_PUZZLES)],
    ['nothing (attack 9)', new Uint8Array(0)],
    ['one short (attack 10)', work.slice(8)],
    ['one long (attack 10)', new Uint8Array([...work, ...work.slice(0, 8)])],
  ])('is invalid where it is %s', (_, other) => {
    expect(holds(seed, other)).toBe(false);
  });

  it('is judged price first, then strength', () => {
    expect(weighed({ estimateNanoUsd: 2e9, hashes: 1e9 })).toBe('underpriced');
  });
});
