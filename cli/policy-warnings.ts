// What a valid policy says that its author may not have meant, in sentences. Nothing here makes a
// policy wrong.

import { isEnforced } from '../core/policy/mode.ts';
import type { Policy, Route } from '../core/policy/policy.ts';

/** Dollars a million output tokens from which a model is worth reselling. */
const DEAR_PICO_PER_TOKEN = 10_000_000;

const LOCAL_HOST = /^https?:\/\/(?:localhost|127\.|\[::1\])/;

function* routeWarnings(policy: Policy, route: Route): Generator<string> {
  const mode = route.mode ?? policy.mode ?? 'enforce';
  if (!isEnforced(mode, 99) && route.mode !== null) {
    yield `route ${route.id} does not enforce its rules for everybody`;
  }
  // A paid or verified caller is asked for, or a plan is.
  const isOpen = route.requires === null && route.offeredTo === null;
  const dear = [...route.models.values()]
    .filter(({ rates }) => (rates.output ?? 0) >= DEAR_PICO_PER_TOKEN)
    .map(({ model }) => model)
    .filter((model) => !route.modelRequires.has(model));
  if (isOpen && dear.length > 0) {
    yield `route ${route.id} offers dear models to everybody: ${dear.join(', ')} (modelRequires)`;
  }
  if (route.unknownModels !== null) yield `route ${route.id} takes models that nobody has priced`;
  const grace = route.whenLedgerUnreachable;
  if (grace !== 'refuse') yield `route ${route.id} serves from a grace wallet without its ledger`;
}

export function policyWarnings(policy: Policy): readonly string[] {
  const { mode, rules, jwt, corsOrigins, limits } = policy;
  const warnings: string[] = [];
  if (mode !== null && !isEnforced(mode, 99)) {
    warnings.push(
      'mode: rules only note what they would refuse; weighbridge impact tells how much',
    );
  }
  const tried = Object.entries(rules).filter(
    ([, one]) => one !== undefined && !isEnforced(one, 99),
  );
  if (tried.length > 0) {
    warnings.push(`rules only tried out: ${tried.map(([name]) => name).join(', ')}`);
  }
  if (jwt?.requireDpop === false) {
    warnings.push('identities.jwt.requireDpop is false: a copied token can be used by anybody');
  }
  for (const origin of corsOrigins) {
    if (LOCAL_HOST.test(origin)) warnings.push(`corsOrigins: ${origin} is anybody’s own machine`);
    else if (origin.startsWith('http:')) warnings.push(`corsOrigins: ${origin} is not encrypted`);
  }
  if ((limits.named.get('global') ?? []).length === 0) {
    warnings.push('limits.global: nothing bounds all calls together');
  }
  return [...warnings, ...policy.routes.flatMap((route) => [...routeWarnings(policy, route)])];
}
