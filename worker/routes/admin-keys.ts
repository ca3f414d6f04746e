// Issue and revoke API keys. A key is shown once, when it is made.

import { Hono } from 'hono';
import * as z from 'zod';
import { API_KEY_ID_SHAPE, makeApiKey, TENANT_SHAPE } from '../../core/api-key.ts';
import type { AppEnv } from '../app.ts';
import { readJson, say } from './admin-answers.ts';

const RANDOM_BYTES = 44;

const newKey = z.strictObject({
  name: z.string().min(1).max(128),
  plan: z.string().min(1).max(64).optional(),
  /** Whose purse its calls are charged to as well. */
  tenant: z
    .string()
    .regex(TENANT_SHAPE, 'use lower-case letters, digits and -, at most 32')
    .optional(),
});

export const keys = new Hono<AppEnv>();

keys.post('/', async (c) => {
  const deps = c.get('deps');
  const body = await readJson(c, newKey);
  if (!body.ok) return say(c, body.error);
  const { name, plan = 'default', tenant = null } = body.value;
  const made = makeApiKey(deps.randomBytes(RANDOM_BYTES), deps.apiKeySecret, tenant);
  const { key, apiKey } = made;
  await deps.ledgers.ofKey(apiKey.id).putKey({
    id: apiKey.id,
    name,
    plan,
    hash: apiKey.hash,
    createdAtMs: deps.nowMs(),
    revokedAtMs: null,
  });
  const named = tenant === null ? {} : { tenant };
  return c.json({ id: apiKey.id, key, principal: `key:${apiKey.id}`, name, plan, ...named }, 201, {
    'Cache-Control': 'no-store',
  });
});

keys.delete('/:id', async (c) => {
  const deps = c.get('deps');
  const id = c.req.param('id').replace(/^key:/, '');
  if (!API_KEY_ID_SHAPE.test(id)) {
    return say(c, { kind: 'not-found', what: 'key' });
  }
  const revoked = await deps.ledgers.ofKey(id).revokeKey(deps.nowMs());
  return revoked ? c.json({ id, revoked }) : say(c, { kind: 'not-found', what: 'key' });
});
