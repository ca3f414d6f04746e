// What an idle principal costs in storage: SQLite counts in pages of 4 KiB, one for the schema, one
// for each table, one for the platform's alarm. A thousand calls later, when their rows have gone,
// it is as small again. If this grows, a million idle keys grow with it.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, expect, it } from 'vitest';
import { advance, ask, batchOf, freshPrincipal, ledgerOf, NOON_MS } from './ledger-harness.ts';
import { setClock, settling, type Stub } from './ledger-harness.ts';
import { heldRows, inObject } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const PAGE_BYTES = 4_096;
const IDLE_BYTES_MAX = 16_384;
const ROOMY = [{ window: 'day', unit: 'nanoUsd', cap: 1_000_000_000 }] as const;

/** Pages that hold something; those that were freed are not counted. */
const bytesOf = (stub: Stub): Promise<number> =>
  inObject(stub, (_instance, state) => state.storage.sql.databaseSize);

const tablesOf = (stub: Stub): Promise<number> =>
  inObject(
    stub,
    (_instance, state) =>
      state.storage.sql.exec(`SELECT name FROM sqlite_master WHERE type = 'table'`).toArray()
        .length,
  );

async function liveThrough(principal: string, calls: number): Promise<void> {
  await inObject(ledgerOf(principal), async (instance) => {
    for (let done = 0; done < calls; done += 1) {
      const message = ask(principal, { limits: ROOMY });
      await instance.apply(batchOf(principal, { reserves: [message] }));
      await instance.apply(batchOf(principal, { resolves: [settling(message, 10)] }));
    }
  });
}

it('is a page for each table and one for the schema, fresh, after a call, and tidied', async () => {
  const principal = freshPrincipal();
  const ledger = ledgerOf(principal);
  const fresh = await bytesOf(ledger);
  expect(fresh).toBe((1 + (await tablesOf(ledger))) * PAGE_BYTES);
  await liveThrough(principal, 1);
  const once = await bytesOf(ledger);
  // The platform's own table came with the alarm.
  expect(once).toBe((1 + (await tablesOf(ledger))) * PAGE_BYTES);
  await liveThrough(principal, 1_000);
  const busy = await bytesOf(ledger);
  advance(20 * 60_000);
  for (let alarms = 0; alarms < 100; alarms += 1) {
    if ((await heldRows(ledger)).rows === 0) break;
    advance(1_000);
    await runDurableObjectAlarm(ledger);
  }
  const tidied = await bytesOf(ledger);
  console.log(`bytes: ${JSON.stringify({ fresh, once, busy, tidied })}`);
  expect(tidied).toBe(once);
  expect(tidied).toBeLessThanOrEqual(IDLE_BYTES_MAX);
  expect(busy).toBeLessThanOrEqual(1_000 * 1_024);
});
