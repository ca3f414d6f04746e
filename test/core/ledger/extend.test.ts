// A running call that needs more: all of it or nothing, from the windows of now. What breaks if
// this fails: a long stream runs on money that nobody held, or holds the same money twice.

import { describe, expect, it } from 'vitest';
import { type Account, EMPTY_ACCOUNT } from '../../../core/ledger/account.ts';
import type { Hold } from '../../../core/ledger/hold.ts';
import { extend, type Extended, type Party, TAKEN_MAX } from '../../../core/ledger/ledger.ts';
import { afterResolution, settle } from '../../../core/ledger/resolve.ts';
import type { Amounts } from '../../../core/ledger/unit.ts';
import { playTable } from './bench-ledger.ts';
import { day, granted, limitOf, MINUTE_MS, one, partyOf, requests, rolling } from './makers.ts';

const minute = (cap: number) => limitOf('nanoUsd', 'minute', cap);

function extended(hold: Hold, parties: readonly Party[], target: Amounts, nowMs = 0): Extended {
  const outcome = extend(hold, parties, target, nowMs);
  if (outcome.status !== 'extended') throw new Error(outcome.status);
  return outcome;
}

const again = (party: Party, account: Account | undefined): Party => ({
  ...party,
  account: account ?? EMPTY_ACCOUNT,
});

describe('an extension', () => {
  it('raises what is on hold, and a repeat or a lower one changes nothing', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      1   extend   h1    700    | 700  0     | extended
      1   extend   h1    700    | 700  0     | extended
      1   extend   h1    699    | 700  0     | extended
      2   extend   h1    1001   | 700  0     | over-budget
      2   extend   h1    1000   | 1000 0     | extended
      3   reserve  h2    1      | 1000 0     | over-budget
      4   settle   h1    850    | 0    850   | settled
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('takes everything or nothing, from every party and of every unit', () => {
    const parties = [
      partyOf('a', [day(1_000), limitOf('images', 'day', 10)]),
      partyOf('b', [day(600), requests(1)]),
    ];
    const amounts = { requests: 1, nanoUsd: 400, images: 1 };
    const { hold, accounts } = granted(parties, { amounts });
    const now = parties.map((party, index) => again(party, accounts[index]));
    const before = structuredClone({ hold, now });
    expect(extend(hold, now, { nanoUsd: 601, images: 2 }, 0)).toMatchObject({
      status: 'over-budget',
      principal: 'b',
      counter: { name: 'nanoUsd-day', held: 400, cap: 600 },
    });
    expect(extend(hold, now, { nanoUsd: 600, images: 11 }, 0)).toMatchObject({
      status: 'over-quota',
      principal: 'a',
    });
    expect({ hold, now }).toEqual(before);
    const more = extended(hold, now, { nanoUsd: 600, images: 10, requests: 1 });
    expect(more.hold.amounts).toEqual({ requests: 1, nanoUsd: 600, images: 10 });
    expect(more.hold.asked).toEqual(amounts);
    const heldOf = (name: string) => more.accounts.map(({ cells }) => cells[name]?.[0]?.held);
    expect([heldOf('nanoUsd-day'), heldOf('images-day'), heldOf('requests-day')]).toEqual([
      [600, 600],
      [10, undefined],
      [undefined, 1],
    ]);
  });

  it('may take a unit that was not on hold, and does not look at those it does not raise', () => {
    const party = partyOf('a', [day(1_000), limitOf('images', 'day', 3)]);
    const { hold, accounts } = granted([party], { amounts: { nanoUsd: 900 } });
    const over = { ...party, limits: [day(5), limitOf('images', 'day', 3)] };
    const outcome = extended(hold, [again(over, accounts[0])], { nanoUsd: 900, images: 3 });
    expect(outcome.hold.amounts).toEqual({ nanoUsd: 900, images: 3 });
    expect(outcome.hold.accounts[0]?.taken.map(({ name, amount }) => [name, amount])).toEqual([
      ['nanoUsd-day', 900],
      ['images-day', 3],
    ]);
  });

  it('grows the entry of its own window and leaves those of other counters alone', () => {
    const party = partyOf('a', [minute(1_000), day(2_000), rolling(1_000)]);
    const { hold, accounts } = granted([party], { amounts: { nanoUsd: 400 } });
    const next = extended(hold, [again(party, accounts[0])], { nanoUsd: 500 }, MINUTE_MS - 1);
    const taken = next.hold.accounts[0]?.taken.map(({ name, amount }) => [name, amount]);
    expect(taken).toEqual([
      ['nanoUsd-minute', 500],
      ['nanoUsd-day', 500],
      ['nanoUsd-rolling-minute', 500],
    ]);
  });

  it('in a later window is an entry of its own, and draws on that window', () => {
    const party = partyOf('a', [minute(500), day(5_000)]);
    const { hold, accounts } = granted([party], { amounts: { nanoUsd: 400 } });
    const next = extended(hold, [again(party, accounts[0])], { nanoUsd: 900 }, MINUTE_MS);
    expect(next.hold.accounts[0]?.taken).toEqual([
      { name: 'nanoUsd-minute', windowId: 0, amount: 400 },
      { name: 'nanoUsd-day', windowId: 0, amount: 900 },
      { name: 'nanoUsd-minute', windowId: 1, amount: 500 },
    ]);
    expect(next.accounts[0]?.cells['nanoUsd-minute']).toEqual([
      { windowId: 1, used: 0, held: 500 },
      { windowId: 0, used: 0, held: 400 },
    ]);
    const more = [again(party, next.accounts[0])];
    expect(extend(next.hold, more, { nanoUsd: 901 }, MINUTE_MS).status).toBe('over-budget');
    expect(extend(next.hold, more, { nanoUsd: 901 }, 2 * MINUTE_MS).status).toBe('extended');
  });

  it.each([
    // charged, then used in the first, second and third minute
    [0, [0, 0, 0]],
    [399, [399, 0, 0]],
    [400, [400, 0, 0]],
    [401, [400, 1, 0]],
    [700, [400, 300, 0]],
    [800, [400, 300, 100]],
    [900, [400, 300, 200]],
    [1_000, [400, 300, 300]],
  ])('settles a charge of %d oldest window first, the newest taking the rest', (nanoUsd, used) => {
    const party = partyOf('a', [minute(500), day(5_000)]);
    const first = granted([party], { amounts: { nanoUsd: 400 } });
    const second = extended(
      first.hold,
      [again(party, first.accounts[0])],
      { nanoUsd: 700 },
      MINUTE_MS,
    );
    const third = extended(
      second.hold,
      [again(party, second.accounts[0])],
      { nanoUsd: 900 },
      2 * MINUTE_MS,
    );
    const { hold } = settle(third.hold, { amounts: { nanoUsd }, estimated: false }, 2 * MINUTE_MS);
    const account = afterResolution(third.accounts[0] ?? EMPTY_ACCOUNT, hold, 0);
    expect(account.cells['nanoUsd-minute']).toEqual([
      { windowId: 2, used: used[2], held: 0 },
      { windowId: 1, used: used[1], held: 0 },
    ]);
    expect(account.cells['nanoUsd-day']).toEqual([{ windowId: 0, used: nanoUsd, held: 0 }]);
  });

  it('leaves lease, metering and the time it was taken as they were', () => {
    const party = partyOf('a', [day(1_000)]);
    const { hold, accounts } = granted([party], { amounts: { nanoUsd: 400 } });
    const next = extended(hold, [again(party, accounts[0])], { nanoUsd: 500 }, 5_000);
    expect(next.hold).toEqual({ ...hold, accounts: next.hold.accounts, amounts: { nanoUsd: 500 } });
    expect(next.accounts[0]?.clockMs).toBe(5_000);
  });

  it('of nothing adds no entry, however late', () => {
    const party = partyOf('a', [minute(500)]);
    const { hold, accounts } = granted([party], { amounts: { nanoUsd: 400 } });
    const next = extended(hold, [again(party, accounts[0])], { nanoUsd: 400 }, MINUTE_MS);
    expect(next.hold).toEqual(hold);
  });

  it('may reach into 64 windows of one account, an hour of a limit per minute', () => {
    expect(TAKEN_MAX).toBe(64);
  });
});
