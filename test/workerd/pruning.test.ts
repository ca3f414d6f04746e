// What is over is forgotten, a bounded bite at a time, and never an open hold or a live nonce.

import { evictDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { advance, ask, batchOf, freshKey, freshPrincipal, ledgerOf } from './ledger-harness.ts';
import { NOON_MS, renewing, reserve, setClock, settling, shardNamed } from './ledger-harness.ts';
import { tell } from './ledger-harness.ts';
import { countRows, heldRows, inObject } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

/** Holds that one turn may delete: with its checkpoint, and with the alarm itself. */
const BITE_ROWS_MAX = 2 * 256;
/** An account, a checkpoint, an alarm: what a turn may write beside. */
const BESIDE_MAX = 4;
const ROOMY = [{ window: 'day', unit: 'nanoUsd', cap: 1_000_000 }] as const;

describe('pruning', () => {
  it('takes a bounded bite at a time until the past is gone', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await inObject(ledger, async (instance) => {
      for (let calls = 0; calls < 1_000; calls += 1) {
        const message = ask(principal, { limits: ROOMY, nanoUsd: 1 });
        await instance.apply(batchOf(principal, { reserves: [message] }));
        await instance.apply(batchOf(principal, { resolves: [settling(message, 1)] }));
      }
    });
    advance(20 * 60_000);
    let left = (await heldRows(ledger)).rows;
    for (let alarms = 0; left > 0 && alarms < 100; alarms += 1) {
      const tidied = await countRows(ledger, (object) => object.alarm());
      expect(tidied.written).toBeLessThanOrEqual(BITE_ROWS_MAX + BESIDE_MAX);
      expect(tidied.read).toBeLessThanOrEqual(4 * BITE_ROWS_MAX + 64 + 8 * BESIDE_MAX);
      const after = (await heldRows(ledger)).rows;
      // The first alarm may only have the checkpoint to write.
      expect(left - after).toBeLessThanOrEqual(BITE_ROWS_MAX);
      if (alarms > 0) expect(after).toBeLessThan(left);
      left = after;
    }
    expect(left).toBe(0);
  });

  it('goes on in a busy object that no alarm ever visits', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    for (let minutes = 0; minutes < 60; minutes += 1) {
      await inObject(ledger, async (instance) => {
        for (let calls = 0; calls < 20; calls += 1) {
          const message = ask(principal, { limits: ROOMY, nanoUsd: 1 });
          await instance.apply(batchOf(principal, { reserves: [message] }));
          await instance.apply(batchOf(principal, { resolves: [settling(message, 1)] }));
        }
      });
      advance(60_000);
    }
    // Fifteen minutes of calls, and what came since the last bite.
    expect((await heldRows(ledger)).rows).toBeLessThanOrEqual(20 * (15 + 5));
  });

  it('never takes an open hold, however old its key', async () => {
    const principal = freshPrincipal();
    const message = ask(principal);
    await reserve(ledgerOf(principal), message);
    for (let minutes = 0; minutes < 40; minutes += 1) {
      for (let beats = 0; beats < 20; beats += 1) {
        advance(3_000);
        expect(await tell(ledgerOf(principal), renewing(message, 1))).toBe('renewed');
      }
      const passing = ask(principal, { nanoUsd: 1 });
      await reserve(ledgerOf(principal), passing);
      await tell(ledgerOf(principal), settling(passing, 1));
    }
    await evictDurableObject(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), settling(message, 50))).toBe('settled');
  });

  // If this fails, a proof that was accepted once is accepted again.
  it('never takes a nonce that could still be used, in a ledger or in a shard', async () => {
    for (const ledgerFor of [ledgerOf, shardNamed]) {
      const principal = freshPrincipal();
      const expiresAtMs = NOON_MS + 90_000;
      setClock(NOON_MS);
      const proof = ask(principal, { key: freshKey(expiresAtMs), nonceExpiresAtMs: expiresAtMs });
      await reserve(ledgerFor(principal), proof);
      await tell(ledgerFor(principal), settling(proof, 1));
      for (let seconds = 0; seconds < 89; seconds += 1) {
        advance(1_000);
        const passing = ask(principal, { nanoUsd: 1 });
        await reserve(ledgerFor(principal), passing);
        await tell(ledgerFor(principal), settling(passing, 1));
        const replay = await reserve(ledgerFor(principal), { ...proof, attempt: 'attempt2' });
        expect(replay.status).toBe('replayed');
      }
      advance(1_000);
      const late = await reserve(ledgerFor(principal), { ...proof, attempt: 'attempt2' });
      expect(late.status).toBe('proof-expired');
    }
  });
});
