// Challenges that were fetched ahead are counted when they are redeemed: at most three of a
// principal were outstanding at any instant. What breaks if this fails: a stock of proofs is solved
// at leisure and spent in one burst, or an honest caller is kept waiting for no reason.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, EMPTY_ACCOUNT, move } from '../../../core/ledger/account.ts';
import { type SolvedAhead, slotFor, withSlot } from '../../../core/ledger/outstanding.ts';
import { withCharge, withHeld } from '../../../core/ledger/recovery.ts';
import { expire, release, settle } from '../../../core/ledger/resolve.ts';
import { accountWith, openHold } from './makers.ts';

const THREE = 3;
const LIFETIME_SECONDS = 90;

/** A challenge of this second, redeemed in that one. */
type Redemption = { readonly issued: number; readonly redeemed: number };
type Interval = { readonly from: number; readonly to: number };

const intervalOf = ({ issued, redeemed }: Redemption): Interval => ({
  from: issued,
  to: Math.max(redeemed, issued + 1),
});

/** How many of these were outstanding at the worst instant, counted second by second. */
function overlapMax(intervals: readonly Interval[]): number {
  let worst = 0;
  for (const { from } of intervals) {
    const there = intervals.filter((one) => one.from <= from && from < one.to).length;
    worst = Math.max(worst, there);
  }
  return worst;
}

type Judge = (redemption: Redemption) => boolean;

const ours = (): Judge => {
  let account: Account = EMPTY_ACCOUNT;
  return ({ issued, redeemed }) => {
    const ask: SolvedAhead = { issuedAtMs: issued, outstandingMax: THREE };
    const slot = slotFor(account, ask, redeemed);
    if (slot !== null) account = withSlot(account, slot);
    return slot !== null;
  };
};

/** Remembers every interval that it took, and tries whether one more fits. */
const bruteForce = (): Judge => {
  const taken: Interval[] = [];
  return (redemption) => {
    const fits = overlapMax([...taken, intervalOf(redemption)]) <= THREE;
    if (fits) taken.push(intervalOf(redemption));
    return fits;
  };
};

const countsTheLast90Seconds = (): Judge => {
  let taken: number[] = [];
  return ({ redeemed }) => {
    taken = taken.filter((at) => at > redeemed - LIFETIME_SECONDS);
    if (taken.length >= THREE) return false;
    taken.push(redeemed);
    return true;
  };
};

const countsNothing = (): Judge => () => true;

const verdicts = (judge: Judge, redemptions: readonly Redemption[]): string =>
  redemptions.map((one) => (judge(one) ? 'y' : 'n')).join('');

const STOCKPILE: readonly Redemption[] = Array.from({ length: 1_000 }, (_, index) => ({
  issued: 100,
  redeemed: 100 + Math.floor((index * LIFETIME_SECONDS) / 1_000),
}));

/** Gets the next with each answer, and answers at once: a call in every second for five minutes. */
const QUICK_TALKER: readonly Redemption[] = Array.from({ length: 300 }, (_, index) => ({
  issued: 100 + index,
  redeemed: 101 + index,
}));

const accepted = (judge: Judge, redemptions: readonly Redemption[]): number =>
  redemptions.filter((one) => judge(one)).length;

describe('of challenges that were fetched ahead', () => {
  it('three of a thousand fetched at once can be redeemed while they live', () => {
    expect(accepted(ours(), STOCKPILE)).toBe(THREE);
    expect(verdicts(ours(), STOCKPILE).slice(0, 4)).toBe('yyyn');
  });

  it('every one can be redeemed that came with the answer to the one before', () => {
    expect(accepted(ours(), QUICK_TALKER)).toBe(QUICK_TALKER.length);
  });

  // The naive ways: one keeps the honest out, the other lets the whole stock in.
  it('a count of the last 90 seconds refuses a quick talker, and no count a stockpile', () => {
    expect(accepted(countsTheLast90Seconds(), STOCKPILE)).toBe(THREE);
    expect(accepted(countsTheLast90Seconds(), QUICK_TALKER)).toBeLessThan(20);
    expect(accepted(countsNothing(), QUICK_TALKER)).toBe(QUICK_TALKER.length);
    expect(accepted(countsNothing(), STOCKPILE)).toBe(1_000);
  });

  it.each([
    ['three fetched at once and a fourth', '0-1 0-2 0-3 0-4', 'yyyn'],
    ['a new stock after the old one was used', '0-5 0-5 0-5 5-9 5-9 5-9', 'yyyyyy'],
    ['a new stock while one of the old is out', '0-5 0-5 0-9 5-9 5-9 5-9', 'yyyyyn'],
    ['four that are issued and redeemed in one second', '7-7 7-7 7-7 7-7', 'yyyn'],
    ['three in each second', '7-7 7-7 7-7 8-8 8-8 8-8', 'yyyyyy'],
    ['one kept back while two chains go on', '0-1 0-1 1-2 1-2 0-2 2-3', 'yyyyyy'],
    ['best fit where first fit would fail', '0-1 0-2 0-3 3-4 2-5 1-6', 'yyyyyy'],
    ['issued by a clock that is ahead of this one', '9-5 9-5 9-5 9-6', 'yyyn'],
  ])('%s', (_, pairs, expected) => {
    const redemptions = pairs.split(' ').map((pair) => {
      const [issued = 0, redeemed = 0] = pair.split('-').map(Number);
      return { issued, redeemed };
    });
    expect(verdicts(ours(), redemptions)).toBe(expected);
  });

  it('exactly those are taken that leave at most three outstanding, from second to second', () => {
    const redemption = fc.record({
      pause: fc.nat({ max: 4 }),
      age: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(redemption, { maxLength: 40 }), (steps) => {
        let now = 20;
        const redemptions = steps.map(({ pause, age }) => {
          now += pause;
          return { issued: now - age, redeemed: now };
        });
        expect(verdicts(ours(), redemptions)).toBe(verdicts(bruteForce(), redemptions));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never more than three were outstanding, whatever clocks say', () => {
    const redemption = fc.record({ issued: fc.nat({ max: 30 }), redeemed: fc.nat({ max: 30 }) });
    fc.assert(
      fc.property(fc.array(redemption, { maxLength: 60 }), (redemptions) => {
        const judge = ours();
        const taken = redemptions.filter((one) => judge(one)).map(intervalOf);
        expect(overlapMax(taken)).toBeLessThanOrEqual(THREE);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('after a restart', () => {
  const slot = { machine: 1, endMs: 160 };
  const hold = openHold();
  const redeemed = {
    ...hold,
    accounts: hold.accounts.map((account) => ({ ...account, slot })),
  };
  const before = { ...accountWith('nanoUsd-day', {}), solvedAhead: [100, 120, 140] };

  it('an account learns from any hold, however it ended, that its challenge was redeemed', () => {
    const ends = [
      settle(redeemed, { amounts: { nanoUsd: 1 }, estimated: false }, 5).hold,
      release(redeemed, 5).hold,
      expire(redeemed, 5).hold,
    ];
    for (const ended of ends) {
      expect(withCharge(before, ended, 0).solvedAhead).toEqual([100, 160, 140]);
      expect(withCharge(EMPTY_ACCOUNT, ended, 0).solvedAhead).toEqual([0, 160]);
    }
    expect(withHeld(before, redeemed, 0).solvedAhead).toEqual([100, 160, 140]);
  });

  it('a row that is read again, or out of order, gives no place back', () => {
    const later = withSlot(withSlot(before, slot), { machine: 1, endMs: 170 });
    expect(withHeld(later, redeemed, 0).solvedAhead).toEqual([100, 170, 140]);
    expect(withHeld(withHeld(before, redeemed, 0), redeemed, 0).solvedAhead).toEqual([
      100, 160, 140,
    ]);
  });

  it('an account that redeemed nothing has no such member', () => {
    expect(withHeld(EMPTY_ACCOUNT, hold, 0)).not.toHaveProperty('solvedAhead');
    expect(move(before, [], 5).solvedAhead).toEqual([100, 120, 140]);
  });
});
