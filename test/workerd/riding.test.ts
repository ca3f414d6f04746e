// Settlements of earlier calls ride along with a reservation: they come first, in the same turn and
// the same commit, and a settlement that is delivered twice this way or another is still one
// settlement.

import { evictDurableObject } from 'cloudflare:test';
import { beforeEach, expect, it } from 'vitest';
import { ask, freshPrincipal, ledgerOf, money, NOON_MS, reserve } from './ledger-harness.ts';
import { releasing, setClock, settling, tell } from './ledger-harness.ts';
import { rowsOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

it('gives back what a settlement frees before the money of the new call is judged', async () => {
  const principal = freshPrincipal();
  const ledger = ledgerOf(principal);
  const first = ask(principal, { nanoUsd: 1_000 });
  await reserve(ledger, first);
  expect((await reserve(ledger, ask(principal))).status).toBe('over-budget');
  const reply = await reserve(ledger, ask(principal), [settling(first, 10)]);
  expect(reply.status).toBe('held');
  expect(await money(ledger, principal)).toEqual({ used: 10, held: 100, open: 1 });
});

it('keeps the settlement when the new call is refused', async () => {
  const principal = freshPrincipal();
  const first = ask(principal);
  await reserve(ledgerOf(principal), first);
  const dear = ask(principal, { nanoUsd: 5_000 });
  const reply = await reserve(ledgerOf(principal), dear, [settling(first, 10)]);
  expect(reply.status).toBe('over-budget');
  await evictDurableObject(ledgerOf(principal));
  expect(await money(ledgerOf(principal), principal)).toEqual({ used: 10, held: 0, open: 0 });
});

it('counts a settlement once, however often and on whatever it rides', async () => {
  const principal = freshPrincipal();
  const ledger = ledgerOf(principal);
  const first = ask(principal);
  const second = ask(principal);
  await reserve(ledger, first);
  await reserve(ledger, second, [settling(first, 10), settling(first, 10)]);
  await reserve(ledger, second, [settling(first, 90)]);
  await tell(ledger, settling(first, 90));
  await tell(ledger, releasing(first));
  expect(await money(ledger, principal)).toEqual({ used: 10, held: 100, open: 1 });
});

it('leaves a tombstone for a settlement that overtakes the reservation it rides with', async () => {
  const principal = freshPrincipal();
  const ledger = ledgerOf(principal);
  const message = ask(principal);
  const reply = await reserve(ledger, message, [settling(message, 10)]);
  expect(reply.status).toBe('already-resolved');
  expect(await money(ledger, principal)).toEqual({ used: 0, held: 0, open: 0 });
});

it('writes the new hold and one row for each of them', async () => {
  const principal = freshPrincipal();
  const ledger = ledgerOf(principal);
  const calls = [ask(principal), ask(principal), ask(principal)];
  for (const call of calls) await reserve(ledger, call);
  const riders = calls.map((call) => settling(call, 10));
  const rows = await rowsOf(ledger, { reserves: [ask(principal)], resolves: riders });
  // The new hold and three settled ones: what they did to the account is in their rows.
  expect(rows.written).toBe(4);
});
