// What a gateway says of itself: its health and its clock to anybody, its keys and what it served
// to whoever has the operator token. Without the token the rest is still told.

import type { PolicySource } from '../../core/policy/schema.ts';
import { dayOf } from '../../core/reconcile/day.ts';
import { Ending } from '../ending.ts';
import type { Answer, Gateway } from '../gateway.ts';
import { allKeys } from '../verbs/keys.ts';
import type { GatewayFacts, ListedKey } from './finding.ts';
import { KEY_DAYS_MAX } from './secrets.ts';

const DAY_MS = 86_400_000;
const SEEN_DAYS = 30;
/** Old keys that are asked when they were rotated. */
const KEYS_SHOWN_MAX = 100;

type Key = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly rotatedAt?: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
};

type Seen = { readonly provider: string; readonly model: string };

function skewOf({ headers, askedAtMs }: Answer): number | null {
  const date = Date.parse(headers.get('Date') ?? '');
  return Number.isNaN(date) ? null : date - askedAtMs;
}

async function keysOf(gateway: Gateway, nowMs: number) {
  const all = (await allKeys(gateway)) as unknown as readonly Key[];
  const isGood = ({ expiresAt, revokedAt }: Key): boolean =>
    revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > nowMs);
  const old = all
    .filter(isGood)
    .filter(({ createdAt }) => nowMs - Date.parse(createdAt) > KEY_DAYS_MAX * DAY_MS);
  const keys: ListedKey[] = [];
  for (const { id, name, createdAt } of old.slice(0, KEYS_SHOWN_MAX)) {
    const { rotatedAt } = (await gateway.get(`/keys/${encodeURIComponent(id)}`)) as Key;
    keys.push({ id, name, madeAtMs: Date.parse(rotatedAt ?? createdAt) });
  }
  return { keys, keysAreCut: old.length > KEYS_SHOWN_MAX };
}

async function seenOf(gateway: Gateway, source: PolicySource | null, nowMs: number) {
  const { statements } = (await gateway.get('/statements', {
    from: dayOf(nowMs - SEEN_DAYS * DAY_MS),
    to: dayOf(nowMs),
  })) as { statements: readonly Seen[] };
  const kindOf = (id: string): string => source?.providers.find((one) => one.id === id)?.kind ?? id;
  const seen = statements.map(({ provider, model }) => ({ kind: kindOf(provider), model }));
  return [...new Map(seen.map((one) => [`${one.kind}/${one.model}`, one])).values()];
}

export async function gatewayFacts(
  gateway: Gateway,
  source: PolicySource | null,
  nowMs: number,
): Promise<GatewayFacts> {
  const { url } = gateway;
  const nothing = { keys: null, keysAreCut: false, seenModels: null, closed: null };
  let health: Answer;
  try {
    health = await gateway.health();
  } catch (cause) {
    if (!(cause instanceof Ending)) throw cause;
    const silence = cause.message;
    return { url, status: null, silence, policyVersion: null, skewMs: null, ...nothing };
  }
  const { policyVersion } = (health.body ?? {}) as { policyVersion?: unknown };
  const told = {
    url,
    status: health.status,
    silence: null,
    policyVersion: typeof policyVersion === 'string' ? policyVersion : null,
    skewMs: skewOf(health),
  };
  if (health.status !== 200) return { ...told, ...nothing };
  try {
    const keys = await keysOf(gateway, nowMs);
    const seenModels = await seenOf(gateway, source, nowMs);
    return { ...told, ...keys, seenModels, closed: null };
  } catch (cause) {
    if (!(cause instanceof Ending)) throw cause;
    return { ...told, ...nothing, closed: cause.message };
  }
}
