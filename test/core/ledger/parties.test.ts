// One call, several purses: all of them or none, each counter at its own cap, and one answer when
// two things are wrong at once. What breaks if this fails: a caller over one limit draws on the
// others.

import { describe, expect, it } from 'vitest';
import { EMPTY_ACCOUNT, type Limit, viewCounter } from '../../../core/ledger/account.ts';
import { reserve, type ReserveAsk } from '../../../core/ledger/ledger.ts';
import { accountOf, calls, day, makeBench, month, playTable, requests } from './bench-ledger.ts';

const ASK: ReserveAsk = {
  key: 'h1',
  attempt: 'a1',
  amountNanoUsd: 400,
  amountNanoUsdMin: 100,
  meteredNanoUsd: 0,
  producibleNanoUsdPerSecond: 0,
  leaseMs: 10_000,
};

const device = { principal: 'device:d', limits: [day(1_000), requests(10), calls(2)] };
const ip = { principal: 'ip:192.0.2.1', limits: [day(700), requests(10), calls(10)] };

describe('two parties', () => {
  it('are both held and both settled, each against its own cap', () => {
    const { bench, mistakes } = playTable(
      { parties: [device, ip] },
      `
      at  do       hold  amount   | held spent | status
      0   reserve  h1    100..400 | 400  0     | held
      0   reserve  h2    100..400 | 700  0     | held          // the address has 300 left
      1   settle   h1    50       | 300  50    | settled
      `,
    );
    expect(mistakes).toEqual([]);
    for (const { principal } of [device, ip]) {
      expect(viewCounter(accountOf(bench, principal), day(1_000), 1_000)).toMatchObject({
        used: 50,
        held: 300,
      });
    }
  });

  it('hold nothing where the last of them refuses', () => {
    const bench = makeBench();
    expect(
      playTable(
        { parties: [device, { ...ip, limits: [day(99)] }] },
        `
      at  do       hold  amount   | held spent | status
      0   reserve  h1    100..400 | 0    0     | over-budget
      `,
        bench,
      ).mistakes,
    ).toEqual([]);
    expect(bench.accounts.size).toBe(0);
    expect(bench.holds.size).toBe(0);
  });

  it('are charged in full when time ends the call', () => {
    const { bench, mistakes } = playTable(
      { parties: [device, ip], metered: 30, watch: { principal: ip.principal, limit: day(700) } },
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      10  expire   h1    _      | 0    30    | expired
      11  settle   h1    90     | 0    90    | already-expired
      `,
    );
    expect(mistakes).toEqual([]);
    expect(viewCounter(accountOf(bench, 'device:d'), day(1_000), 11_000).used).toBe(90);
  });

  it('share a partial grant: the least that any counter has left', () => {
    const outcome = reserve(
      [
        { principal: 'a', account: EMPTY_ACCOUNT, limits: [day(1_000), month(350)] },
        { principal: 'b', account: EMPTY_ACCOUNT, limits: [day(300), month(900)] },
      ],
      ASK,
      0,
    );
    expect(outcome).toMatchObject({ hold: { amountNanoUsd: 300, status: 'held' } });
  });
});

describe('concurrency', () => {
  it('admits exactly the cap and one more when one has ended, whichever way it ended', () => {
    const parties = [{ principal: 'device:d', limits: [calls(2), day(10_000)] }];
    expect(
      playTable(
        { parties },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    10     | 1    0     | held
      0   reserve  h2    10     | 2    0     | held
      0   reserve  h3    10     | 2    0     | over-concurrency
      1   settle   h1    5      | 1    0     | settled
      1   reserve  h3    10     | 2    0     | held
      2   release  h2    _      | 1    0     | released
      2   reserve  h4    10     | 2    0     | held
      12  expire   h3    _      | 1    0     | expired
      12  reserve  h5    10     | 2    0     | held
      `,
      ).mistakes,
    ).toEqual([]);
  });
});

describe('when several things are wrong at once', () => {
  const limits = (money: number, count: number, open: number): readonly Limit[] => [
    calls(open),
    day(money),
    requests(count),
  ];
  it.each([
    ['requests before money before concurrency', limits(99, 0, 0), 'over-requests'],
    ['requests before concurrency', limits(100, 0, 0), 'over-requests'],
    ['money before concurrency', limits(99, 1, 0), 'over-budget'],
    ['concurrency where nothing else is wrong', limits(100, 1, 0), 'over-concurrency'],
  ])('the answer is %s', (_, all, status) => {
    const outcome = reserve([{ principal: 'a', account: EMPTY_ACCOUNT, limits: all }], ASK, 0);
    expect('status' in outcome ? outcome.status : 'held').toBe(status);
  });

  it('the kind of refusal decides before the order of the parties', () => {
    const outcome = reserve(
      [
        { principal: 'first', account: EMPTY_ACCOUNT, limits: [day(1)] },
        { principal: 'second', account: EMPTY_ACCOUNT, limits: [requests(0)] },
      ],
      ASK,
      0,
    );
    expect(outcome).toMatchObject({ status: 'over-requests', principal: 'second' });
  });

  it('the first party with that refusal is the one that is named, with its counter', () => {
    const outcome = reserve(
      [
        { principal: 'first', account: EMPTY_ACCOUNT, limits: [day(1_000), month(99)] },
        { principal: 'second', account: EMPTY_ACCOUNT, limits: [day(1)] },
      ],
      ASK,
      0,
    );
    expect(outcome).toMatchObject({
      status: 'over-budget',
      principal: 'first',
      counter: { name: 'nanoUsd-month', used: 0, held: 0, cap: 99 },
    });
  });
});

describe("an operator's own cap", () => {
  it('wins over the one of the policy, in both directions', () => {
    const narrow = { ...EMPTY_ACCOUNT, caps: { 'nanoUsd-day': 99 } };
    const wide = { ...EMPTY_ACCOUNT, caps: { 'nanoUsd-day': 100 } };
    const asked = (account: typeof narrow, cap: number): unknown =>
      reserve([{ principal: 'a', account, limits: [day(cap)] }], ASK, 0);
    expect(asked(narrow, 1_000)).toMatchObject({ status: 'over-budget', counter: { cap: 99 } });
    expect(asked(wide, 1)).toMatchObject({ hold: { amountNanoUsd: 100 } });
  });

  it('of zero stops everything', () => {
    const account = { ...EMPTY_ACCOUNT, caps: { 'nanoUsd-day': 0 } };
    const outcome = reserve([{ principal: 'a', account, limits: [day(1_000)] }], ASK, 0);
    expect(outcome).toMatchObject({ status: 'over-budget', counter: { cap: 0 } });
  });
});
