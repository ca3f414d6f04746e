// What an object remembers after it has lost its memory is what it remembered before: every
// counter, every open hold, every total, whatever it had written when it went. Accounts are written
// now and then, so each case here loses the memory at another distance from the last checkpoint.

import { abortAllDurableObjects } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Account, move } from '../../core/ledger/account.ts';
import type { Hold } from '../../core/ledger/hold.ts';
import type { Statement } from '../../core/reconcile/statement.ts';
import { freshPrincipal, ledgerOf, NOON_MS, setClock } from './ledger-harness.ts';
import { PASTS } from './pasts.ts';
import { forget, inObject, storeOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

type Memory = { readonly account: Account; readonly open: readonly Hold[] };

/** The account as it stands now: rolling windows are drained lazily. */
const nowadays = (account: Account): Account =>
  move(
    account,
    Object.entries(account.cells).flatMap(([name, cells]) =>
      cells.map(({ windowId }) => ({ name, windowId, used: 0, held: 0 })),
    ),
    Date.now(),
  );

/** What the object knows, without a turn. */
const memoryOf = (principal: string): Promise<Memory> =>
  inObject(ledgerOf(principal), (instance) => ({
    account: nowadays(storeOf(instance).account(principal)),
    open: [...storeOf(instance).openHolds().values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
  }));

const statementsOf = (principal: string) =>
  ledgerOf(principal).statements('2099-01-01', '2101-01-01') as Promise<readonly Statement[]>;

const LOSSES: Readonly<Record<string, (principal: string) => Promise<void>>> = {
  eviction: forget,
  'an abort': () => abortAllDurableObjects(),
};

describe.each(Object.entries(LOSSES))('after %s', (_loss, lose) => {
  it.each(Object.entries(PASTS))('counters are as before: %s', async (_past, live) => {
    const principal = freshPrincipal();
    await live(principal);
    const before = await memoryOf(principal);
    await lose(principal);
    expect(await memoryOf(principal)).toEqual(before);
    // And once more: recovering changes nothing by itself.
    await lose(principal);
    expect(await memoryOf(principal)).toEqual(before);
  });
});

describe('totals per day and model', () => {
  it.each(Object.entries(PASTS))('are as if nothing had been lost: %s', async (_past, live) => {
    const kept = freshPrincipal();
    await live(kept);
    const wanted = await statementsOf(kept);
    setClock(NOON_MS);
    const lost = freshPrincipal();
    await live(lost);
    await memoryOf(lost);
    await forget(lost);
    expect(await statementsOf(lost)).toEqual(wanted);
    await forget(lost);
    expect(await statementsOf(lost)).toEqual(wanted);
  });
});
