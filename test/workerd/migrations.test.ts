// A database of any earlier version is opened by this one, and everything in it means what it
// meant: money used and on hold, caps, spent nonces, records, the key. If this fails, an upgrade
// forgets what was spent or accepts a proof twice.

import { abortAllDurableObjects, runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import { migrate, MIGRATIONS } from '../../durable-objects/schema.ts';
import { FIRST_CALLS, FIRST_HASH, FIRST_HELD, FIRST_IP, FIRST_KEY } from './first-schema.ts';
import { FIRST_NOW_MS, FIRST_RECORD, FIRST_USED, makeFirst, unmake } from './first-schema.ts';
import { advance, ask, freshPrincipal, ledgerOf, releasing, renewing } from './ledger-harness.ts';
import { money, reserve, setClock, settling, type Stub, tell, view } from './ledger-harness.ts';
import { heldRows, inObject } from './rows-harness.ts';

beforeEach(() => {
  setClock(FIRST_NOW_MS);
});

const LIMITS: readonly Limit[] = [
  { window: 'day', unit: 'nanoUsd', cap: 1_000_000 },
  { window: 'month', unit: 'nanoUsd', cap: 9_000_000 },
  { window: 'day', unit: 'requests', cap: 50 },
  { window: 'now', unit: 'concurrentCalls', cap: 5 },
];
const attempt = 'attempt1';
const call = (key: string) => ({ key, attempt });

/** An object whose database the first schema made. Each under a name of its own. */
async function opened(): Promise<Stub> {
  const name = freshPrincipal('key:first');
  await inObject(ledgerOf(name), (_instance, state) => {
    makeFirst(state.storage.sql);
  });
  await abortAllDurableObjects();
  return ledgerOf(name);
}

/** Everything that is stored, and the shape of it. */
/** Every table with its columns, and every row of ours. */
const dump = (stub: Stub) =>
  inObject(stub, (_instance, { storage: { sql } }) => {
    const names = sql
      .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
      .toArray()
      .map(({ name }) => name);
    const columns = (table: string) => sql.exec(`PRAGMA table_info(${table})`).toArray();
    const rows = (table: string) => sql.exec(`SELECT * FROM ${table}`).toArray();
    return { names, ours: ['hold', 'side'].map((table) => [columns(table), rows(table)]) };
  });

const counters = async (stub: Stub, principal: string) =>
  (await view(stub, principal, LIMITS)).counters.map(({ used, held, cap }) => ({
    used,
    held,
    cap,
  }));

describe('a database of the first schema', () => {
  it('keeps its counters, caps and open holds, for every principal', async () => {
    const ledger = await opened();
    for (const [principal, cap] of [
      [FIRST_KEY, 400_000],
      [FIRST_IP, 1_000_000],
    ] as const) {
      expect(await counters(ledger, principal)).toEqual([
        { used: FIRST_USED, held: FIRST_HELD, cap },
        { used: FIRST_USED, held: FIRST_HELD, cap: 9_000_000 },
        { used: 3, held: 2, cap: 50 },
        { used: 0, held: 2, cap: 5 },
      ]);
    }
    const { holds } = await view(ledger, FIRST_KEY, LIMITS);
    expect(holds.map(({ id }) => id).sort()).toEqual([
      `${FIRST_CALLS.openOld}.${attempt}`,
      `${FIRST_CALLS.open}.${attempt}`,
    ]);
  });

  it('settles, renews and releases the holds it left open', async () => {
    const ledger = await opened();
    expect(await tell(ledger, renewing(call(FIRST_CALLS.openOld), 9_000))).toBe('renewed');
    expect(await tell(ledger, settling(call(FIRST_CALLS.open), 1_000))).toBe('settled');
    expect(await tell(ledger, releasing(call(FIRST_CALLS.openOld)))).toBe('released');
    for (const principal of [FIRST_KEY, FIRST_IP]) {
      const [day, month, requests, now] = await counters(ledger, principal);
      expect(day).toMatchObject({ used: FIRST_USED + 1_000, held: 0 });
      expect(month).toMatchObject({ used: FIRST_USED + 1_000, held: 0 });
      expect(requests).toMatchObject({ used: 4, held: 0 });
      expect(now).toMatchObject({ used: 0, held: 0 });
    }
    await abortAllDurableObjects();
    const again = ledgerOf(ledger.name ?? '');
    expect(await money(again, FIRST_KEY, LIMITS)).toMatchObject({ used: 11_055, held: 0 });
  });

  it('charges the holds it left open when their leases end', async () => {
    const ledger = await opened();
    advance(2_400);
    await runDurableObjectAlarm(ledger);
    expect((await heldRows(ledger)).held).toBe(1);
    advance(1_600);
    // 500 metered and 4 s at 1,000; 7,000 metered and 4 s at 1,000.
    expect(await money(ledger, FIRST_KEY, LIMITS)).toMatchObject({
      used: FIRST_USED + 4_500 + 11_000,
      held: 0,
    });
    const record = JSON.parse((await ledger.record(FIRST_CALLS.open)) ?? '') as object;
    expect(record).toMatchObject({ ending: 'lease-expired', settledNanoUsd: 4_500 });
  });

  // If this fails, every proof of the last minutes before an upgrade can be used again.
  it('refuses every proof that was spent, and what was over stays over', async () => {
    const ledger = await opened();
    for (const key of Object.values(FIRST_CALLS)) {
      const given = { key, attempt: 'attempt2', nonceExpiresAtMs: FIRST_NOW_MS + 60_000 };
      expect((await reserve(ledger, ask(FIRST_KEY, given))).status).toBe('replayed');
    }
    const statuses = [
      [FIRST_CALLS.settled, 'already-settled'],
      [FIRST_CALLS.released, 'already-released'],
      [FIRST_CALLS.expired, 'already-expired'],
      [FIRST_CALLS.refused, 'already-refused'],
      [FIRST_CALLS.tombstone, 'already-released'],
    ] as const;
    for (const [key, status] of statuses) {
      expect(await tell(ledger, settling(call(key), 1))).toBe(status);
      expect((await reserve(ledger, ask(FIRST_KEY, { key }))).status).toBe('already-resolved');
    }
    expect((await money(ledger, FIRST_KEY, LIMITS)).used).toBe(FIRST_USED);
  });

  it('knows the first answer of a call it holds, and its amount', async () => {
    const ledger = await opened();
    const amounts = { requests: 1, nanoUsd: 20_000, concurrentCalls: 1 };
    const again = ask([FIRST_KEY, FIRST_IP], { key: FIRST_CALLS.open, amounts });
    expect(await reserve(ledger, again)).toMatchObject({
      status: 'exists',
      granted: { nanoUsd: 20_000 },
    });
    const other = { ...again, amounts: { ...amounts, nanoUsd: 19_999 } };
    expect((await reserve(ledger, other)).status).toBe('exists-with-different-amount');
  });

  it('corrects and refunds calls it had charged', async () => {
    const ledger = await opened();
    expect(await tell(ledger, settling(call(FIRST_CALLS.expired), 4_700))).toBe('already-expired');
    expect((await money(ledger, FIRST_KEY, LIMITS)).used).toBe(FIRST_USED + 200);
    const refund = { id: 'r', key: FIRST_CALLS.settled, nanoUsd: 1_234, reason: 'a test' };
    expect(await ledger.refund({ ...refund, nanoUsd: 1_235 })).toBe('exceeds-charge');
    expect(await ledger.refund(refund)).toBe('adjusted');
    expect((await money(ledger, FIRST_IP, LIMITS)).used).toBe(FIRST_USED + 200 - 1_234);
  });

  it('keeps its records and its key', async () => {
    const ledger = await opened();
    expect(await ledger.record(FIRST_CALLS.settled)).toBe(FIRST_RECORD);
    const right = { limits: LIMITS, apiKeyHash: FIRST_HASH };
    expect((await reserve(ledger, ask(FIRST_KEY, right))).status).toBe('held');
    const wrong = { limits: LIMITS, apiKeyHash: 'b'.repeat(64) };
    expect((await reserve(ledger, ask(FIRST_KEY, wrong))).status).toBe('key-unknown');
  });
});

describe('a migration', () => {
  it('changes nothing when it runs again', async () => {
    const ledger = await opened();
    const once = await dump(ledger);
    await inObject(ledger, (_instance, state) => {
      migrate(state.storage.sql);
      migrate(state.storage.sql);
    });
    expect(await dump(ledger)).toEqual(once);
    await abortAllDurableObjects();
    expect(await dump(ledgerOf(ledger.name ?? ''))).toEqual(once);
  });

  it.each(Array.from({ length: MIGRATIONS.length }, (_, version) => version))(
    'from version %i without a row ends where a new database begins',
    async (version) => {
      const [old, young] = [freshPrincipal(), freshPrincipal()];
      await inObject(ledgerOf(old), (_instance, state) => {
        unmake(state.storage.sql, version);
      });
      await abortAllDurableObjects();
      expect(await dump(ledgerOf(old))).toEqual(await dump(ledgerOf(young)));
      expect((await reserve(ledgerOf(old), ask(old))).status).toBe('held');
      expect(await money(ledgerOf(old), old)).toEqual({ used: 0, held: 100, open: 1 });
    },
  );
});
