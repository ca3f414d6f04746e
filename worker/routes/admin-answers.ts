// What the operator's routes have in common: reading a body as strictly as a caller's, saying no,
// and naming a principal.

import type * as z from 'zod';
import type { Denial } from '../../core/denial.ts';
import { invalidRequest } from '../../core/invalid-request.ts';
import { parseStrictJson } from '../../core/json.ts';
import type { Limit } from '../../core/ledger/account.ts';
import { limitsOf, type Scope, scopeOf } from '../../core/policy/limits.ts';
import { err, ok, type Result } from '../../core/result.ts';
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
  const json = text === '' ? ok({}) : parseStrictJson(text, { depthMax: 4, keysMax: 32 });
  if (!json.ok) return err({ kind: 'body-not-json', ...json.error });
  const parsed = shape.safeParse(json.value);
  return parsed.success ? ok(parsed.data) : err(invalidRequest(parsed.error));
}

const PRINCIPAL = new RegExp(
  '^(?:global|(?:user|key|agent|device|ip|cohort|tenant|route|model|grace):' +
    '[A-Za-z0-9._:/@~-]{1,160})$',
);

export type Named = {
  readonly principal: string;
  readonly scope: Scope;
  /** Every counter the policy knows for it. */
  readonly limits: readonly Limit[];
};

/** The principal of the path, or null. */
export function namedPrincipal(c: AppContext, deps: Deps): Named | null {
  const principal = c.req.param('principal') ?? '';
  if (!PRINCIPAL.test(principal)) return null;
  const limits = limitsOf(deps.policy, null, principal, false);
  return { principal, scope: scopeOf(principal), limits };
}

export const unknownPrincipal: Denial = {
  kind: 'request-invalid',
  sentence:
    'Principals are written user:…, key:…, agent:…, device:…, ip:…, cohort:…, tenant:…, route:…, ' +
    'model:… or global; addresses as 203.0.113.7, 2001:db8::/64, or the wider 203.0.113.0/24.',
};

export const isoTime = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString();
