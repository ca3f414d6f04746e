// One call, several purses: all of them or none, each counter at its own cap, and one answer when
// two things are wrong at once. What breaks if this fails: a caller over one limit draws on the
// others.

import { describe, expect, it } from 'vitest';
import { EMPTY_ACCOUNT, type Limit, viewCounter } from '../../../core/ledger/account.ts';
import { type Unit, UNITS } from '../../../core/ledger/unit.ts';
import { accountOf, makeBench, playTable } from './bench-ledger.ts';
import {
  accountWith,
  calls,
  day,
  granted,
  limitOf,
  month,
  one,
  partyOf,
  refused,
  requests,
} from './makers.ts';

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
      `,
    );
    expect(mistakes).toEqual([]);
    expect(viewCounter(accountOf(bench, 'device:d'), day(1_000), 11_000).used).toBe(30);
  });

  it('share a partial grant: the least that any counter has left, unit by unit', () => {
    const { hold, accounts } = granted(
      [
        partyOf('a', [day(1_000), month(350), limitOf('images', 'day', 7)]),
        partyOf('b', [day(300), month(900), limitOf('images', 'day', 9)]),
      ],
      { amounts: { nanoUsd: 400, images: 8, files: 2 }, least: { nanoUsd: 1, images: 0 } },
    );
    expect(hold.amounts).toEqual({ nanoUsd: 300, images: 7, files: 2 });
    expect(hold.accounts.map(({ principal }) => principal)).toEqual(['a', 'b']);
    expect(accounts.map(({ cells }) => cells['nanoUsd-day']?.[0]?.held)).toEqual([300, 300]);
    expect(accounts.map(({ cells }) => cells['images-day']?.[0]?.held)).toEqual([7, 7]);
  });
});

describe('a counter', () => {
  const account = accountWith('nanoUsd-day', { used: 500, held: 200 });

  it.each([
    [300, 'held'],
    [301, 'over-budget'],
  ])('that has 300 left of 1000 answers to %d: %s', (nanoUsd, status) => {
    const parties = [partyOf('a', [day(1_000)], { account })];
    const ask = { amounts: { nanoUsd }, least: {} };
    if (status === 'held') expect(granted(parties, ask).hold.amounts).toEqual({ nanoUsd });
    else expect(refused(parties, ask)).toMatchObject({ status, sliced: false });
  });

  it.each([
    // least, granted
    [300, 300],
    [299, 300],
    [0, 300],
    [301, null],
    [undefined, null],
  ])('that has 300 left of 1000 gives to 400, of which %d are needed: %d', (least, given) => {
    const parties = [partyOf('a', [day(1_000)], { account })];
    const ask = {
      amounts: { nanoUsd: 400 },
      least: least === undefined ? {} : { nanoUsd: least },
    };
    if (given === null) refused(parties, ask);
    else expect(granted(parties, ask).hold.amounts).toEqual({ nanoUsd: given });
  });

  it('never needs more than was asked', () => {
    const parties = [partyOf('a', [day(1_000)], { account })];
    const { hold } = granted(parties, { amounts: { nanoUsd: 5 }, least: { nanoUsd: 9_999 } });
    expect(hold.amounts).toEqual({ nanoUsd: 5 });
  });

  it('of a unit that is not asked neither counts nor refuses, even where its cap is passed', () => {
    const passed = accountWith('images-day', { used: 10 });
    const parties = [partyOf('a', [limitOf('images', 'day', 9), day(1_000)], { account: passed })];
    const { hold, accounts } = granted(parties, { amounts: { nanoUsd: 5 }, least: { images: 3 } });
    expect(hold.amounts).toEqual({ nanoUsd: 5 });
    expect(hold.accounts[0]?.taken.map(({ name }) => name)).toEqual(['nanoUsd-day']);
    expect(accounts[0]?.cells['images-day']).toEqual(passed.cells['images-day']);
    expect(refused(parties, { amounts: { images: 0 } }).status).toBe('over-quota');
  });

  it('of one route is apart from the one of all routes and from every other', () => {
    const chat = limitOf('requests', 'day', 2, 'chat');
    const all = limitOf('requests', 'day', 3);
    const draw = limitOf('requests', 'day', 1, 'draw');
    const asked = (limits: readonly Limit[], account2 = EMPTY_ACCOUNT) =>
      granted([partyOf('a', limits, { account: account2 })]).accounts[0] ?? EMPTY_ACCOUNT;
    const twice = asked([all, chat], asked([all, chat]));
    expect(refused([partyOf('a', [all, chat], { account: twice })])).toMatchObject({
      status: 'over-requests',
      counter: { name: 'requests-day@chat', held: 2, cap: 2 },
    });
    const thrice = asked([all, draw], twice);
    expect(refused([partyOf('a', [draw, all], { account: thrice })])).toMatchObject({
      counter: { name: 'requests-day@draw', held: 1 },
    });
    expect(refused([partyOf('a', [all], { account: thrice })])).toMatchObject({
      counter: { name: 'requests-day', held: 3 },
    });
  });
});

describe('concurrency', () => {
  it('admits exactly the cap and one more when one has ended, whichever way it ended', () => {
    expect(
      playTable(
        { parties: one(calls(2), day(10_000)) },
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
  const everything = Object.fromEntries(UNITS.map((unit) => [unit, 1])) as Record<Unit, number>;
  const full = (units: readonly Unit[]): readonly Limit[] =>
    units.map((unit) => limitOf(unit, 'day', 0)).toReversed();

  it.each(UNITS.map((unit, at) => [unit, UNITS.slice(at)] as const))(
    'the answer names %s before what comes after it',
    (unit, units) => {
      const refusal = refused([partyOf('a', full(units))], { amounts: everything, least: {} });
      expect(refusal.counter.unit).toBe(unit);
      const own: Partial<Record<Unit, string>> = {
        requests: 'over-requests',
        nanoUsd: 'over-budget',
        concurrentCalls: 'over-concurrency',
      };
      expect(refusal.status).toBe(own[unit] ?? 'over-quota');
    },
  );

  it('the kind of refusal decides before the order of the parties', () => {
    const parties = [partyOf('first', [day(1)]), partyOf('second', [requests(0)])];
    expect(refused(parties)).toMatchObject({ status: 'over-requests', principal: 'second' });
  });

  it('the first party with that refusal is the one that is named, with its counter', () => {
    const parties = [partyOf('first', [day(1_000), month(99)]), partyOf('second', [day(1)])];
    expect(refused(parties)).toMatchObject({
      status: 'over-budget',
      principal: 'first',
      counter: { name: 'nanoUsd-month', used: 0, held: 0, cap: 99 },
    });
  });
});

describe("an operator's own cap", () => {
  it('wins over the one of the policy, in both directions', () => {
    const capped = (cap: number) => ({ ...EMPTY_ACCOUNT, caps: { 'nanoUsd-day': cap } });
    const narrow = [partyOf('a', [day(1_000)], { account: capped(99) })];
    expect(refused(narrow)).toMatchObject({ status: 'over-budget', counter: { cap: 99 } });
    const wide = [partyOf('a', [day(1)], { account: capped(100) })];
    expect(granted(wide).hold.amounts.nanoUsd).toBe(100);
    const none = [partyOf('a', [day(1_000)], { account: capped(0) })];
    expect(refused(none, { least: { nanoUsd: 1 } })).toMatchObject({ counter: { cap: 0 } });
  });
});
