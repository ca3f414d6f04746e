// An object can lose its memory at any moment: evicted when idle, reset by a deploy, aborted by a
// fault. What it answered stays true, because every answer was written first; what a turn had only
// half written is gone. The memory is spoiled on purpose here, to prove that storage is the truth.

import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../../core/ledger/account.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import type { LedgerObject } from '../../durable-objects/ledger-object.ts';
import { advance, ask, freshKey, freshPrincipal, ledgerOf, money } from './ledger-harness.ts';
import { heldRows, interceptSql, LEASE_MS, NOON_MS, setClock } from './ledger-harness.ts';
import { renewing, settling, storeOf, tell } from './ledger-harness.ts';

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
  await ledgerOf(principal).reserve(settled);
  await tell(ledgerOf(principal), settling(settled, 40));
  await ledgerOf(principal).reserve(open);
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
    const again = await ledger.reserve({ ...spent, attempt: 'attempt2' });
    expect(again.status).toBe('replayed');
  }
  expect((await ledger.reserve(open)).status).toBe('exists');
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
    await runInDurableObject(ledgerOf(principal), (instance) => {
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
    expect((await ledgerOf(principal).reserve(message)).status).toBe('held');
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), renewing(message, 20))).toBe('renewed');
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), settling(message, 30))).toBe('settled');
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), settling(message, 70))).toBe('already-settled');
    await evictDurableObject(ledgerOf(principal));
    const replay = await ledgerOf(principal).reserve({ ...message, attempt: 'attempt2' });
    expect(replay.status).toBe('replayed');
    expect(await money(ledgerOf(principal), principal)).toEqual({ used: 30, held: 0, open: 0 });
  });

  it('accepts each of 100 proofs once, with an eviction between use and reuse', async () => {
    const principal = freshPrincipal();
    const proofs = Array.from({ length: 100 }, () =>
      ask(principal, { amountNanoUsd: 1, nonceExpiresAtMs: NOON_MS + 90_000 }),
    );
    for (const proof of proofs) {
      expect((await ledgerOf(principal).reserve(proof)).status).toBe('held');
    }
    await evictDurableObject(ledgerOf(principal));
    for (const proof of proofs) {
      const again = await ledgerOf(principal).reserve({ ...proof, attempt: 'attempt2' });
      expect(again.status).toBe('replayed');
    }
  });
});

describe('a hold whose key is of an earlier minute', () => {
  // Calls are named when they arrive and reserve when their body is read: minutes may lie between.
  // If this fails, a slow upload and an eviction leave money on hold that nobody ever charges.
  it('is charged after an eviction like any other', async () => {
    const principal = freshPrincipal();
    await ledgerOf(principal).reserve(ask(principal));
    advance(LEASE_MS);
    await runInDurableObject<LedgerObject<unknown>, void>(ledgerOf(principal), (instance) =>
      instance.alarm(),
    );
    await ledgerOf(principal).reserve(ask(principal, { key: freshKey(NOON_MS - 120_000) }));
    await evictDurableObject(ledgerOf(principal));
    expect((await money(ledgerOf(principal), principal)).open).toBe(1);
    advance(LEASE_MS);
    expect(await money(ledgerOf(principal), principal)).toEqual({ used: 42, held: 0, open: 0 });
    expect((await heldRows(ledgerOf(principal))).held).toBe(0);
  });
});

describe('an exception in the middle of a turn', () => {
  /** Fails the given write of a turn of the object; `done` if it makes fewer. */
  async function failWrite(
    principal: string,
    failing: number,
    turn: (instance: LedgerObject<unknown>) => Promise<unknown>,
  ): Promise<'failed' | 'done'> {
    let writes = 0;
    let restore = (): void => undefined;
    const run = runInDurableObject<LedgerObject<unknown>, void>(
      ledgerOf(principal),
      async (instance, state) => {
        restore = interceptSql(state, (execute, statement) => {
          if (!statement.trimStart().startsWith('SELECT')) writes += 1;
          const cursor = execute();
          if (writes === failing) throw new Error('the disk is on fire');
          return cursor;
        });
        await turn(instance);
      },
    );
    const outcome = await run.then(
      () => 'done' as const,
      () => 'failed' as const,
    );
    restore();
    return outcome;
  }

  const WRITES_MAX = 20;

  it('commits nothing of a reserve, whichever write it follows', async () => {
    let failures = 0;
    for (; failures < WRITES_MAX; failures += 1) {
      const principal = freshPrincipal();
      await ledgerOf(principal).reserve(ask(principal));
      const message = ask(principal);
      const turn = (object: LedgerObject<unknown>): Promise<unknown> => object.reserve(message);
      if ((await failWrite(principal, failures + 1, turn)) === 'done') break;
      expect(await money(ledgerOf(principal), principal)).toEqual({ used: 0, held: 100, open: 1 });
      expect(await heldRows(ledgerOf(principal))).toEqual({ rows: 1, held: 1 });
      expect((await ledgerOf(principal).reserve(message)).status).toBe('held');
    }
    // The account and the hold, at least.
    expect(failures).toBeGreaterThanOrEqual(2);
    expect(failures).toBeLessThan(WRITES_MAX);
  });

  it('commits nothing of a message that settles several calls', async () => {
    let failures = 0;
    for (; failures < WRITES_MAX; failures += 1) {
      const principal = freshPrincipal();
      const first = ask(principal);
      const second = ask(principal);
      await ledgerOf(principal).reserve(first);
      await ledgerOf(principal).reserve(second);
      const both = [settling(first, 10), settling(second, 20)];
      const turn = (object: LedgerObject<unknown>): Promise<unknown> => object.resolve(both);
      if ((await failWrite(principal, failures + 1, turn)) === 'done') break;
      expect(await money(ledgerOf(principal), principal)).toEqual({ used: 0, held: 200, open: 2 });
      await ledgerOf(principal).resolve(both);
      expect(await money(ledgerOf(principal), principal)).toEqual({ used: 30, held: 0, open: 0 });
    }
    // Two holds and the account, at least.
    expect(failures).toBeGreaterThanOrEqual(3);
    expect(failures).toBeLessThan(WRITES_MAX);
  });
});
