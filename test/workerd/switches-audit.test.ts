// What `Control` remembers: one switch for each principal, as many as there may be, a row for every
// change with what it was before and after, and the list of API keys. If this fails, nobody can say
// who turned what off, or an operator with a broken script fills the object.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { AUDIT_ROWS_MAX, type AuditAsk } from '../../core/control/audit.ts';
import { SWITCHES_MAX } from '../../core/control/switch.ts';
import type { Control } from '../../durable-objects/control.ts';
import { BY, control, lift, port, put, somebody, switchOn } from './control-harness.ts';
import { advance, NOON_MS, setClock } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const ONE_SHARD = { epoch: 1, count: 1, previous: null };

describe('the audit', () => {
  it('has a row for what was put, replaced, lifted and is over, newest first', async () => {
    const user = somebody();
    const first = switchOn(user, { reason: 'spends too much' });
    const second = switchOn(user, {
      author: 'grace',
      action: 'downgrade',
      expiresAtMs: NOON_MS + 1_000,
    });
    const place = ONE_SHARD;
    expect(await port().putSwitch(place, first)).toMatchObject({ status: 'put', before: null });
    expect(await port().putSwitch(place, second)).toMatchObject({ status: 'put', before: first });
    expect(await port().switches()).toEqual([second]);
    advance(1_000);
    expect(await port().switches()).toEqual([]);
    expect(await lift(user)).toEqual({ status: 'unknown' });
    await port().putSwitch(place, { ...first, cut: true });
    await lift(user);
    const rows = await port().audits(10, null);
    const seen = rows.map(({ kind, author, reason, before, after }) => ({
      kind,
      by: `${author}: ${reason}`,
      before,
      after,
    }));
    expect(seen).toEqual([
      { kind: 'switch-deleted', by: 'ada: a test', before: { ...first, cut: true }, after: null },
      {
        kind: 'switch-put',
        by: 'ada: spends too much',
        before: null,
        after: { ...first, cut: true },
      },
      { kind: 'switch-expired', by: 'clock: its time was over', before: second, after: null },
      { kind: 'switch-replaced', by: 'grace: a test', before: first, after: second },
      { kind: 'switch-put', by: 'ada: spends too much', before: null, after: first },
    ]);
    expect(rows.map(({ subject }) => subject)).toEqual(Array.from({ length: 5 }, () => user));
    const ids = rows.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect(await port().audits(2, ids[1] ?? 0)).toEqual(rows.slice(2, 4));
  });

  it('has the row of a switch that is over as soon as the alarm has come, and shards forget it', async () => {
    const user = somebody();
    await put(user, { expiresAtMs: NOON_MS + 60_000 });
    advance(60_000);
    expect(await runDurableObjectAlarm(control())).toBe(true);
    expect((await port().audits(1, null))[0]).toMatchObject({ kind: 'switch-expired' });
    expect((await port().pull(-1)).switches).toEqual([]);
    expect(await runDurableObjectAlarm(control())).toBe(false);
  });

  it('keeps the newest rows, and never gives an id twice', async () => {
    const row = (at: number): AuditAsk => ({
      kind: 'adjusted',
      subject: `user:${String(at)}`,
      ...BY,
      before: null,
      after: null,
    });
    const [before] = await port().audits(1, null);
    const added = AUDIT_ROWS_MAX + 5;
    const rows = await runInDurableObject(control(), async (instance: Control, state) => {
      for (let at = 1; at <= added; at += 1) await instance.audit(row(at));
      const counted = state.storage.sql.exec<{ rows: number }>(
        'SELECT count(*) AS rows FROM audit',
      );
      return counted.one().rows;
    });
    expect(rows).toBe(AUDIT_ROWS_MAX);
    const [newest] = await port().audits(1, null);
    expect(newest).toMatchObject({ id: (before?.id ?? 0) + added, subject: row(added).subject });
  });
});

it('takes no more switches than there may be, and keeps those there are', async () => {
  const empty = (await port().switches()).length === 0;
  // All but one as rows: what is under test is the last one and the one behind it.
  await runInDurableObject(control(), (_instance, state) => {
    for (let at = 1; at < SWITCHES_MAX; at += 1) {
      const body = JSON.stringify(switchOn(`user:${String(at)}`));
      const insert = `INSERT INTO entry (kind, name, body) VALUES ('switch', ?, ?)`;
      state.storage.sql.exec(insert, `user:${String(at)}`, body);
    }
  });
  expect([empty, (await put('user:last')).status]).toEqual([true, 'put']);
  const [before] = await port().audits(1, null);
  expect(await put('user:one-more')).toEqual({ status: 'too-many-switches' });
  expect((await port().audits(1, null))[0]).toEqual(before);
  expect(await port().switches()).toHaveLength(SWITCHES_MAX);
  // One that is there can be changed, and one that is lifted makes room.
  expect(await put('user:7', { cut: true })).toMatchObject({ status: 'put' });
  expect(await lift('user:8')).toMatchObject({ status: 'deleted' });
  expect(await put('user:one-more')).toMatchObject({ status: 'put' });
});

it('lists keys in pages, and notes every change of one', async () => {
  const entry = (id: string) => ({
    id,
    name: `the key ${id}`,
    plan: null,
    createdAtMs: NOON_MS,
    revokedAtMs: null,
    expiresAtMs: null,
  });
  for (const id of ['c', 'a', 'b']) {
    expect(await port().registerKey(entry(id), BY)).toBe('registered');
  }
  const ids = async (after: string | null) =>
    (await port().listKeys(2, after)).map(({ id }) => id).join();
  expect([await ids(null), await ids('b'), await ids('c')]).toEqual(['a,b', 'c', '']);
  const revoked = { ...entry('a'), revokedAtMs: NOON_MS };
  expect(await port().keyChanged('a', { revokedAtMs: NOON_MS }, BY)).toEqual(revoked);
  expect(await port().keyChanged('nobody', { name: 'x' }, BY)).toBeNull();
  expect((await port().audits(1, null))[0]).toMatchObject({
    kind: 'key-changed',
    subject: 'key:a',
    before: entry('a'),
    after: revoked,
  });
});
