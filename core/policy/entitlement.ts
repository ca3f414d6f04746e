// What a caller may have: the plan it is on, and whether it is what a route or a model asks for.

import { type Call, callerClassOf } from '../call.ts';
import type { Plan, Policy } from './policy.ts';
import type { RequirementSource } from './plan-schema.ts';

type Caller = Pick<Call, 'apiKey' | 'agent' | 'user' | 'challenge' | 'ip'>;

/** The one its identity names, else that of callers of its kind. */
export function planOf(
  caller: Caller,
  { plans, planOfClass }: Pick<Policy, 'plans' | 'planOfClass'>,
): Plan | null {
  if (plans.size === 0) return null;
  const named = caller.apiKey === null ? caller.user?.plan : caller.apiKey.plan;
  const known = plans.get(named ?? '');
  return known ?? plans.get(planOfClass.get(callerClassOf(caller)) ?? '') ?? null;
}

/** The operator knows whom it gave a key, and whose key it wrote into the policy. */
const isVerified = ({ apiKey, agent, user }: Caller): boolean =>
  apiKey !== null || agent !== null || (user?.isVerified ?? false);

export const meets = (
  { verified, paid }: RequirementSource,
  call: Caller & Pick<Call, 'plan'>,
): boolean =>
  (verified === true && isVerified(call)) || (paid === true && (call.plan?.isPaid ?? false));

export const needsOf = ({ verified, paid }: RequirementSource): ('verified' | 'paid')[] => [
  ...(verified === true ? (['verified'] as const) : []),
  ...(paid === true ? (['paid'] as const) : []),
];
