// What contradicts itself in the limits of a policy: entries that count nothing or two things,
// windows that a scope cannot have, routes that leave a caller without a budget. Everything is told
// at once, each with its path and a sentence.

import type { WindowKind } from '../ledger/window.ts';
import { chargedScopes, nanoUsdOf, UNIT_KEYS, unitKeysOf } from './limits.ts';
import type { PolicyError } from './policy.ts';
import type { LimitSource, LimitsSource, PolicySource, RouteSource, UnitKey } from './schema.ts';
import { type SCOPES, SHARED_SCOPES } from './scope.ts';

type SourceScope = (typeof SCOPES)[number];

type ListName = keyof LimitsSource | keyof NonNullable<RouteSource['limits']>;

/** Windows that the ledger knows and nothing can open yet. */
const WINDOWS_NOT_YET: readonly WindowKind[] = ['run'];

/** Units that the ledger knows and no dialect counts yet: such a limit would never refuse. */
const UNITS_NOT_YET: readonly UnitKey[] = ['retrievedDocuments'];

type Kept = readonly [scope: SourceScope, why: string];

const KEPT_WITH_AGENTS: Kept = ['agent', 'agents of proof.agents are admitted here by their name'];

/** Every call meets these two: whoever has no API key has an address, and one of them always. */
const KEPT: readonly Kept[] = [
  ['ip', 'callers without an API key are admitted here, and all else they have is free'],
  ['key', 'callers with an API key are admitted here, from as many addresses as they like'],
];

function* entrySentences(entry: LimitSource, shared: boolean): Generator<string> {
  const { window } = entry;
  const units = unitKeysOf(entry);
  const [unit] = units;
  if (units.length === 0) yield `name what is counted: one of ${UNIT_KEYS.join(', ')}`;
  if (units.length > 1) yield `one unit to an entry: write ${units.join(' and ')} as entries`;
  if (WINDOWS_NOT_YET.includes(window)) {
    yield `"${window}" cannot be counted yet, because runs are not recognised: choose another window`;
  }
  const uncounted = units.filter((key) => UNITS_NOT_YET.includes(key));
  if (uncounted.length > 0) {
    yield `${uncounted.join(', ')}: no dialect counts this yet, so the limit would never hold`;
  }
  if (units.length === 1 && (window === 'now') !== (unit === 'concurrentCalls')) {
    yield 'the window "now" counts concurrentCalls, and nothing else counts them';
  }
  if (shared && (window === 'now' || window.startsWith('rolling-'))) {
    yield `a shared budget is spent from slices, which "${window}" cannot be cut into: choose a calendar window or "lifetime"`;
  }
}

function listErrors(
  at: string,
  name: ListName,
  list: readonly LimitSource[] | undefined,
): PolicyError[] {
  const errors: PolicyError[] = [];
  const counted = new Set<string>();
  (list ?? []).forEach((entry, index) => {
    const path = `${at}[${String(index)}]`;
    for (const sentence of entrySentences(
      entry,
      SHARED_SCOPES.some((scope) => scope === name),
    )) {
      errors.push({ path, sentence });
    }
    for (const unit of unitKeysOf(entry)) {
      const counter = `${unit} in "${entry.window}"`;
      if (counted.has(counter)) errors.push({ path, sentence: `${counter} is limited above` });
      counted.add(counter);
    }
  });
  return errors;
}

function generalErrors({ limits, routes, proof }: PolicySource): PolicyError[] {
  const { model, ...lists } = limits;
  const errors: PolicyError[] = [];
  for (const [name, list] of Object.entries(lists)) {
    errors.push(...listErrors(`limits.${name}`, name as ListName, list));
  }
  const offered = new Set(routes.flatMap((route) => route.models));
  if ((proof.agents ?? []).length > 0 && !(limits.agent ?? limits.key).some(({ usd }) => usd)) {
    const sentence = 'no entry is of dollars: the agents of proof.agents could spend without end';
    errors.push({ path: limits.agent === undefined ? 'limits.key' : 'limits.agent', sentence });
  }
  for (const [name, list] of Object.entries(model ?? {})) {
    const path = `limits.model.${name}`;
    if (!offered.has(name)) errors.push({ path, sentence: 'no route offers this model' });
    errors.push(...listErrors(path, 'model', list));
  }
  return errors;
}

function hasList({ limits }: PolicySource, route: RouteSource, scope: SourceScope): boolean {
  // Without a list of their own agents have that of the keys.
  if (scope === 'agent') return true;
  if (scope === 'model') return route.models.some((name) => limits.model?.[name] !== undefined);
  const own = scope === 'cohort' || scope === 'global' ? undefined : route.limits?.[scope];
  return own !== undefined || (scope !== 'route' && limits[scope] !== undefined);
}

function scopeErrors(source: PolicySource, route: RouteSource, at: string): PolicyError[] {
  const errors: PolicyError[] = [];
  const charged = chargedScopes(route);
  (route.scopes ?? []).forEach((scope, index) => {
    const path = `${at}.scopes[${String(index)}]`;
    if (charged.indexOf(scope) !== index) errors.push({ path, sentence: 'is named above' });
    if (hasList(source, route, scope)) return;
    errors.push({ path, sentence: `nothing limits "${scope}" on this route` });
  });
  const hasAgents = (source.proof.agents ?? []).length > 0;
  for (const [scope, why] of hasAgents ? [...KEPT, KEPT_WITH_AGENTS] : KEPT) {
    if (charged.includes(scope)) continue;
    errors.push({ path: `${at}.scopes`, sentence: `keep "${scope}": ${why}` });
  }
  return errors;
}

function graceErrors({ whenLedgerUnreachable: when }: RouteSource, at: string): PolicyError[] {
  if (typeof when !== 'object') return [];
  const errors: PolicyError[] = [];
  const { graceUsdPerHour, callUsdMax } = when;
  if (nanoUsdOf(graceUsdPerHour) === 0) {
    const sentence = 'nothing is what "refuse" grants: write "refuse"';
    errors.push({ path: `${at}.graceUsdPerHour`, sentence });
  }
  if (callUsdMax !== undefined && nanoUsdOf(callUsdMax) === 0) {
    errors.push({ path: `${at}.callUsdMax`, sentence: 'no call is that cheap: write "refuse"' });
  }
  return errors;
}

function routeErrors(source: PolicySource, route: RouteSource, index: number): PolicyError[] {
  const at = `routes[${String(index)}]`;
  const errors = scopeErrors(source, route, at);
  for (const [name, list] of Object.entries(route.limits ?? {})) {
    const path = `${at}.limits.${name}`;
    errors.push(...listErrors(path, name as ListName, list));
    if (chargedScopes(route).some((scope) => scope === name)) continue;
    errors.push({ path, sentence: `"${name}" is not among the scopes of this route` });
  }
  return [...errors, ...graceErrors(route, `${at}.whenLedgerUnreachable`)];
}

export const limitErrors = (source: PolicySource): readonly PolicyError[] => [
  ...generalErrors(source),
  ...source.routes.flatMap((route, index) => routeErrors(source, route, index)),
];
