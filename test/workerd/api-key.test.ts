// The ledger of an API key knows the key by its hash, so an unknown key costs nothing and a revoked
// one is refused from the next call on, also after the object has lost its memory.

import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';
import type { PrincipalLedger } from '../../durable-objects/principal-ledger.ts';
import { ask, freshPrincipal, money, NOON_MS, reserve, setClock } from './ledger-harness.ts';
import { renewing, settling, tell } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const HASH = 'a'.repeat(64);
const OTHER_HASH = 'b'.repeat(64);

const keyLedger = (principal: string): DurableObjectStub<PrincipalLedger> =>
  env.PRINCIPAL_LEDGER.getByName(principal);

const putKey = (principal: string): Promise<void> =>
  keyLedger(principal).putKey({
    id: principal.slice(4),
    name: 'test',
    plan: 'default',
    hash: HASH,
    createdAtMs: NOON_MS,
    revokedAtMs: null,
  });

it('refuses a key that nobody made', async () => {
  const principal = freshPrincipal();
  const reply = await reserve(keyLedger(principal), ask(principal, { apiKeyHash: HASH }));
  expect(reply.status).toBe('key-unknown');
  expect(await money(keyLedger(principal), principal)).toEqual({ used: 0, held: 0, open: 0 });
});

it('refuses the right id with another secret', async () => {
  const principal = freshPrincipal();
  await putKey(principal);
  const reply = await reserve(keyLedger(principal), ask(principal, { apiKeyHash: OTHER_HASH }));
  expect(reply.status).toBe('key-unknown');
});

it('serves a key that was made, also after an eviction', async () => {
  const principal = freshPrincipal();
  await putKey(principal);
  const before = await reserve(keyLedger(principal), ask(principal, { apiKeyHash: HASH }));
  expect(before.status).toBe('held');
  await evictDurableObject(keyLedger(principal));
  const after = await reserve(keyLedger(principal), ask(principal, { apiKeyHash: HASH }));
  expect(after.status).toBe('held');
});

it('refuses a revoked key from the next call on, also after an eviction', async () => {
  const principal = freshPrincipal();
  await putKey(principal);
  const running = ask(principal, { apiKeyHash: HASH });
  await reserve(keyLedger(principal), running);
  expect(await keyLedger(principal).revokeKey(NOON_MS)).toBe(true);
  const refused = await reserve(keyLedger(principal), ask(principal, { apiKeyHash: HASH }));
  expect(refused.status).toBe('key-revoked');
  await evictDurableObject(keyLedger(principal));
  const still = await reserve(keyLedger(principal), ask(principal, { apiKeyHash: HASH }));
  expect(still.status).toBe('key-revoked');
  // The call that was running when the key was revoked is told so, and charged all the same.
  expect(await tell(keyLedger(principal), renewing(running, 30))).toBe('stopped');
  expect(await tell(keyLedger(principal), settling(running, 40))).toBe('settled');
  expect((await money(keyLedger(principal), principal)).used).toBe(40);
});

it('cannot revoke a key that was never made', async () => {
  expect(await keyLedger(freshPrincipal()).revokeKey(NOON_MS)).toBe(false);
});
