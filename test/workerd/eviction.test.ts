// An object can lose its memory at any moment: evicted when idle, reset by a deploy, aborted by a
// fault. What it answered stays true, because every answer was written first. The memory is spoiled
// on purpose here, to prove that storage is the truth.

import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../../core/ledger/account.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { advance, ask, freshKey, freshPrincipal, LEASE_MS, ledgerOf } from './ledger-harness.ts';
import { money, NOON_MS, renewing, reserve, setClock, settling } from './ledger-harness.ts';
import { tell } from './ledger-harness.ts';
import { heldRows, inObject, storeOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

/** A principal with 40 used and 100 on hold, and the two calls that did it. */
async function withPast(): Promise<{
  principal: string;
  settled: ReserveMessage;
  open: ReserveMessage;
}> {
  const principal = freshPrincipal();
  const proof = { nonceExpiresAtMs: NOON_MS + 90_000 };
  const settled = ask(principal, proof);
  const open = ask(principal, proof);
  await reserve(ledgerOf(principal), settled);
  await tell(ledgerOf(principal), settling(settled, 40));
  await reserve(ledgerOf(principal), open);
  return { principal, settled, open };
}

async function expectPastKept({
  principal,
  settled,
  open,
}: Awaited<ReturnType<typeof withPast>>): Promise<void> {
  const ledger = ledgerOf(principal);
  expect(await money(ledger, principal)).toEqual({ used: 40, held: 100, open: 1 });
  for (const spent of [settled, open]) {
    const again = await reserve(ledger, { ...spent, attempt: 'attempt2' });
    expect(again.status).toBe('replayed');
  }
  expect((await reserve(ledger, open)).status).toBe('exists');
  expect(await tell(ledger, settling(open, 60))).toBe('settled');
  expect(await money(ledger, principal)).toEqual({ used: 100, held: 0, open: 0 });
}

describe('what an object has answered', () => {
  it('survives an eviction: holds, nonces and counters', async () => {
    const past = await withPast();
    await evictDurableObject(ledgerOf(past.principal));
    await expectPastKept(past);
  });

  it('survives an abort of every object', async () => {
    const past = await withPast();
    await abortAllDurableObjects();
    await expectPastKept(past);
  });

  it('comes from storage: spoiled memory is forgotten with the object', async () => {
    const past = await withPast();
    const { principal } = past;
    await inObject(ledgerOf(principal), (instance) => {
      const store = storeOf(instance);
      (store.openHolds() as Map<string, unknown>).clear();
      const account = store.account(principal) as { cells: Account['cells'] };
      account.cells = {};
    });
    expect(await money(ledgerOf(principal), principal)).toEqual({ used: 0, held: 0, open: 0 });
    await evictDurableObject(ledgerOf(principal));
    await expectPastKept(past);
  });

  it('survives an eviction after every single message', async () => {
    const principal = freshPrincipal();
    const message = ask(principal, { nonceExpiresAtMs: NOON_MS + 90_000 });
    expect((await reserve(ledgerOf(principal), message)).status).toBe('held');
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), renewing(message, 20))).toBe('renewed');
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), settling(message, 30))).toBe('settled');
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), settling(message, 70))).toBe('already-settled');
    await evictDurableObject(ledgerOf(principal));
    const replay = await reserve(ledgerOf(principal), { ...message, attempt: 'attempt2' });
    expect(replay.status).toBe('replayed');
    expect(await money(ledgerOf(principal), principal)).toEqual({ used: 30, held: 0, open: 0 });
  });

  it('accepts each of 100 proofs once, with an eviction between use and reuse', async () => {
    const principal = freshPrincipal();
    const proofs = Array.from({ length: 100 }, () =>
      ask(principal, { nanoUsd: 1, nonceExpiresAtMs: NOON_MS + 90_000 }),
    );
    for (const proof of proofs) {
      expect((await reserve(ledgerOf(principal), proof)).status).toBe('held');
    }
    await evictDurableObject(ledgerOf(principal));
    for (const proof of proofs) {
      const again = await reserve(ledgerOf(principal), { ...proof, attempt: 'attempt2' });
      expect(again.status).toBe('replayed');
    }
  });
});

describe('a hold whose key is of an earlier minute', () => {
  // Calls are named when they arrive and reserve when their body is read: minutes may lie between.
  // If this fails, a slow upload and an eviction leave money on hold that nobody ever charges.
  it('is charged after an eviction like any other', async () => {
    const principal = freshPrincipal();
    await reserve(ledgerOf(principal), ask(principal));
    advance(LEASE_MS);
    await inObject(ledgerOf(principal), (instance) => instance.alarm());
    await reserve(ledgerOf(principal), ask(principal, { key: freshKey(NOON_MS - 120_000) }));
    await evictDurableObject(ledgerOf(principal));
    expect((await money(ledgerOf(principal), principal)).open).toBe(1);
    advance(LEASE_MS);
    expect(await money(ledgerOf(principal), principal)).toEqual({ used: 42, held: 0, open: 0 });
    expect((await heldRows(ledgerOf(principal))).held).toBe(0);
  });
});
