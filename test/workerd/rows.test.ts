// Rows are the bill: a reserve and a settle of one account write two rows each, and what a call
// reads and writes does not depend on how many calls the principal has behind it. Counted by the
// database itself, never timed. Pruning takes a bounded bite and never an open hold or a live
// nonce.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LedgerObject } from '../../durable-objects/ledger-object.ts';
import { advance, ask, countRows, freshKey, freshPrincipal, heldRows } from './ledger-harness.ts';
import { ledgerOf, NOON_MS, renewing, setClock, settling, shardNamed } from './ledger-harness.ts';
import { type Rows, type Stub, tell } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

/** Rows that one turn may delete. */
const BITE_ROWS_MAX = 64;
const HISTORY_CALLS = Number(env.HISTORY_CALLS);
const PAST_LIMITS = [
  { window: 'day', unit: 'nanoUsd', cap: Number.MAX_SAFE_INTEGER },
  { window: 'month', unit: 'requests', cap: Number.MAX_SAFE_INTEGER },
  { window: 'now', unit: 'concurrentCalls', cap: 2_000 },
] as const;

/** Reserves and settles that many calls, a thousand to a visit. */
async function liveThrough(stub: Stub, principal: string, calls: number): Promise<void> {
  for (let done = 0; done < calls;) {
    const batch = Math.min(1_000, calls - done);
    await runInDurableObject<LedgerObject<unknown>, void>(stub, async (ledger) => {
      for (let index = 0; index < batch; index += 1) {
        const message = ask(principal, { limits: PAST_LIMITS });
        await ledger.reserve(message);
        await ledger.resolve([settling(message, 10)]);
      }
    });
    done += batch;
    advance(1_000);
  }
}

/** Rows of one call's two messages. */
async function rowsOfACall(
  stub: Stub,
  principal: string,
): Promise<{ reserve: Rows; settle: Rows; replay: Rows }> {
  const message = ask(principal, { limits: PAST_LIMITS });
  return {
    reserve: await countRows(stub, (ledger) => ledger.reserve(message)),
    settle: await countRows(stub, (ledger) => ledger.resolve([settling(message, 10)])),
    replay: await countRows(stub, (ledger) => ledger.reserve({ ...message, attempt: 'attempt2' })),
  };
}

describe('rows', () => {
  it('are two for a reserve of one account, two for its settle, one for a renewal', async () => {
    const principal = freshPrincipal();
    const message = ask(principal);
    const ledger = ledgerOf(principal);
    const reserve = await countRows(ledger, (object) => object.reserve(message));
    expect(reserve.written).toBe(2);
    const renew = await countRows(ledger, (object) => object.resolve([renewing(message, 5)]));
    expect(renew.written).toBe(1);
    const settle = await countRows(ledger, (object) => object.resolve([settling(message, 5)]));
    expect(settle.written).toBe(2);
    const again = await countRows(ledger, (object) => object.resolve([settling(message, 5)]));
    expect(again.written).toBe(0);
  });

  it('are none for a refusal without a proof, and one for the nonce of a proof', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const dear = ask(principal, { amountNanoUsd: 5_000 });
    expect((await countRows(ledger, (object) => object.reserve(dear))).written).toBe(0);
    const proven = { ...dear, key: freshKey(), nonceExpiresAtMs: NOON_MS + 90_000 };
    expect((await countRows(ledger, (object) => object.reserve(proven))).written).toBe(1);
    const replay = { ...proven, attempt: 'attempt2' };
    expect((await countRows(ledger, (object) => object.reserve(replay))).written).toBe(0);
  });

  it(`of a call are as few after ${String(HISTORY_CALLS)} calls as after one`, async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await liveThrough(ledger, principal, 1);
    const young = await rowsOfACall(ledger, principal);
    await liveThrough(ledger, principal, HISTORY_CALLS);
    expect((await heldRows(ledger)).rows).toBeGreaterThan(HISTORY_CALLS);
    const old = await rowsOfACall(ledger, principal);
    expect(old).toEqual(young);
    expect(old.reserve.written).toBe(2);
    expect(old.settle.written).toBe(2);
    expect(old.reserve.read).toBeLessThanOrEqual(4);
  });
});

describe('pruning', () => {
  it('takes a bounded bite at a time until the past is gone', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await liveThrough(ledger, principal, 300);
    advance(20 * 60_000);
    let visits = 0;
    for (; (await heldRows(ledger)).rows > visits && visits < 1_000; visits += 1) {
      const before = (await heldRows(ledger)).rows;
      const message = ask(principal, { limits: PAST_LIMITS });
      const called = await countRows(ledger, (object) => object.reserve(message));
      expect(called.written).toBeLessThanOrEqual(2 + BITE_ROWS_MAX);
      expect(called.read).toBeLessThanOrEqual(4 + 3 * BITE_ROWS_MAX);
      await tell(ledger, settling(message, 1));
      const tidied = await countRows(ledger, (object) => object.alarm());
      expect(tidied.written).toBeLessThanOrEqual(1 + BITE_ROWS_MAX);
      expect(tidied.read).toBeLessThanOrEqual(2 + 4 * BITE_ROWS_MAX);
      const after = (await heldRows(ledger)).rows;
      expect(before + 1 - after).toBeLessThanOrEqual(2 * BITE_ROWS_MAX);
    }
    // What is left are the visits themselves.
    expect((await heldRows(ledger)).rows).toBe(visits);
  });

  it('never takes an open hold, however old its key', async () => {
    const principal = freshPrincipal();
    const message = ask(principal);
    await ledgerOf(principal).reserve(message);
    for (let minutes = 0; minutes < 40; minutes += 1) {
      for (let beats = 0; beats < 20; beats += 1) {
        advance(3_000);
        expect(await tell(ledgerOf(principal), renewing(message, 1))).toBe('renewed');
      }
      const passing = ask(principal, { amountNanoUsd: 1 });
      await ledgerOf(principal).reserve(passing);
      await tell(ledgerOf(principal), settling(passing, 1));
    }
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), settling(message, 50))).toBe('settled');
  });

  it('never takes a nonce that could still be used, in a ledger or in a shard', async () => {
    for (const ledgerFor of [ledgerOf, shardNamed]) {
      const principal = freshPrincipal();
      const expiresAtMs = NOON_MS + 90_000;
      setClock(NOON_MS);
      const proof = ask(principal, { key: freshKey(expiresAtMs), nonceExpiresAtMs: expiresAtMs });
      await ledgerFor(principal).reserve(proof);
      await tell(ledgerFor(principal), settling(proof, 1));
      for (let seconds = 0; seconds < 89; seconds += 1) {
        advance(1_000);
        const passing = ask(principal, { amountNanoUsd: 1 });
        await ledgerFor(principal).reserve(passing);
        await tell(ledgerFor(principal), settling(passing, 1));
        const replay = await ledgerFor(principal).reserve({ ...proof, attempt: 'attempt2' });
        expect(replay.status).toBe('replayed');
      }
      advance(1_000);
      const late = await ledgerFor(principal).reserve({ ...proof, attempt: 'attempt2' });
      expect(late.status).toBe('proof-expired');
    }
  });
});
