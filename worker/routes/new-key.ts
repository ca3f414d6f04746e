// What an operator asks of a new API key, and what comes of it: terms for its id, routes for its
// record, caps for its ledger. A plan, route or counter that the policy does not have is refused,
// so that no key has terms that bind nobody.

import * as z from 'zod';
import { type ApiKeyId, TENANT_SHAPE } from '../../core/api-key-id.ts';
import type { Denial } from '../../core/denial.ts';
import { counterName, type CounterKind, type Limit } from '../../core/ledger/account.ts';
import { UNITS } from '../../core/ledger/unit.ts';
import { WINDOWS } from '../../core/ledger/window.ts';
import { parseUsd } from '../../core/money.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { err, ok, type Result } from '../../core/result.ts';

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
const EXPIRY_SECONDS_MAX = 366 * DAY_SECONDS;
/** A key that needs no proof is not left lying about for longer. */
const CI_EXPIRY_SECONDS_MAX = 90 * DAY_SECONDS;
const ROUTES_MAX = 32;
const BUDGETS_MAX = 12;

const CAP = 'a positive amount in dollars, as a string such as "5.00", below $9 million';

const positiveUsd = z.string().refine((text) => (parseUsd(text) ?? 0) > 0, CAP);

const budget = z
  .strictObject({
    window: z.enum(WINDOWS),
    /** Dollars, or a cap of any other unit. */
    usd: positiveUsd.optional(),
    unit: z.enum(UNITS).optional(),
    cap: z.int().min(0).optional(),
    /** A counter of one route alone. */
    route: z.string().max(64).optional(),
  })
  .refine(
    ({ usd, unit, cap }) =>
      (usd === undefined) === (unit !== undefined) && (unit === undefined) === (cap === undefined),
    'say usd, or unit and cap',
  );

export const newKey = z
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
    capUsd: positiveUsd.optional(),
    /** The only ones it may call. */
    routes: z.array(z.string().max(64)).min(1).max(ROUTES_MAX).optional(),
    budgets: z.array(budget).min(1).max(BUDGETS_MAX).optional(),
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

export type NewKey = z.infer<typeof newKey>;

const wrong = (field: string, sentence: string): Result<never, Denial> =>
  err({ kind: 'request-invalid', field, sentence });

/** What the id of the key will say. */
export function termsOf(asked: NewKey, policy: Policy, nowMs: number): Result<ApiKeyId, Denial> {
  const { purpose = 'server', expiresInSeconds, capUsd, plan, tenant = null } = asked;
  const { routes, budgets } = asked;
  // Where the policy has no plans, whatever is said is a note of the operator's.
  const hasPlans = policy.plans.size > 0;
  if (hasPlans && plan !== undefined && !policy.plans.has(plan)) {
    return wrong('plan', `the policy has these: ${[...policy.plans.keys()].join(', ')}`);
  }
  const unknown = routes?.find((id) => policy.routes.every((route) => route.id !== id));
  if (unknown !== undefined) return wrong('routes', `the policy has no route "${unknown}"`);
  const nowSeconds = Math.floor(nowMs / 1_000);
  return ok({
    tenant,
    purpose,
    expiresAtSeconds: expiresInSeconds === undefined ? null : nowSeconds + expiresInSeconds,
    capNanoUsd: capUsd === undefined ? null : parseUsd(capUsd),
    plan: hasPlans ? (plan ?? null) : null,
    isRestricted: routes !== undefined || budgets !== undefined,
  });
}

/** The caps of its own, each of a counter among these limits. */
export function capsOf(
  { budgets = [] }: NewKey,
  limits: readonly Limit[],
): Result<readonly (CounterKind & { readonly cap: number })[], Denial> {
  const names = limits.map(counterName);
  const caps = budgets.map(({ window, usd, unit = 'nanoUsd', cap, route }) => ({
    window,
    unit,
    ...(route === undefined ? {} : { route }),
    cap: cap ?? parseUsd(usd ?? '') ?? 0,
  }));
  const asked = caps.map(counterName);
  const bad = asked.find((name, at) => !names.includes(name) || asked.indexOf(name) !== at);
  return bad === undefined
    ? ok(caps)
    : wrong('budgets', `${bad} is said twice, or no counter of a key: ${names.join(', ')}`);
}
