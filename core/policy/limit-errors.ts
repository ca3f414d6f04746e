// What contradicts itself in the limits of a policy: entries that count nothing or two things,
// windows that a scope cannot have, routes that leave a caller without a budget. Everything is told
// at once, each with its path and a sentence.

import type { WindowKind } from '../ledger/window.ts';
import { chargedScopes, nanoUsdOf, UNIT_KEYS, unitKeysOf } from './limits.ts';
import type { PolicyError } from './policy.ts';
import type { LimitSource, LimitsSource, PolicySource, RouteSource } from './schema.ts';
import { type SCOPES, SHARED_SCOPES } from './scope.ts';

type SourceScope = (typeof SCOPES)[number];

type ListName = 'preview' | keyof LimitsSource | keyof NonNullable<RouteSource['limits']>;

/** The window of a run's own account. */
const RUN: WindowKind = 'run';

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
  if (window === RUN) {
    yield `"${window}" is not a window of budgets: the ceilings of one run stand in its route, as loop: { stepsMax, toolCallsMax, usd } or, of an origin, as run`;
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

function generalErrors({ limits, routes, proof, plans = [] }: PolicySource): PolicyError[] {
  const { model, ...lists } = limits;
  const errors: PolicyError[] = [];
  for (const [name, list] of Object.entries(lists)) {
    errors.push(...listErrors(`limits.${name}`, name as ListName, list));
  }
  for (const [index, { limits: own = {} }] of plans.entries()) {
    for (const [name, list] of Object.entries(own)) {
      const path = `plans[${String(index)}].limits.${name}`;
      errors.push(...listErrors(path, name as ListName, list));
    }
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

/** Shared like a route's: whoever publishes there writes the pages that spend it. */
const previewErrors = ({ previews = [] }: PolicySource): readonly PolicyError[] =>
  previews.flatMap(({ id, limits, suffix }, index) => {
    const at = `previews[${String(index)}]`;
    const errors = listErrors(`${at}.limits`, 'preview', limits);
    if (!limits.some(({ usd }) => usd)) {
      const sentence = 'no entry is of dollars: its pages could spend without end';
      errors.push({ path: `${at}.limits`, sentence });
    }
    previews.slice(0, index).forEach((other) => {
      if (other.id === id) {
        errors.push({ path: `${at}.id`, sentence: `another preview is called "${id}"` });
      }
      if (other.suffix.endsWith(suffix) || suffix.endsWith(other.suffix)) {
        const sentence = `its pages would be those of "${other.id}" as well`;
        errors.push({ path: `${at}.suffix`, sentence });
      }
    });
    return errors;
  });

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
  for (const [plan, { limits = {} }] of Object.entries(route.plans ?? {})) {
    for (const [name, list] of Object.entries(limits)) {
      errors.push(...listErrors(`${at}.plans.${plan}.limits.${name}`, name as ListName, list));
    }
  }
  return [...errors, ...graceErrors(route, `${at}.whenLedgerUnreachable`)];
}

export const limitErrors = (source: PolicySource): readonly PolicyError[] => [
  ...generalErrors(source),
  ...previewErrors(source),
  ...source.routes.flatMap((route, index) => routeErrors(source, route, index)),
];
