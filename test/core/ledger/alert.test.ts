// When somebody is told that a counter passed a share of its cap. What breaks if this fails: nobody
// hears before the budget is gone, or everybody hears of every call.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, EMPTY_ACCOUNT, type Limit, move } from '../../../core/ledger/account.ts';
import { alertsOf, shareOf } from '../../../core/ledger/alert.ts';
import { present } from '../../../core/result.ts';
import { day, DAY_MS, granted, partyOf } from './makers.ts';

const WHO = 'user:anna';
const TODAY = 20_000;
const ALERT = { id: 'budget', percents: [50, 80, 100], policyVersion: 'v1' };
const watched = (cap: number, percents: readonly number[] = ALERT.percents): Limit => ({
  ...day(cap),
  alert: { ...ALERT, percents },
});

const using = (account: Account, used: number, windowId = TODAY, leased = 0): Account =>
  move(account, [{ name: 'nanoUsd-day', windowId, used, held: 0, leased }], 0);

/** What is told after each of these movements; what was told is remembered. */
function toldAfter(
  limit: Limit,
  steps: readonly (number | ((account: Account) => Account))[],
  windowId = TODAY,
): readonly (readonly number[])[] {
  let account = EMPTY_ACCOUNT;
  return steps.map((step) => {
    account = typeof step === 'number' ? using(account, step, windowId) : step(account);
    const found = alertsOf(WHO, account, limit, windowId);
    account = found?.account ?? account;
    return found?.alerts.map(({ percent }) => percent) ?? [];
  });
}

const withCap =
  (cap: number) =>
  (account: Account): Account => ({ ...account, caps: { 'nanoUsd-day': cap } });

describe('an alert sounds', () => {
  it.each<[string, Limit, readonly (number | ((a: Account) => Account))[], readonly number[][]]>([
    ['not at 79.99 %, and at 80 %', watched(10_000, [80]), [7_999, 1], [[], [80]]],
    ['not one below half of an odd cap', watched(3, [50]), [1, 1], [[], [50]]],
    ['at 100 % and not before', watched(10_000, [100]), [9_999, 1], [[], [100]]],
    ['for both that one call passed', watched(100), [85], [[50, 80]]],
    ['for all, past the cap', watched(100), [250], [[50, 80, 100]]],
    ['once', watched(100), [50, 1, 1, 28, 1], [[50], [], [], [80], []]],
    ['not again after a refund', watched(100), [80, -60, 60, 20], [[50, 80], [], [], [100]]],
    ['not for nothing used, though the cap is nothing', watched(0), [0, 1], [[], [50, 80, 100]]],
    ['by the operator’s cap, once it is lower', watched(1_000), [50, withCap(100)], [[], [50]]],
    [
      'no second time for what was told before the cap was raised',
      watched(100),
      [85, withCap(200), 75, 40],
      [[50, 80], [], [], [100]],
    ],
  ])('%s', (_, limit, steps, expected) => {
    expect(toldAfter(limit, steps)).toEqual(expected);
  });

  it('anew in the next window, and still of the one before', () => {
    const limit = watched(100);
    const percents = (found: ReturnType<typeof alertsOf>) => found?.alerts.map((a) => a.percent);
    const first = alertsOf(WHO, using(EMPTY_ACCOUNT, 60), limit, TODAY);
    expect(percents(first)).toEqual([50]);
    const next = alertsOf(
      WHO,
      using(present(first, 'alert').account, 50, TODAY + 1),
      limit,
      TODAY + 1,
    );
    expect(percents(next)).toEqual([50]);
    // A call that began before midnight ends after it.
    const late = alertsOf(WHO, using(present(next, 'alert').account, 25), limit, TODAY);
    expect(percents(late)).toEqual([80]);
    expect(alertsOf(WHO, present(late, 'alert').account, limit, TODAY)).toBeNull();
    expect(alertsOf(WHO, present(late, 'alert').account, limit, TODAY + 1)).toBeNull();
    const third = alertsOf(
      WHO,
      using(present(late, 'alert').account, 50, TODAY + 2),
      limit,
      TODAY + 2,
    );
    expect(third?.account.told?.['nanoUsd-day']).toEqual([
      { windowId: TODAY + 2, percent: 50 },
      { windowId: TODAY + 1, percent: 50 },
    ]);
  });

  it('of what is granted and unspent too, where the counter is a root', () => {
    const account = using(EMPTY_ACCOUNT, 10, TODAY, 70);
    expect(alertsOf('global', account, watched(100), TODAY)?.alerts).toMatchObject([
      { percent: 50, used: 80 },
      { percent: 80, used: 80 },
    ]);
  });

  it('not where the policy has none, nor where the account has gone elsewhere', () => {
    const account = using(EMPTY_ACCOUNT, 100);
    expect(alertsOf(WHO, account, day(100), TODAY)).toBeNull();
    expect(alertsOf(WHO, { ...account, movedTo: 'edge:2:0' }, watched(100), TODAY)).toBeNull();
  });

  it('with who, what, how much of what, until when, and by which policy', () => {
    const route: Limit = { ...watched(100, [50]), route: 'chat' };
    const name = 'nanoUsd-day@chat';
    const movement = { name, windowId: TODAY, used: 51, held: 0 };
    const found = alertsOf(WHO, move(EMPTY_ACCOUNT, [movement], 0), route, TODAY);
    expect(found?.alerts).toEqual([
      {
        id: 'budget',
        principal: WHO,
        counter: name,
        percent: 50,
        used: 51,
        cap: 100,
        windowEndsAt: new Date((TODAY + 1) * DAY_MS).toISOString(),
        policyVersion: 'v1',
      },
    ]);
    const life: Limit = { ...watched(100, [50]), window: 'lifetime' };
    const ever = { name: 'nanoUsd-lifetime', windowId: 0, used: 51, held: 0 };
    const forLife = alertsOf(WHO, move(EMPTY_ACCOUNT, [ever], 0), life, 0);
    expect(forLife?.alerts[0]?.windowEndsAt).toBeNull();
  });
});

describe('a share of a cap', () => {
  it('is exact for every cap there can be', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 100 }), (cap, percent) => {
        const exact = (BigInt(cap) * BigInt(percent) + 99n) / 100n;
        expect(BigInt(shareOf(cap, percent))).toBe(exact);
      }),
    );
  });

  // The naive one: what is passed so is told at 79.99…%, or at a figure that there is not.
  it('is not exact where it is multiplied first', () => {
    const cap = Number.MAX_SAFE_INTEGER;
    const exact = (BigInt(cap) * 83n + 99n) / 100n;
    expect(BigInt(Math.ceil((cap * 83) / 100))).not.toBe(exact);
    expect(BigInt(shareOf(cap, 83))).toBe(exact);
  });
});

describe('a hold', () => {
  const takenIn = (limit: Limit, sliced = false) =>
    granted([partyOf(WHO, [limit], { sliced, account: rich })]).hold.accounts[0]?.taken;
  const rich: Account = {
    ...EMPTY_ACCOUNT,
    cells: { 'nanoUsd-day': [{ windowId: 0, used: 0, held: 0, granted: 1_000 }] },
  };

  it('says under which limit it took, where somebody is told, and nothing else changes', () => {
    const limit = watched(1_000);
    const plain = { name: 'nanoUsd-day', windowId: 0, amount: 400 };
    expect(takenIn(limit)).toEqual([{ ...plain, watched: limit }]);
    expect(takenIn(day(1_000))).toEqual([plain]);
    // Of a slice its root tells.
    expect(takenIn(limit, true)).toEqual([plain]);
  });
});
