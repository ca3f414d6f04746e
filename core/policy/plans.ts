// Plans as the gateway uses them: who is on which, and each route on the terms of each plan. What a
// plan does not change is as the route has it.

import type { CallerClass } from '../proof/requirement.ts';
import { nanoUsdOf } from './limits.ts';
import type { Plan, Route, Tool } from './policy.ts';
import type { PlanTermsSource } from './route-schema.ts';
import type { PolicySource, RouteSource } from './schema.ts';

export const plansOf = ({ plans = [] }: PolicySource): ReadonlyMap<string, Plan> =>
  new Map(plans.map(({ id, isPaid = false }) => [id, { id, isPaid }]));

export const planOfClassOf = ({ plans = [] }: PolicySource): ReadonlyMap<CallerClass, string> =>
  new Map(plans.flatMap(({ id, callers = [] }) => callers.map((caller) => [caller, id] as const)));

export const toolsOf = ({ tools = [] }: PolicySource): ReadonlyMap<string, Tool> =>
  new Map(
    tools.map(({ usdPerCall = '0', ...tool }) => [
      tool.name,
      { ...tool, nanoUsdPerCall: nanoUsdOf(usdPerCall) },
    ]),
  );

/** The route as a plan has it, still in the operator's words. */
export function onTerms(route: RouteSource, terms: PlanTermsSource): RouteSource {
  const { plans: _plans, limits, ...own } = route;
  return Object.assign({}, own, terms, { limits: { ...limits, ...terms.limits } });
}

/** Plans under which a route is something of its own: other terms, or other limits. */
export const plansWithTerms = (
  { plans = [] }: PolicySource,
  route: RouteSource,
): readonly (readonly [plan: string, source: RouteSource])[] =>
  plans
    .filter(({ id, limits }) => limits !== undefined || route.plans?.[id] !== undefined)
    .map(({ id }) => [id, onTerms(route, route.plans?.[id] ?? {})]);

/** The name of a route's terms: its own, or those of a plan. */
export const termsName = ({ id, plan }: Pick<Route, 'id' | 'plan'>): string =>
  plan === null ? id : `${id}/${plan}`;
