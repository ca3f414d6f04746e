// Issue, look at and revoke API keys. A key is shown once, when it is made. What a key is for, when
// it ends and what it may spend is in its id; the rest is kept by its ledger.

import { Hono } from 'hono/tiny';
import * as z from 'zod';
import { makeApiKey } from '../../core/api-key.ts';
import { type KeyTerms, readApiKeyId, TENANT_SHAPE } from '../../core/api-key-id.ts';
import type { Denial } from '../../core/denial.ts';
import { parseUsd } from '../../core/money.ts';
import type { AppContext, AppEnv } from '../app.ts';
import { isoTime, readJson, say } from './admin-answers.ts';

const RANDOM_BYTES = 44;
const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
const EXPIRY_SECONDS_MAX = 366 * DAY_SECONDS;
/** A key that needs no proof is not left lying about for longer. */
const CI_EXPIRY_SECONDS_MAX = 90 * DAY_SECONDS;

const CAP = 'a positive amount in dollars, as a string such as "5.00", below $9 million';

const newKey = z
  .strictObject({
    name: z.string().min(1).max(128),
    plan: z.string().min(1).max(64).optional(),
    /** Whose purse its calls are charged to as well. */
    tenant: z
      .string()
      .regex(TENANT_SHAPE, 'use lower-case letters, digits and -, at most 32')
      .optional(),
    /** `ci`: for builds and monitors; shows no proof on any route. */
    purpose: z.enum(['ci', 'server']).optional(),
    expiresInSeconds: z.int().min(MINUTE_SECONDS).max(EXPIRY_SECONDS_MAX).optional(),
    /** For all its life. */
    capUsd: z
      .string()
      .refine((text) => (parseUsd(text) ?? 0) > 0, CAP)
      .optional(),
  })
  .superRefine(({ purpose, expiresInSeconds, capUsd }, context) => {
    if (purpose !== 'ci') return;
    const refuse = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message });
    };
    if (expiresInSeconds === undefined || expiresInSeconds > CI_EXPIRY_SECONDS_MAX) {
      refuse('expiresInSeconds', 'a key for ci ends after 90 days (7776000) at most');
    }
    if (capUsd === undefined) refuse('capUsd', 'a key for ci has a cap, such as "5.00"');
  });

function termsOf(asked: z.infer<typeof newKey>, nowMs: number): KeyTerms {
  const { purpose = 'server', expiresInSeconds, capUsd } = asked;
  const nowSeconds = Math.floor(nowMs / 1_000);
  return {
    purpose,
    expiresAtSeconds: expiresInSeconds === undefined ? null : nowSeconds + expiresInSeconds,
    capNanoUsd: capUsd === undefined ? null : parseUsd(capUsd),
  };
}

const expiryOf = ({ expiresAtSeconds }: KeyTerms): string | null =>
  isoTime(expiresAtSeconds === null ? null : expiresAtSeconds * 1_000);

const NO_KEY: Denial = { kind: 'not-found', what: 'key' };

export const keys = new Hono<AppEnv>();

keys.post('/', async (c) => {
  const deps = c.get('deps');
  const body = await readJson(c, newKey);
  if (!body.ok) return say(c, body.error);
  const { name, plan = 'default', tenant = null } = body.value;
  const nowMs = deps.nowMs();
  const terms = termsOf(body.value, nowMs);
  const made = makeApiKey(deps.randomBytes(RANDOM_BYTES), deps.apiKeySecret, tenant, terms);
  const { key, apiKey } = made;
  const { id } = apiKey;
  await deps.ledgers.ofKey(id).putKey({
    id,
    name,
    plan,
    hash: apiKey.hash,
    createdAtMs: nowMs,
    revokedAtMs: null,
  });
  const { purpose, capNanoUsd } = terms;
  const named = tenant === null ? {} : { tenant };
  const bounds = { purpose, expiresAt: expiryOf(terms), capNanoUsd };
  return c.json({ id, key, principal: `key:${id}`, name, plan, ...named, ...bounds }, 201, {
    'Cache-Control': 'no-store',
  });
});

/** The id of the path with what it says, by itself or as a principal; null if it is none. */
function namedKey(c: AppContext) {
  const id = (c.req.param('id') ?? '').replace(/^key:/, '');
  const said = readApiKeyId(id);
  return said === null ? null : { id, said };
}

keys.get('/:id', async (c) => {
  const deps = c.get('deps');
  const named = namedKey(c);
  const record = named === null ? null : await deps.ledgers.ofKey(named.id).keyRecord();
  if (named === null || record === null) return say(c, NO_KEY);
  return c.json({
    id: named.id,
    name: record.name,
    plan: record.plan,
    purpose: named.said.purpose,
    createdAt: isoTime(record.createdAtMs),
    expiresAt: expiryOf(named.said),
    revokedAt: isoTime(record.revokedAtMs),
  });
});

keys.delete('/:id', async (c) => {
  const deps = c.get('deps');
  const named = namedKey(c);
  if (named === null) return say(c, NO_KEY);
  const revoked = await deps.ledgers.ofKey(named.id).revokeKey(deps.nowMs());
  return revoked ? c.json({ id: named.id, revoked }) : say(c, NO_KEY);
});
