// The list of API keys, which `Control` keeps with the audit. It says which keys there are; whether
// one is good is its own ledger's to say, which is told first and does not wait for the list.

import * as z from 'zod';
import { type KeyTerms, readApiKeyId } from '../../core/api-key-id.ts';
import type { KeyEntry } from '../../core/control/messages.ts';
import type { Denial } from '../../core/denial.ts';
import { invalidRequest } from '../../core/invalid-request.ts';
import type { ApiKeyRecord } from '../../core/ledger/messages.ts';
import type { AppContext } from '../app.ts';
import type { Deps } from '../env.ts';
import { logEvent } from '../observe/log.ts';
import { isoTime, say } from './admin-answers.ts';

const PAGE = 100;
const PAGE_MAX = 500;

const page = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, 'a whole number above 0')
    .transform(Number)
    .optional(),
  /** The last id of the page before. */
  after: z.string().max(160).optional(),
});

/** Whoever has the operator token: it has no names of its own. */
const author = 'admin token';

export const expiryMs = ({ expiresAtSeconds }: KeyTerms): number | null =>
  expiresAtSeconds === null ? null : expiresAtSeconds * 1_000;

const entryOf = (
  { id, name, plan, createdAtMs, revokedAtMs }: ApiKeyRecord,
  terms: KeyTerms,
): KeyEntry => ({ id, name, plan, createdAtMs, revokedAtMs, expiresAtMs: expiryMs(terms) });

/** Before the key itself is written: there is no key that no list shows. Null if it is listed. */
export async function enlist(
  { control }: Deps,
  record: ApiKeyRecord,
  terms: KeyTerms,
): Promise<Denial | null> {
  const by = { author, reason: 'made' };
  const listed = await control.port.registerKey(entryOf(record, terms), by);
  if (listed === 'registered') return null;
  return { kind: 'request-invalid', sentence: 'There are as many keys as can be listed.' };
}

/** After the fact, whether or not it can be noted. A key that is older than the list joins it. */
export async function noteChange(
  { control }: Deps,
  record: ApiKeyRecord,
  terms: KeyTerms,
  reason: 'rotated' | 'revoked',
): Promise<void> {
  const by = { author, reason };
  const { id, revokedAtMs } = record;
  try {
    const known = await control.port.keyChanged(id, { revokedAtMs }, by);
    if (known === null) await control.port.registerKey(entryOf(record, terms), by);
  } catch (cause) {
    logEvent('audit-lost', { subject: `key:${id}`, reason, cause: String(cause) });
  }
}

export async function listKeys(c: AppContext): Promise<Response> {
  const parsed = page.safeParse(c.req.query());
  if (!parsed.success) return say(c, invalidRequest(parsed.error));
  const limit = Math.min(parsed.data.limit ?? PAGE, PAGE_MAX);
  const entries = await c.get('deps').control.port.listKeys(limit, parsed.data.after ?? null);
  const keys = entries.map(({ id, name, plan, createdAtMs, expiresAtMs, revokedAtMs }) => ({
    id,
    name,
    plan,
    tenant: readApiKeyId(id)?.tenant ?? null,
    purpose: readApiKeyId(id)?.purpose ?? null,
    createdAt: isoTime(createdAtMs),
    expiresAt: isoTime(expiresAtMs),
    revokedAt: isoTime(revokedAtMs),
  }));
  // A page that is full may be the last one.
  return c.json({ keys, next: keys.length < limit ? null : (keys.at(-1)?.id ?? null) });
}
