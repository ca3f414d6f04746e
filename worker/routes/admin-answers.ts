// What the operator's routes have in common: reading a body as strictly as a caller's, saying no,
// and naming a principal.

import type * as z from 'zod';
import type { Denial } from '../../core/denial.ts';
import { invalidRequest } from '../../core/invalid-request.ts';
import { parseStrictJson } from '../../core/json.ts';
import type { Limit } from '../../core/ledger/account.ts';
import type { LedgerPort } from '../../core/ledger/messages.ts';
import { limitsOf, type Scope, scopeOf } from '../../core/policy/limits.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { isUserId } from '../../core/user-id.ts';
import { incomingBody } from '../adapters/incoming-body.ts';
import { refuse } from '../answer.ts';
import type { AppContext } from '../app.ts';
import type { Deps } from '../env.ts';
import { plainRequestId } from '../plain-request-id.ts';

const BODY_BYTES_MAX = 8_192;

export const say = (c: AppContext, denial: Denial): Response => {
  const deps = c.get('deps');
  return refuse(denial, plainRequestId(deps), deps.policy.docsUrl, {});
};

export async function readJson<Shape>(
  c: AppContext,
  shape: z.ZodType<Shape>,
): Promise<Result<Shape, Denial>> {
  const body = await incomingBody(c.req.raw).read(BODY_BYTES_MAX);
  if (!body.ok) return body;
  const text = new TextDecoder().decode(body.value);
  const json = text === '' ? ok({}) : parseStrictJson(text, { depthMax: 4, keysMax: 64 });
  if (!json.ok) return err({ kind: 'body-not-json', ...json.error });
  const parsed = shape.safeParse(json.value);
  return parsed.success ? ok(parsed.data) : err(invalidRequest(parsed.error));
}

const PRINCIPAL = new RegExp(
  '^(?:global|(?:user|key|agent|device|ip|cohort|tenant|preview|route|model|grace):' +
    '[A-Za-z0-9._:/@~-]{1,160})$',
);

/**
 * What could be a user's and is no id that is ever charged would look as if it were looked after.
 */
export const isPrincipal = (text: string): boolean =>
  PRINCIPAL.test(text) && (!text.startsWith('user:') || isUserId(text.slice('user:'.length)));

export type Named = {
  readonly principal: string;
  readonly scope: Scope;
  /** Every counter the policy knows for it. */
  readonly limits: readonly Limit[];
};

/** The principal of the path, or null. */
export function namedPrincipal(c: AppContext, deps: Deps): Named | null {
  const principal = c.req.param('principal') ?? '';
  if (!isPrincipal(principal)) return null;
  const limits = limitsOf(deps.policy, null, principal, false);
  return { principal, scope: scopeOf(principal), limits };
}

export const unknownPrincipal: Denial = {
  kind: 'request-invalid',
  sentence:
    'Principals are written user:…, key:…, agent:…, device:…, ip:…, cohort:…, tenant:…, preview:…, ' +
    'route:…, model:… or global; addresses as 203.0.113.7, 2001:db8::/64, or the wider 203.0.113.0/24.',
};

/** Shards asked at the same time. */
const ASKED_AT_ONCE_MAX = 6;

/** What every shard answers. */
export async function fromShards<Answer>(
  ledgers: Deps['ledgers'],
  ask: (shard: LedgerPort) => Promise<Answer>,
): Promise<Answer[]> {
  const shards = ledgers.shards();
  const answers: Answer[] = [];
  for (let at = 0; at < shards.length; at += ASKED_AT_ONCE_MAX) {
    const some = shards.slice(at, at + ASKED_AT_ONCE_MAX);
    answers.push(...(await Promise.all(some.map((one) => ask(ledgers.at(one))))));
  }
  return answers;
}

export const isoTime = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();
