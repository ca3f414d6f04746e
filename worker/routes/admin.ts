// The operator's API: look at a principal, change one of its caps, issue and revoke keys, explain a
// request. Off entirely while no token is set; every body is checked as strictly as a caller's.

import { Hono } from 'hono';
import * as z from 'zod';
import { equalBytes, utf8 } from '../../core/bytes.ts';
import { makeApiKey } from '../../core/api-key.ts';
import type { Denial } from '../../core/denial.ts';
import { parseRequestId } from '../../core/ledger/call-key.ts';
import { parseStrictJson } from '../../core/json.ts';
import type { Scope } from '../../core/policy/policy.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { shapeDenial } from '../../core/shape-failure.ts';
import { incomingBody } from '../adapters/incoming-body.ts';
import { refuse } from '../answer.ts';
import type { AppContext, AppEnv } from '../app.ts';
import { recallRefusal } from '../observe/refusals.ts';
import { plainRequestId } from '../plain-request-id.ts';

const BODY_BYTES_MAX = 8_192;

const say = (c: AppContext, denial: Denial): Response => {
  const deps = c.get('deps');
  return refuse(denial, plainRequestId(deps), deps.policy.docsUrl, {});
};

/** Compared as hashes, so that neither length nor first difference can be timed. */
const sameSecret = (a: string, b: string): boolean => equalBytes(sha256(utf8(a)), sha256(utf8(b)));

async function readJson<Shape>(
  c: AppContext,
  shape: z.ZodType<Shape>,
): Promise<Result<Shape, Denial>> {
  const body = await incomingBody(c.req.raw).read(BODY_BYTES_MAX);
  if (!body.ok) return body;
  const text = new TextDecoder().decode(body.value);
  const json = text === '' ? ok({}) : parseStrictJson(text, { depthMax: 4, keysMax: 32 });
  if (!json.ok) return err({ kind: 'body-not-json', ...json.error });
  const parsed = shape.safeParse(json.value);
  return parsed.success ? ok(parsed.data) : err(shapeDenial(parsed.error));
}

const PRINCIPAL = /^(key|device|ip):[A-Za-z0-9._:/-]{1,128}$/;

/** The principal of the path, or null. */
function principalOf(c: AppContext): { principal: string; scope: Scope } | null {
  const principal = c.req.param('principal') ?? '';
  const match = PRINCIPAL.exec(principal);
  return match === null ? null : { principal, scope: match[1] as Scope };
}

const unknownPrincipal: Denial = {
  kind: 'request-invalid',
  sentence:
    'Principals are written key:…, device:… or ip:…; addresses as 203.0.113.7 or 2001:db8::/64.',
};

export const admin = new Hono<AppEnv>();

admin.use(async (c, next) => {
  const { adminToken } = c.get('deps');
  if (adminToken === null) return say(c, { kind: 'admin-disabled' });
  const token = (c.req.header('Authorization') ?? '').replace(/^Bearer +/i, '');
  if (!sameSecret(token, adminToken)) return say(c, { kind: 'admin-token-invalid' });
  await next();
  return undefined;
});

admin.get('/principals/:principal', async (c) => {
  const deps = c.get('deps');
  const named = principalOf(c);
  if (named === null) return say(c, unknownPrincipal);
  const { principal, scope } = named;
  const ledger = deps.ledgers.at(deps.ledgers.addressOf(principal));
  const view = await ledger.view(principal, deps.policy.limits[scope]);
  const time = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString();
  return c.json({
    principal,
    counters: view.counters.map(({ resetsAtMs, ...counter }) => ({
      ...counter,
      scope,
      resetsAt: time(resetsAtMs),
      overridden: counter.name in view.overrides,
    })),
    holds: view.holds.map(({ id, amountNanoUsd, expiresAtMs }) => ({
      id,
      amountNanoUsd,
      expiresAt: time(expiresAtMs),
    })),
    switches: [],
  });
});

const cap = z.strictObject({
  window: z.enum(['day', 'month', 'now']),
  unit: z.enum(['nanoUsd', 'requests', 'concurrentCalls']),
  cap: z.int().min(0),
});
const capName = cap.omit({ cap: true });

admin.put('/principals/:principal/budgets', async (c) => {
  const named = principalOf(c);
  if (named === null) return say(c, unknownPrincipal);
  const body = await readJson(c, cap);
  if (!body.ok) return say(c, body.error);
  return setCap(c, named, body.value, body.value.cap);
});

admin.delete('/principals/:principal/budgets', async (c) => {
  const named = principalOf(c);
  if (named === null) return say(c, unknownPrincipal);
  const { window, unit } = c.req.query();
  const inQuery = window !== undefined || unit !== undefined;
  const parsed = inQuery ? capName.safeParse({ window, unit }) : null;
  if (parsed !== null && !parsed.success) return say(c, shapeDenial(parsed.error));
  const body =
    parsed === null ? await readJson(c, capName.extend({ cap: z.int().optional() })) : null;
  if (body !== null && !body.ok) return say(c, body.error);
  const counter = parsed?.data ?? (body?.ok === true ? body.value : null);
  if (counter === null) return say(c, unknownPrincipal);
  return setCap(c, named, counter, null);
});

/** Sets one cap, or takes an override back with null. Only counters that the policy limits. */
async function setCap(
  c: AppContext,
  { principal, scope }: { principal: string; scope: Scope },
  { window, unit }: z.infer<typeof capName>,
  value: number | null,
): Promise<Response> {
  const { ledgers, policy } = c.get('deps');
  const limit = policy.limits[scope].find((one) => one.window === window && one.unit === unit);
  if (limit === undefined) {
    return say(c, { kind: 'request-invalid', sentence: `There is no counter ${unit}-${window}.` });
  }
  await ledgers.at(ledgers.addressOf(principal)).setCap({ principal, window, unit, cap: value });
  return c.json({ principal, window, unit, cap: value ?? limit.cap, overridden: value !== null });
}

const newKey = z.strictObject({
  name: z.string().min(1).max(128),
  plan: z.string().min(1).max(64).optional(),
});

admin.post('/keys', async (c) => {
  const deps = c.get('deps');
  const body = await readJson(c, newKey);
  if (!body.ok) return say(c, body.error);
  const { key, apiKey } = makeApiKey(deps.randomBytes(44), deps.apiKeySecret);
  const { name, plan = 'default' } = body.value;
  await deps.ledgers.ofKey(apiKey.id).putKey({
    id: apiKey.id,
    name,
    plan,
    hash: apiKey.hash,
    createdAtMs: deps.nowMs(),
    revokedAtMs: null,
  });
  return c.json({ id: apiKey.id, key, principal: `key:${apiKey.id}`, name, plan }, 201, {
    'Cache-Control': 'no-store',
  });
});

admin.delete('/keys/:id', async (c) => {
  const deps = c.get('deps');
  const id = c.req.param('id').replace(/^key:/, '');
  if (!/^[0-9a-z]{12}$/.test(id)) return say(c, { kind: 'not-found', what: 'key' });
  const revoked = await deps.ledgers.ofKey(id).revokeKey(deps.nowMs());
  return revoked ? c.json({ id, revoked }) : say(c, { kind: 'not-found', what: 'key' });
});

admin.get('/requests/:requestId', async (c) => {
  const deps = c.get('deps');
  const requestId = c.req.param('requestId');
  const parsed = parseRequestId(requestId);
  if (parsed === null) return say(c, { kind: 'not-found', what: 'request' });
  const refusal = recallRefusal(requestId);
  if (refusal !== null) return c.json(refusal);
  const ledger = deps.ledgers.at(deps.ledgers.shardAddress(parsed.shard));
  const record = parsed.shard < deps.policy.edgeShards ? await ledger.record(parsed.key) : null;
  const found = record === null ? null : (JSON.parse(record) as { requestId?: unknown });
  // The record of a call whose Worker died comes from the ledger, which does not know its shard.
  const names = [requestId, `${parsed.key}.${parsed.attempt}`];
  if (found === null || !names.includes(String(found.requestId))) {
    return say(c, { kind: 'not-found', what: 'request' });
  }
  return c.json({ ...found, requestId });
});

admin.notFound((c) => say(c, { kind: 'path-unknown' }));
