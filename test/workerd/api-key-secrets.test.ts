// Secrets and routes of an API key, in its ledger and on its clock. What breaks if this fails: a
// secret that leaked is good for longer than its operator said, a rotation gives a fresh budget,
// or a key that was made for one route calls all of them.

import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiKeyRecord } from '../../core/ledger/messages.ts';
import type { PrincipalLedger } from '../../durable-objects/principal-ledger.ts';
import { BODY, SECRETS, startGateway } from './gateway-harness.ts';
import { advance, ask, freshPrincipal, money, NOON_MS, reserve } from './ledger-harness.ts';
import { ledgerOf, renewing, setClock, settling, shardNamed, tell } from './ledger-harness.ts';
import { inObject, rowsOf } from './rows-harness.ts';

const HOUR_MS = 3_600_000;
const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);

let principal: string;
beforeEach(() => {
  setClock(NOON_MS);
  principal = freshPrincipal();
});
afterEach(() => {
  vi.useRealTimers();
});

const keyLedger = (): DurableObjectStub<PrincipalLedger> =>
  env.PRINCIPAL_LEDGER.getByName(principal);

const putKey = (parts: Partial<ApiKeyRecord> = {}): Promise<void> =>
  keyLedger().putKey({
    id: principal.slice(4),
    name: 'test',
    plan: 'default',
    hash: OLD,
    usedAtMs: null,
    createdAtMs: NOON_MS,
    revokedAtMs: null,
    ...parts,
  });

const statusOf = async (apiKeyHash: string, routeId = 'chat'): Promise<string> =>
  (await reserve(keyLedger(), ask(principal, { apiKeyHash, routeId }))).status;

describe('a rotated key', () => {
  it('is served with both secrets until its time is over, also after an eviction', async () => {
    await putKey();
    expect(await statusOf(OLD)).toBe('held');
    expect(await statusOf(NEW)).toBe('key-unknown');
    await keyLedger().rotateKey({ hash: NEW }, HOUR_MS);
    expect([await statusOf(OLD), await statusOf(NEW)]).toEqual(['held', 'held']);
    advance(HOUR_MS - 1);
    await evictDurableObject(keyLedger());
    expect([await statusOf(OLD), await statusOf(NEW)]).toEqual(['held', 'held']);
    advance(1);
    expect([await statusOf(OLD), await statusOf(NEW)]).toEqual(['key-unknown', 'held']);
    await evictDurableObject(keyLedger());
    expect([await statusOf(OLD), await statusOf(NEW)]).toEqual(['key-unknown', 'held']);
  });

  it('has what it had spent: a rotation is no fresh budget', async () => {
    await putKey();
    const call = ask(principal, { apiKeyHash: OLD, nanoUsd: 700 });
    await reserve(keyLedger(), call);
    await keyLedger().rotateKey({ hash: NEW }, 0);
    // A call that was admitted in time runs to its end.
    expect(await tell(keyLedger(), renewing(call, 30))).toBe('renewed');
    expect(await tell(keyLedger(), settling(call, 700))).toBe('settled');
    const dear = ask(principal, { apiKeyHash: NEW, nanoUsd: 301 });
    expect((await reserve(keyLedger(), dear)).status).toBe('over-budget');
    expect((await money(keyLedger(), principal)).used).toBe(700);
  });

  it('is revoked with both secrets, and not rotated any more', async () => {
    await putKey();
    await keyLedger().rotateKey({ hash: NEW }, HOUR_MS);
    await keyLedger().revokeKey(NOON_MS);
    expect([await statusOf(OLD), await statusOf(NEW)]).toEqual(['key-revoked', 'key-revoked']);
    const record = await keyLedger().rotateKey({ hash: 'c'.repeat(64) }, HOUR_MS);
    expect(record?.hash).toBe(NEW);
    expect(await statusOf('c'.repeat(64))).toBe('key-unknown');
  });

  it('is none where there was never a key', async () => {
    expect(await keyLedger().rotateKey({ hash: NEW }, HOUR_MS)).toBeNull();
    expect(await statusOf(NEW)).toBe('key-unknown');
  });

  it('keeps the secret in use where the one after it was lost, also after an eviction', async () => {
    await putKey();
    expect(await statusOf(OLD)).toBe('held');
    await keyLedger().rotateKey({ hash: 'lost' }, HOUR_MS);
    await evictDurableObject(keyLedger());
    await keyLedger().rotateKey({ hash: NEW }, HOUR_MS);
    expect([await statusOf(OLD), await statusOf('lost'), await statusOf(NEW)]).toEqual([
      'held',
      'key-unknown',
      'held',
    ]);
  });
});

describe('a key that was made for some routes', () => {
  beforeEach(() => putKey({ routes: ['chat', 'embed'] }));

  it('is served on them and refused on every other, in the turn that would hold the money', async () => {
    expect(await statusOf(OLD, 'embed')).toBe('held');
    await evictDurableObject(keyLedger());
    expect(await statusOf(OLD, 'dear')).toBe('key-scope');
    // From a Worker that does not say which route it is.
    const unnamed = ask(principal, { apiKeyHash: OLD });
    expect((await reserve(keyLedger(), unnamed)).status).toBe('key-scope');
    expect((await money(keyLedger(), principal)).held).toBe(100);
  });

  it('would be served everywhere by a ledger that ignores routes (negative control)', async () => {
    await inObject(ledgerOf(principal), (instance) => {
      Object.assign(instance, { refuse: () => null });
    });
    expect(await statusOf(OLD, 'dear')).toBe('held');
  });
});

describe('the last use of a key', () => {
  const lastUse = async () => (await keyLedger().keyRecord())?.usedAtMs;

  it('is exact in memory, and at most an hour behind after an eviction', async () => {
    await putKey();
    expect(await lastUse()).toBeNull();
    await statusOf(OLD);
    expect(await lastUse()).toBe(NOON_MS);
    advance(HOUR_MS - 1);
    await statusOf(OLD);
    expect(await lastUse()).toBe(NOON_MS + HOUR_MS - 1);
    await evictDurableObject(keyLedger());
    expect(await lastUse()).toBe(NOON_MS);
    advance(1);
    await statusOf(OLD);
    await evictDurableObject(keyLedger());
    expect(await lastUse()).toBe(NOON_MS + HOUR_MS);
  });

  it('costs a row an hour, and none per call', async () => {
    await putKey();
    const call = () => ({ reserves: [ask(principal, { apiKeyHash: OLD, nanoUsd: 1 })] });
    const written = async (): Promise<number> =>
      (await rowsOf(ledgerOf(principal), call())).written;
    const first = await written();
    const second = await written();
    expect(first - second).toBe(1);
    expect(await written()).toBe(second);
    advance(HOUR_MS);
    expect(await written()).toBeGreaterThanOrEqual(first);
  });

  it('is what its account says, of a key from before it was noted', async () => {
    await keyLedger().putKey({
      id: principal.slice(4),
      name: 'older',
      plan: 'default',
      hash: OLD,
      createdAtMs: NOON_MS,
      revokedAtMs: null,
    });
    expect(await lastUse()).toBeNull();
    await reserve(keyLedger(), ask(principal));
    expect(await lastUse()).toBe(NOON_MS);
  });
});

it('neither the key nor its secret is in any row or any line of the log', async () => {
  vi.useRealTimers();
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => {
    lines.push(JSON.stringify(line));
  });
  const gateway = startGateway();
  const admin = (path: string, body: object, method = 'POST') =>
    gateway
      .send({
        path: `/_weighbridge/admin/keys${path}`,
        method,
        headers: { Authorization: `Bearer ${SECRETS.WEIGHBRIDGE_ADMIN_TOKEN}` },
        body: JSON.stringify(body),
      })
      .then((response) => response.json()) as Promise<{ id: string; key: string }>;
  const { id, key } = await admin('', { name: 'quiet', capUsd: '1' });
  const { key: next } = await admin(`/${id}/rotate`, {});
  const path = '/v1/chat/completions';
  const shown = [key, next, `${key}x`, key.replace('wb_', 'wb_acme~')];
  for (const one of shown) {
    await gateway.send({ path, body: BODY, headers: { Authorization: `Bearer ${one}` } });
  }
  expect(gateway.forwarded).toHaveLength(2);
  const names = [`key:${id}`, ...gateway.deps.ledgers.shards()];
  const rows = await Promise.all(
    names.map((name) =>
      inObject(name.startsWith('edge:') ? shardNamed(name) : ledgerOf(name), (_, { storage }) =>
        JSON.stringify(
          ['hold', 'side'].flatMap((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
        ),
      ),
    ),
  );
  log.mockRestore();
  const kept = rows.join('\n') + lines.join('\n');
  // The test looks where there is something to see.
  expect(kept).toContain(id);
  expect(rows[0]).toContain(`wb_${id}.`);
  expect(lines.join('\n')).toContain('forged');
  for (const one of [key, next]) {
    const [, secret = '', tag = ''] = one.split('.');
    expect(kept).not.toContain(tag);
    for (let at = 0; at + 5 <= secret.length; at += 1) {
      expect(kept.includes(secret.slice(at, at + 8))).toBe(false);
    }
  }
});
