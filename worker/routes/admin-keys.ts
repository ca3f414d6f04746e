// Issue, look at, rotate and revoke API keys. A secret is shown once, when it is made. What a key
// is for, when it ends and what it may spend is in its id; the rest is kept by its ledger.
// `Control` has the list and the audit, and is never asked whether a key is good.

import { Hono } from 'hono/tiny';
import * as z from 'zod';
import { hashOf, isExpired, keyUnder, makeApiKey, startOf } from '../../core/api-key.ts';
import { type KeyTerms, readApiKeyId } from '../../core/api-key-id.ts';
import type { Denial } from '../../core/denial.ts';
import { lastUsedAtMs, USE_NOTED_MS } from '../../core/ledger/key-record.ts';
import type { ApiKeyRecord } from '../../core/ledger/messages.ts';
import { limitsOf } from '../../core/policy/limits.ts';
import type { AppContext, AppEnv } from '../app.ts';
import type { Deps } from '../env.ts';
import { isoTime, readJson, say } from './admin-answers.ts';
import { enlist, expiryMs, listKeys, noteChange } from './key-list.ts';
import { capsOf, newKey, termsOf } from './new-key.ts';

const ID_RANDOM_BYTES = 44;
const SECRET_RANDOM_BYTES = 32;
const DAY_SECONDS = 86_400;
const GRACE_SECONDS_MAX = 30 * DAY_SECONDS;
const NO_STORE = { 'Cache-Control': 'no-store' };

const expiryOf = (terms: KeyTerms): string | null => isoTime(expiryMs(terms));

const NO_KEY: Denial = { kind: 'not-found', what: 'key' };
const OVER: Denial = {
  kind: 'request-invalid',
  sentence: 'This key is over or was revoked. Make a new one.',
};
export const keys = new Hono<AppEnv>();

keys.post('/', async (c) => {
  const deps = c.get('deps');
  const body = await readJson(c, newKey);
  if (!body.ok) return say(c, body.error);
  const nowMs = deps.nowMs();
  const terms = termsOf(body.value, deps.policy, nowMs);
  if (!terms.ok) return say(c, terms.error);
  const { tenant, ...said } = terms.value;
  const { key, apiKey } = makeApiKey(
    deps.randomBytes(ID_RANDOM_BYTES),
    deps.apiKeySecret,
    tenant,
    said,
  );
  const { id, hash } = apiKey;
  const principal = `key:${id}`;
  const caps = capsOf(body.value, limitsOf(deps.policy, null, principal, false));
  if (!caps.ok) return say(c, caps.error);
  const { name, routes } = body.value;
  const plan = said.plan ?? (deps.policy.plans.size > 0 ? null : (body.value.plan ?? 'default'));
  const ledger = deps.ledgers.ofKey(id);
  // The caps first: until the key itself is written nobody can call with it.
  for (const cap of caps.value) {
    await ledger.setCap(deps.ledgers.placeOf(principal), { principal, ...cap });
  }
  const record: ApiKeyRecord = {
    id,
    name,
    plan,
    hash,
    start: startOf(key),
    usedAtMs: null,
    createdAtMs: nowMs,
    revokedAtMs: null,
    ...(routes === undefined ? {} : { routes }),
  };
  const full = await enlist(deps, record, said);
  if (full !== null) return say(c, full);
  await ledger.putKey(record);
  const { purpose, capNanoUsd } = said;
  const named = tenant === null ? {} : { tenant };
  const bounds = { purpose, expiresAt: expiryOf(said), capNanoUsd, routes: routes ?? null };
  return c.json({ id, key, principal, name, plan, ...named, ...bounds }, 201, NO_STORE);
});

/** The id of the path with what it says, by itself or as a principal; null if it is none. */
function namedKey(c: AppContext) {
  const id = (c.req.param('id') ?? '').replace(/^key:/, '');
  const said = readApiKeyId(id);
  return said === null ? null : { id, said };
}

/** The secret before this one, while it is accepted. */
const previousOf = ({ previous }: ApiKeyRecord, nowMs: number) =>
  previous === undefined || previous.untilMs <= nowMs
    ? null
    : {
        prefix: previous.start ?? null,
        acceptedUntil: isoTime(previous.untilMs),
        lastUsedAt: isoTime(previous.usedAtMs ?? null),
      };

/** Caps that the operator set in place of the policy's, and what is left of them. */
async function budgetsOf(id: string, { ledgers, policy }: Deps) {
  const principal = `key:${id}`;
  const limits = limitsOf(policy, null, principal, false);
  const place = ledgers.placeOf(principal);
  const { counters, overrides } = await ledgers.ofKey(id).view(place, principal, limits);
  return counters
    .filter(({ name }) => name in overrides)
    .map(({ name, window, unit, cap, used, held }) => ({ name, window, unit, cap, used, held }));
}

keys.get('/', listKeys);

keys.get('/:id', async (c) => {
  const deps = c.get('deps');
  const named = namedKey(c);
  const record = named === null ? null : await deps.ledgers.ofKey(named.id).keyRecord();
  if (named === null || record === null) return say(c, NO_KEY);
  const { id, said } = named;
  return c.json({
    id,
    prefix: record.start ?? `wb_${id}`,
    name: record.name,
    plan: record.plan,
    tenant: said.tenant,
    purpose: said.purpose,
    capNanoUsd: said.capNanoUsd,
    routes: record.routes ?? null,
    budgets: await budgetsOf(id, deps),
    createdAt: isoTime(record.createdAtMs),
    rotatedAt: isoTime(record.rotatedAtMs ?? null),
    previous: previousOf(record, deps.nowMs()),
    expiresAt: expiryOf(said),
    revokedAt: isoTime(record.revokedAtMs),
    lastUsedAt: isoTime(lastUsedAtMs(record)),
    lastUsedWithinSeconds: USE_NOTED_MS / 1_000,
  });
});

const rotation = z.strictObject({
  graceSeconds: z.int().min(0).max(GRACE_SECONDS_MAX).default(DAY_SECONDS),
});

keys.post('/:id/rotate', async (c) => {
  const deps = c.get('deps');
  const named = namedKey(c);
  if (named === null) return say(c, NO_KEY);
  const body = await readJson(c, rotation);
  if (!body.ok) return say(c, body.error);
  const { id, said } = named;
  const nowMs = deps.nowMs();
  if (isExpired(said, nowMs)) return say(c, OVER);
  const key = keyUnder(id, deps.randomBytes(SECRET_RANDOM_BYTES), deps.apiKeySecret);
  const next = { hash: hashOf(key), start: startOf(key) };
  const record = await deps.ledgers.ofKey(id).rotateKey(next, body.value.graceSeconds * 1_000);
  if (record === null) return say(c, NO_KEY);
  if (record.hash !== next.hash) return say(c, OVER);
  await noteChange(deps, record, said, 'rotated');
  const rotatedAt = isoTime(record.rotatedAtMs ?? nowMs);
  const previous = previousOf(record, nowMs);
  const answer = { id, key, principal: `key:${id}`, prefix: next.start, rotatedAt, previous };
  return c.json(answer, 200, NO_STORE);
});

keys.delete('/:id', async (c) => {
  const deps = c.get('deps');
  const named = namedKey(c);
  if (named === null) return say(c, NO_KEY);
  const ledger = deps.ledgers.ofKey(named.id);
  const revoked = await ledger.revokeKey(deps.nowMs());
  const record = await ledger.keyRecord();
  if (!revoked || record === null) return say(c, NO_KEY);
  await noteChange(deps, record, named.said, 'revoked');
  return c.json({ id: named.id, revoked });
});
