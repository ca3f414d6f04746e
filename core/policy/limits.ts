// Which limits a principal is under, on a route or altogether. The lists are laid out once, when
// the policy is loaded: a call only looks them up. A scope that a route does not charge has no
// limits there.

import { readApiKeyId } from '../api-key-id.ts';
import { counterName, type Limit } from '../ledger/account.ts';
import type { Unit } from '../ledger/unit.ts';
import { parseUsd } from '../money.ts';
import { present } from '../result.ts';
import { type AlertTable, layAlerts, withAlerts } from './alerts.ts';
import { onTerms, plansWithTerms, termsName } from './plans.ts';
import type { Policy, Route } from './policy.ts';
import type { LimitSource, LimitsSource, PolicySource, RouteSource, UnitKey } from './schema.ts';
import { isPurse, PURSE_SCOPES, type PurseScope, type Scope, SCOPES, scopeOf } from './scope.ts';

export { type Scope, scopeOf } from './scope.ts';

/** What an entry may be counted in, as the operator writes it, and as the ledger does. */
export const UNIT_OF: Readonly<Record<UnitKey, Unit>> = {
  usd: 'nanoUsd',
  requests: 'requests',
  inputTokens: 'inputTokens',
  outputTokens: 'outputTokens',
  toolCalls: 'toolCalls',
  agentSteps: 'agentSteps',
  runs: 'runs',
  retrievedDocuments: 'retrievedDocuments',
  files: 'files',
  fileBytes: 'fileBytes',
  images: 'images',
  audioSeconds: 'audioSeconds',
  concurrentCalls: 'concurrentCalls',
};
export const UNIT_KEYS = Object.keys(UNIT_OF) as readonly UnitKey[];

export const unitKeysOf = (entry: LimitSource): readonly UnitKey[] =>
  UNIT_KEYS.filter((key) => entry[key] !== undefined);

type Lists = Readonly<Record<PurseScope, readonly Limit[]>>;

type Tier = {
  readonly plain: Lists;
  /** For calls with an API key: addresses have other caps. */
  readonly withKey: Lists;
};

export type LimitTable = {
  /** Of all routes, for whoever looks at a principal. */
  readonly everywhere: Tier;
  readonly byRoute: ReadonlyMap<string, Tier>;
  /** Principals that the policy names: routes, models, previews, the whole, grace of a route. */
  readonly named: ReadonlyMap<string, readonly Limit[]>;
  readonly alerts: AlertTable;
};

const NONE: readonly Limit[] = Object.freeze([]);

/** No route names them: wherever they are charged, their limits hold. */
const UNNAMED: readonly Scope[] = ['grace', 'preview'];

export const nanoUsdOf = (text: string): number => present(parseUsd(text), 'amount');

function limitOf(entry: LimitSource, route: string | null): Limit {
  const key = present(unitKeysOf(entry)[0], 'unit');
  const cap = key === 'usd' ? nanoUsdOf(present(entry.usd, 'usd')) : present(entry[key], 'cap');
  const limit = { window: entry.window, unit: UNIT_OF[key], cap };
  return route === null ? limit : { ...limit, route };
}

const readList = (
  list: readonly LimitSource[] | undefined,
  route: string | null = null,
): readonly Limit[] =>
  list === undefined ? NONE : Object.freeze(list.map((entry) => limitOf(entry, route)));

const sourceOf = (limits: LimitsSource, scope: PurseScope, withKey: boolean) => {
  if (withKey && scope === 'ip') return limits.ipWithKey;
  if (withKey && scope === 'ipWide') return limits.ipWideWithKey ?? limits.ipWide;
  // Agents are named by the operator, as keys are issued by them.
  if (scope === 'agent') return limits.agent ?? limits.key;
  return limits[scope];
};

function ownOf(route: RouteSource, scope: PurseScope): readonly Limit[] {
  if (scope === 'cohort' || route.limits === undefined) return NONE;
  const list = route.limits[scope];
  return readList(scope === 'agent' ? (list ?? route.limits.key) : list, route.id);
}

const layLists = (listOf: (scope: PurseScope) => readonly Limit[]): Lists =>
  Object.freeze(
    Object.fromEntries(PURSE_SCOPES.map((scope) => [scope, Object.freeze(listOf(scope))])),
  ) as Lists;

const layTier = (listOf: (scope: PurseScope, withKey: boolean) => readonly Limit[]): Tier => ({
  plain: layLists((scope) => listOf(scope, false)),
  withKey: layLists((scope) => listOf(scope, true)),
});

/** Each counter once, as the first list that has it says. */
function union(lists: readonly (readonly Limit[])[]): readonly Limit[] {
  const names = new Set<string>();
  return lists.flat().filter((limit) => {
    const name = counterName(limit);
    return !names.has(name) && names.add(name);
  });
}

/** A route on its own terms, and on those of each plan that has some. */
const variantsOf = (route: RouteSource): readonly RouteSource[] => [
  route,
  ...Object.values(route.plans ?? {}).map((terms) => onTerms(route, terms)),
];

export const chargedScopes = (route: RouteSource): readonly (typeof SCOPES)[number][] =>
  route.scopes ?? SCOPES;

function namedLists({
  limits,
  routes,
  previews = [],
}: PolicySource): Map<string, readonly Limit[]> {
  const named = new Map<string, readonly Limit[]>([['global', readList(limits.global)]]);
  for (const { id, limits: own } of previews) named.set(`preview:${id}`, readList(own));
  for (const [model, list] of Object.entries(limits.model ?? {})) {
    named.set(`model:${model}`, readList(list));
  }
  for (const { id, limits: own, whenLedgerUnreachable: when } of routes) {
    if (own?.route !== undefined) named.set(`route:${id}`, readList(own.route));
    if (typeof when !== 'object') continue;
    named.set(`grace:${id}`, readList([{ window: 'hour', usd: when.graceUsdPerHour }]));
  }
  return named;
}

/** The source has been checked: every entry has exactly one unit. */
export function layLimits(source: PolicySource, version: string): LimitTable {
  const { limits, routes, plans = [] } = source;
  const alerts = layAlerts(source, version);
  /** Of no route in particular, by plan: read once, because most routes have no others. */
  const general = new Map<string | null, Tier>();
  const generalOf = (plan: string | null): Tier => {
    const known = general.get(plan);
    if (known !== undefined) return known;
    const own = plans.find(({ id }) => id === plan)?.limits;
    const tier = layTier((scope, withKey) =>
      withAlerts(
        alerts,
        scope,
        readList(own?.[scope as keyof typeof own] ?? sourceOf(limits, scope, withKey)),
      ),
    );
    general.set(plan, tier);
    return tier;
  };
  const tierOf = (route: RouteSource, plan: string | null): Tier => {
    const all = generalOf(plan);
    if (route.scopes === undefined && route.limits === undefined) return all;
    return layTier((scope, withKey) =>
      chargedScopes(route).includes(scope)
        ? [
            ...(withKey ? all.withKey : all.plain)[scope],
            ...withAlerts(alerts, scope, ownOf(route, scope)),
          ]
        : NONE,
    );
  };
  const tiers = [null, ...plans.map(({ id }) => id)].map(generalOf);
  const plain = tiers.map((tier) => tier.plain);
  const keyed = tiers.map((tier) => tier.withKey);
  const variants = routes.map(variantsOf);
  return Object.freeze({
    everywhere: layTier((scope, withKey) => [
      ...union((withKey ? [...keyed, ...plain] : [...plain, ...keyed]).map((one) => one[scope])),
      ...variants.flatMap((some) => union(some.map((route) => ownOf(route, scope)))),
    ]),
    byRoute: new Map(
      routes.flatMap((route) => [
        [termsName({ id: route.id, plan: null }), tierOf(route, null)],
        ...plansWithTerms(source, route).map(
          ([plan, terms]) => [termsName({ id: route.id, plan }), tierOf(terms, plan)] as const,
        ),
      ]),
    ),
    named: new Map(
      [...namedLists(source)].map(([name, list]) => [name, withAlerts(alerts, name, list)]),
    ),
    alerts,
  });
}

/**
 * A key's cap for life is in its id. It is one counter for all routes, and never makes a lifetime
 * limit of the policy wider.
 */
function withOwnCap(limits: readonly Limit[], principal: string): readonly Limit[] {
  const capNanoUsd = readApiKeyId(principal.slice('key:'.length))?.capNanoUsd ?? null;
  if (capNanoUsd === null) return limits;
  const own: Limit = { window: 'lifetime', unit: 'nanoUsd', cap: capNanoUsd };
  const name = counterName(own);
  const listed = limits.find((limit) => counterName(limit) === name);
  const rest = limits.filter((limit) => limit !== listed);
  return [...rest, { ...listed, ...own, cap: Math.min(capNanoUsd, listed?.cap ?? capNanoUsd) }];
}

/** A key's plan is in its id, or is that of all keys: for no call in particular, its caps there. */
function asOnPlan(
  { limits: { byRoute }, routes, plans, planOfClass }: Policy,
  principal: string,
  limits: readonly Limit[],
): readonly Limit[] {
  const named = readApiKeyId(principal.slice('key:'.length))?.plan ?? '';
  const plan = plans.has(named) ? named : (planOfClass.get('key') ?? null);
  const own = routes.map(({ id }) => byRoute.get(termsName({ id, plan }))?.plain.key ?? NONE);
  return union([...own, limits]);
}

/**
 * The limits of a principal for a call on this route, or for no call in particular (null): then
 * those of all routes. `withKey`: the call shows an API key. Allocates nothing, except for a key
 * with a cap of its own and a tenant with an alert of its own.
 */
export function limitsOf(
  policy: Policy,
  route: Route | null,
  principal: string,
  withKey: boolean,
): readonly Limit[] {
  const scope = scopeOf(principal);
  const { everywhere, byRoute, named } = policy.limits;
  if (!isPurse(scope)) {
    const charged = route === null || UNNAMED.includes(scope) || route.scopes.has(scope);
    return charged ? (named.get(principal) ?? NONE) : NONE;
  }
  const tier = route === null ? everywhere : present(byRoute.get(termsName(route)), 'route');
  const limits = (withKey ? tier.withKey : tier.plain)[scope];
  if (scope === 'tenant') return withAlerts(policy.limits.alerts, principal, limits);
  if (scope !== 'key') return limits;
  return withOwnCap(route === null ? asOnPlan(policy, principal, limits) : limits, principal);
}
