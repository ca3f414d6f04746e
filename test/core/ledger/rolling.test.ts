// A rolling window is a bucket that leaks, exact to the millisecond and the nano-dollar. What
// breaks if this fails: whoever looks often, or seldom, is given another budget than everybody.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drain, drainedAtMs, type Level } from '../../../core/ledger/rolling.ts';

const MINUTE_MS = 60_000;
const WEEK_MS = 604_800_000;
const MONEY_MAX = Number.MAX_SAFE_INTEGER;

const levelOf = (used: number, cap: number, periodMs = MINUTE_MS, remainder = 0): Level => ({
  used,
  leak: { cap, periodMs, atMs: 0, remainder },
});

const level = fc
  .record({
    used: fc.maxSafeNat(),
    cap: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.maxSafeNat()),
    periodMs: fc.constantFrom(MINUTE_MS, 60 * MINUTE_MS, WEEK_MS),
    share: fc.nat({ max: 999 }),
  })
  .map(({ used, cap, periodMs, share }) => {
    const remainder = used === 0 ? 0 : Math.floor((periodMs * share) / 1_000);
    return levelOf(used, cap, periodMs, remainder);
  });

describe('drain', () => {
  it.each([
    // cap, used, after ms, what is left, remainder
    [60, 60, 999, 60, 59_940],
    [60, 60, 1_000, 59, 0],
    [60, 60, 1_001, 59, 60],
    [60, 60, 59_999, 1, 59_940],
    [60, 60, 60_000, 0, 0],
    [60, 60, 60_001, 0, 0],
    [60, 1, 999, 1, 59_940],
    [60, 1, 1_000, 0, 0],
    [60, 1, 1_999, 0, 0],
    [7, 3, 8_571, 3, 59_997],
    [7, 3, 8_572, 2, 4],
    [0, 5, 1_000_000_000, 5, 0],
    [60, 0, 500, 0, 0],
    [MONEY_MAX, MONEY_MAX, 1, 9_007_049_134_753_412, 991],
    [MONEY_MAX, MONEY_MAX, 59_999, 150_119_987_580, 59_009],
    [MONEY_MAX, MONEY_MAX, 60_000, 0, 0],
  ])('at a cap of %d a minute leaves of %d after %d ms: %d', (cap, used, ms, left, remainder) => {
    expect(drain(levelOf(used, cap), ms)).toEqual({
      used: left,
      leak: { cap, periodMs: MINUTE_MS, atMs: ms, remainder },
    });
  });

  it('counts what had begun to drain before', () => {
    expect(drain(levelOf(5, 60, MINUTE_MS, 59_940), 1)).toMatchObject({
      used: 4,
      leak: { remainder: 0 },
    });
    expect(drain(levelOf(5, 60, MINUTE_MS, 59_939), 1)).toMatchObject({
      used: 5,
      leak: { remainder: 59_999 },
    });
  });

  it('forgets what was left of a unit once it is empty, so that nothing is saved up', () => {
    expect(drain(levelOf(1, 60), 1_999).leak.remainder).toBe(0);
    expect(drain(drain(levelOf(0, 60), 59_000), 60_000).leak.remainder).toBe(0);
  });

  it('changes nothing at the same or at an earlier time', () => {
    const before = { ...levelOf(5, 60), leak: { ...levelOf(5, 60).leak, atMs: 100 } };
    expect(drain(before, 100)).toEqual(before);
    expect(drain(before, 99)).toEqual(before);
    expect(drain(before, 0)).toEqual(before);
  });

  it('is the same in many small steps as in one long one', () => {
    const steps = fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(level, steps, (begin, parts) => {
        let so = begin;
        for (const part of parts) so = drain(so, so.leak.atMs + part);
        expect(so).toEqual(drain(begin, so.leak.atMs));
      }),
    );
  });

  it('never falls below zero, never grows, and drains at most its rate', () => {
    fc.assert(
      fc.property(level, fc.nat({ max: 2 * WEEK_MS }), (begin, ms) => {
        const { used, leak } = drain(begin, ms);
        const { cap, periodMs, remainder } = begin.leak;
        expect(used).toBeGreaterThanOrEqual(0);
        expect(leak.remainder).toBeLessThan(periodMs);
        expect(leak.remainder).toBeGreaterThanOrEqual(0);
        const flow = BigInt(begin.used - used) * BigInt(periodMs);
        expect(flow <= BigInt(ms) * BigInt(cap) + BigInt(remainder)).toBe(true);
      }),
    );
  });
});

describe('drainedAtMs', () => {
  it.each([
    // cap, units, remainder, when
    [60, 1, 0, 1_000],
    [60, 60, 0, 60_000],
    [60, 1, 59_940, 1],
    [60, 1, 59_939, 2],
    [7, 1, 0, 8_572],
    [7, 7, 0, 60_000],
    [60, 0, 0, 0],
    [MONEY_MAX, MONEY_MAX, 0, 60_000],
    [MONEY_MAX, 1, 0, 1],
  ])('at a cap of %d says that %d (less %d) have drained at %d', (cap, units, rest, whenMs) => {
    expect(drainedAtMs(levelOf(100, cap, MINUTE_MS, rest), units)).toBe(whenMs);
    const later = { used: 100, leak: { ...levelOf(0, cap, MINUTE_MS, rest).leak, atMs: 5_000 } };
    expect(drainedAtMs(later, units)).toBe(5_000 + whenMs);
  });

  it('says never where nothing drains', () => {
    expect(drainedAtMs(levelOf(5, 0), 1)).toBeNull();
  });

  it('is the first millisecond at which that much has drained, and no later', () => {
    const case_ = fc.record({
      cap: fc.integer({ min: 1, max: 1_000_000 }),
      used: fc.integer({ min: 1, max: 1_000_000 }),
      share: fc.nat({ max: 99 }),
    });
    fc.assert(
      fc.property(case_, fc.nat(), ({ cap, used, share }, pick) => {
        const begin = levelOf(used, cap, MINUTE_MS, share * 600);
        const units = 1 + (pick % used);
        const whenMs = drainedAtMs(begin, units) ?? Number.NaN;
        expect(used - drain(begin, whenMs).used).toBeGreaterThanOrEqual(units);
        if (whenMs > 0) expect(used - drain(begin, whenMs - 1).used).toBeLessThan(units);
      }),
    );
  });
});
