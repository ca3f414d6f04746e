// Enforce, observe, or enforce for some. What is only observed is recorded and the call goes on;
// what could not be weighed, or was switched off by hand, is never only observed.

import * as z from 'zod';
import type { DenialKind } from '../denial.ts';

const PERCENT_MAX = 100;

export const mode = z.union(
  [
    z.enum(['enforce', 'observe']),
    z.strictObject({ enforcePercent: z.int().min(0).max(PERCENT_MAX) }),
  ],
  { error: 'write "enforce", "observe", or { enforcePercent: 10 }' },
);
export type Mode = z.infer<typeof mode>;

/** Rules that a policy may try out before it enforces them, by the denial that they end in. */
export const OBSERVABLE = [
  'proof-required',
  'proof-rejected',
  'plan-required',
  'model-not-offered',
  'shape-refused',
  'run-unknown',
  'over-budget',
  'over-requests',
  'over-concurrency',
  'over-quota',
] as const satisfies readonly DenialKind[];
export type RuleName = (typeof OBSERVABLE)[number];

const maybe = mode.optional();

export const rules = z.strictObject(
  Object.fromEntries(OBSERVABLE.map((name) => [name, maybe])) as Record<RuleName, typeof maybe>,
  {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `a rule is one of: ${OBSERVABLE.join(', ')}` : undefined,
  },
);
export type Rules = Readonly<Partial<Record<RuleName, Mode | undefined>>>;

export const isObservable = (kind: DenialKind): kind is RuleName =>
  OBSERVABLE.some((name) => name === kind);

type Modes = { readonly mode: Mode | null; readonly rules: Rules };

/** The route's word on a rule, the route's own, the policy's on the rule, the policy's own. */
export const modeFor = (kind: RuleName, route: Modes, policy: Modes): Mode =>
  route.rules[kind] ?? route.mode ?? policy.rules[kind] ?? policy.mode ?? 'enforce';

/** `lot`: from 0 to 99, the same for a caller as long as it has the same name. */
export const isEnforced = (how: Mode, lot: number): boolean =>
  how === 'enforce' || (how !== 'observe' && lot < how.enforcePercent);
