// Reserve, settle, release and renew as pages of ledger rows: money on hold counts at once, a hold
// resolves once, a second resolution is a status and changes nothing.

import { describe, expect, it } from 'vitest';
import { EMPTY_ACCOUNT } from '../../../core/ledger/account.ts';
import { emptyHold } from '../../../core/ledger/hold.ts';
import { heldMovements } from '../../../core/ledger/ledger.ts';
import { holdOf, playTable, type TableSetting } from './bench-ledger.ts';
import { day, DAY_MS, granted, limitOf, MINUTE_MS, one, partyOf, rolling } from './makers.ts';

const mistakes = (page: string, setting: TableSetting = { parties: one(day(1_000)) }) =>
  playTable(setting, page).mistakes;

describe('a hold on a cap of 1000', () => {
  it('counts at once and becomes what was used', () => {
    expect(
      mistakes(`
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      1   reserve  h2    300    | 700  0     | held
      2   settle   h1    120    | 300  120   | settled
      3   settle   h2    300    | 0    420   | settled
      `),
    ).toEqual([]);
  });

  it('is granted exactly at the cap and refused one nano-dollar over it', () => {
    expect(
      mistakes(`
      at  do       hold  amount | held spent | status
      0   reserve  h1    1001   | 0    0     | over-budget
      0   reserve  h1    1000   | 1000 0     | held
      0   reserve  h2    1      | 1000 0     | over-budget
      1   settle   h1    999    | 0    999   | settled
      2   reserve  h3    2      | 0    999   | over-budget
      2   reserve  h3    1      | 1    999   | held
      3   settle   h3    1      | 0    1000  | settled
      4   reserve  h4    1      | 0    1000  | over-budget
      4   reserve  h5    0      | 0    1000  | held           // nothing more is asked
      `),
    ).toEqual([]);
  });

  it('is granted what is left, down to the least that is useful', () => {
    const { bench, mistakes: wrong } = playTable(
      { parties: one(day(1_000)) },
      `
      at  do       hold  amount    | held spent | status
      0   reserve  h1    100..400  | 400  0     | held
      0   reserve  h2    100..400  | 800  0     | held
      0   reserve  h3    100..400  | 1000 0     | held           // 200 granted
      0   reserve  h4    1..400    | 1000 0     | over-budget
      1   release  h3    _         | 800  0     | released
      2   reserve  h5    201..400  | 800  0     | over-budget    // one over what is left
      2   reserve  h6    200..400  | 1000 0     | held           // exactly what is left
      `,
    );
    expect(wrong).toEqual([]);
    for (const key of ['h3', 'h6']) {
      expect(holdOf(bench, key)).toMatchObject({
        amounts: { requests: 1, nanoUsd: 200, concurrentCalls: 1 },
        asked: { requests: 1, nanoUsd: 400, concurrentCalls: 1 },
      });
    }
  });

  it('records the truth where a settlement passes the hold, and passes the cap with it', () => {
    expect(
      mistakes(`
      at  do       hold  amount | held spent | status
      0   reserve  h1    900    | 900  0     | held
      1   settle   h1    1450   | 0    1450  | settled-over-hold
      2   reserve  h2    1      | 0    1450  | over-budget
      `),
    ).toEqual([]);
  });

  it('settles for nothing where an explicit zero is the truth', () => {
    expect(
      mistakes(`
      at  do       hold  amount | held spent | status
      0   reserve  h1    900    | 900  0     | held
      1   settle   h1    0      | 0    0     | settled
      `),
    ).toEqual([]);
  });

  it('is given back whole when it is released', () => {
    expect(
      mistakes(`
      at  do       hold  amount | held spent | status
      0   reserve  h1    1000   | 1000 0     | held
      1   release  h1    _      | 0    0     | released
      2   reserve  h2    1000   | 1000 0     | held
      `),
    ).toEqual([]);
  });
});

describe('a new hold', () => {
  it('remembers everything it was asked and given, and when', () => {
    const { hold } = granted(
      [partyOf('a', [day(300), rolling(900)]), partyOf('b', [limitOf('files', 'run', 2)])],
      {
        key: 'k',
        attempt: 'second',
        amounts: { nanoUsd: 400, files: 2 },
        metered: { nanoUsd: 310, files: 1, images: 4 },
        produciblePerSecond: { nanoUsd: 7 },
        label: 'open/model',
      },
      DAY_MS + 5,
    );
    const leak = { cap: 900, periodMs: MINUTE_MS, atMs: DAY_MS + 5, remainder: 0 };
    expect(hold).toStrictEqual({
      key: 'k',
      attempt: 'second',
      status: 'held',
      accounts: [
        {
          principal: 'a',
          taken: [
            { name: 'nanoUsd-day', windowId: 1, amount: 300 },
            { name: 'nanoUsd-rolling-minute', windowId: 0, amount: 300, leak },
          ],
        },
        { principal: 'b', taken: [{ name: 'files-run', windowId: 0, amount: 2 }] },
      ],
      amounts: { nanoUsd: 300, files: 2 },
      asked: { nanoUsd: 400, files: 2 },
      metered: { nanoUsd: 300, files: 1, images: 0 },
      produciblePerSecond: { nanoUsd: 7 },
      reservedAtMs: DAY_MS + 5,
      renewedAtMs: DAY_MS + 5,
      leaseEndsAtMs: DAY_MS + 10_005,
      charged: {},
      resolvedAtMs: 0,
      estimated: false,
      label: 'open/model',
    });
  });

  it('leaves the accounts it was taken from as they were', () => {
    const party = partyOf('a', [day(1_000), rolling(1_000)]);
    const { accounts } = granted([party], {}, 5);
    expect(party.account).toEqual({ clockMs: 0, cells: {}, caps: {} });
    expect(accounts).toHaveLength(1);
    expect(accounts[0]).toMatchObject({ clockMs: 5 });
  });

  it('moves to hold what was taken, at the rate it was taken, and uses nothing', () => {
    const leak = { cap: 900, periodMs: MINUTE_MS, atMs: 5, remainder: 7 };
    const plain = { name: 'nanoUsd-day', windowId: 3, amount: 300 };
    const leaking = { name: 'nanoUsd-rolling-minute', windowId: 0, amount: 200, leak };
    expect(heldMovements([plain, leaking])).toStrictEqual([
      { name: 'nanoUsd-day', windowId: 3, used: 0, held: 300 },
      { name: 'nanoUsd-rolling-minute', windowId: 0, used: 0, held: 200, leak },
    ]);
  });

  it('of nobody is granted as it was asked, and moves nothing', () => {
    const { hold, accounts } = granted([], { amounts: {}, least: {} });
    expect([hold.status, hold.accounts, hold.amounts, accounts]).toEqual(['held', [], {}, []]);
    expect(EMPTY_ACCOUNT.cells).toEqual({});
  });
});

describe('a hold that is resolved', () => {
  const twice = (first: string, firstSpent: string, status: string): string => `
      at  do       hold  amount | held spent          | status
      0   reserve  h1    400    | 400  0              | held
      1   ${first}   h1    120    | 0    ${firstSpent}  | ${first}d
      2   settle   h1    130    | 0    ${firstSpent}  | ${status}
      3   release  h1    _      | 0    ${firstSpent}  | ${status}
      4   renew    h1    50     | 0    ${firstSpent}  | ${status}
      5   extend   h1    500    | 0    ${firstSpent}  | ${status}
      6   expire   h1    _      | 0    ${firstSpent}  | ${status}
      `;

  it.each([
    ['settle', '120', 'already-settled'],
    ['release', '0', 'already-released'],
    ['expire', '0', 'already-expired'],
  ])('by %s answers the same to everything, and nothing moves', (first, spent, status) => {
    expect(mistakes(twice(first, spent, status))).toEqual([]);
  });

  it('as a tombstone of a refusal answers already-refused and charges nobody', () => {
    const setting = { parties: one(day(1_000)) };
    const { bench } = playTable(
      setting,
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      `,
    );
    bench.holds.set('h1', emptyHold('h1', 'a1', 'refused', 0));
    const page = `
      at  do       hold  amount | held spent | status
      1   settle   h1    120    | 400  0     | already-refused
      2   release  h1    _      | 400  0     | already-refused
      3   renew    h1    9      | 400  0     | already-refused
      4   expire   h1    _      | 400  0     | already-refused
      `;
    expect(playTable(setting, page, bench).mistakes).toEqual([]);
  });
});
