// The account that a human proof opens, in a real object: taken whole or not at all, never
// overspent by calls that come at once, and forgotten when no pass can name it any more. What
// breaks if this fails: a proof pays twice, or every proof of every visitor leaves a row for ever.

import { beforeEach, expect, it } from 'vitest';
import type { AccountAsk } from '../../core/ledger/messages.ts';
import {
  advance,
  apply,
  ask,
  freshPrincipal,
  ledgerOf,
  NOON_MS,
  own,
  reserve,
  setClock,
  settling,
  tell,
} from './ledger-harness.ts';
import { inObject } from './rows-harness.ts';

const HOUR_MS = 3_600_000;
const CAP = 1_000;

beforeEach(() => {
  setClock(NOON_MS);
});

const purse = (isWhole = true): AccountAsk => ({
  principal: freshPrincipal('pass:'),
  limits: [{ window: 'run', unit: 'nanoUsd', cap: CAP }],
  root: null,
  ...(isWhole ? { isWhole } : {}),
});

const roomy = (principal: string): AccountAsk =>
  own(principal, [{ window: 'day', unit: 'nanoUsd', cap: 1_000_000 }]);

it.each([
  ['whole, or not at all', true, { status: 'over-budget' }],
  ['in part, where it is not asked whole', false, { status: 'held', granted: { nanoUsd: 400 } }],
] as const)('a purse is taken %s', async (_, isWhole, expected) => {
  const principal = freshPrincipal();
  const accounts = [roomy(principal), purse(isWhole)];
  const ledger = ledgerOf(principal);
  await reserve(ledger, ask(principal, { accounts, nanoUsd: 600 }));
  const second = ask(principal, { accounts, nanoUsd: 600, least: { nanoUsd: 100 } });
  const reply = await reserve(ledger, second);
  expect(reply).toMatchObject(expected);
  if (reply.status === 'over-budget') {
    expect(reply.counter.principal).toBe(accounts[1]?.principal);
  }
});

it('a purse is not overspent by a crowd, and counts after an hour what it counted before', async () => {
  const principal = freshPrincipal();
  const accounts = [roomy(principal), purse()];
  const ledger = ledgerOf(principal);
  const crowd = Array.from({ length: 50 }, () => ask(principal, { accounts, nanoUsd: 300 }));
  const replies = await Promise.all(crowd.map((call) => reserve(ledger, call)));
  const held = crowd.filter((_call, index) => replies[index]?.status === 'held');
  expect(held).toHaveLength(3);
  await apply(ledger, { resolves: held.map((call) => settling(call, 300)) });
  // Over the full hour, and to the end of the pass's life.
  advance(HOUR_MS);
  const late = await reserve(ledger, ask(principal, { accounts, nanoUsd: 101 }));
  expect(late.status).toBe('over-budget');
  expect((await reserve(ledger, ask(principal, { accounts, nanoUsd: 100 }))).status).toBe('held');
});

it('a purse leaves no row behind two days later, and its owner’s account stays', async () => {
  const principal = freshPrincipal();
  const accounts = [roomy(principal), purse()];
  const ledger = ledgerOf(principal);
  const first = ask(principal, { accounts, nanoUsd: 300 });
  await reserve(ledger, first);
  await tell(ledger, settling(first, 300));
  const rows = (): Promise<string[]> =>
    inObject(ledger, (_instance, state) =>
      state.storage.sql
        .exec<{ subject: string }>(`SELECT subject FROM side WHERE kind = 'account'`)
        .toArray()
        .map(({ subject }) => subject),
    );
  /** A call, and the alarm behind it, which writes down what is known and sweeps. */
  const tidy = async (): Promise<void> => {
    const passing = ask(principal, { accounts: [roomy(principal)], nanoUsd: 1 });
    await reserve(ledger, passing);
    await tell(ledger, settling(passing, 1));
    for (let alarms = 0; alarms < 3; alarms += 1) {
      await inObject(ledger, (instance) => instance.alarm());
    }
  };
  const names = accounts.map((account) => account.principal);
  await tidy();
  expect(await rows()).toEqual(expect.arrayContaining(names));
  advance(47 * HOUR_MS);
  await tidy();
  expect(await rows()).toContain(names[1]);
  advance(2 * HOUR_MS);
  await tidy();
  expect(await rows()).toEqual([principal]);
});
