// What is wrong with the alerts of a policy: two for one counter, percentages that do not rise, and
// a limit that is not there or that no route is charged in, of which nobody would ever hear.

import type { AlertSource } from './alert-schema.ts';
import { chargedScopes } from './limits.ts';
import type { PolicyError } from './policy.ts';
import type { LimitSource, PolicySource } from './schema.ts';
import { isPurse, type PurseScope, type Scope, scopeOf } from './scope.ts';

type Lists = Readonly<Partial<Record<string, readonly LimitSource[]>>>;

/** A purse's lists, wherever the policy has some for this scope. */
function ofPurse({ limits, plans = [], routes }: PolicySource, scope: PurseScope): LimitSource[] {
  const { model: _named, ...general } = limits;
  const terms = routes.flatMap((route) => [route, ...Object.values(route.plans ?? {})]);
  const all: Lists[] = [general, ...[...plans, ...terms].map((one): Lists => one.limits ?? {})];
  const names: readonly string[] =
    scope === 'ip' || scope === 'ipWide' ? [scope, `${scope}WithKey`] : [scope];
  // Without a list of their own agents have that of the keys.
  return all.flatMap((lists) =>
    [...names, ...(scope === 'agent' && lists['agent'] === undefined ? ['key'] : [])].flatMap(
      (name) => lists[name] ?? [],
    ),
  );
}

/** The entries of the policy that this principal's counters are of. */
function entriesOf(source: PolicySource, scope: Scope, principal: string): readonly LimitSource[] {
  const name = principal.slice(principal.indexOf(':') + 1);
  const { limits, previews = [], routes } = source;
  if (isPurse(scope)) return ofPurse(source, scope);
  if (scope === 'global') return limits.global ?? [];
  if (scope === 'model') return limits.model?.[name] ?? [];
  if (scope === 'preview') return previews.find(({ id }) => id === name)?.limits ?? [];
  return routes.find(({ id }) => id === name)?.limits?.route ?? [];
}

function isHeard(source: PolicySource, { principal, window, unit }: AlertSource): boolean {
  const scope = principal.includes(':') ? scopeOf(principal) : (principal as Scope);
  const isCharged =
    scope === 'preview' ||
    source.routes.some((route) => chargedScopes(route).some((one) => one === scope));
  return (
    isCharged &&
    entriesOf(source, scope, principal).some(
      (entry) => entry.window === window && entry[unit] !== undefined,
    )
  );
}

function* sentences(source: PolicySource): Generator<readonly [path: string, sentence: string]> {
  const { alerts = [] } = source;
  for (const [index, one] of alerts.entries()) {
    const at = `alerts[${String(index)}]`;
    const { id, principal, window, unit, percents } = one;
    const above = alerts.slice(0, index);
    if (above.some((other) => other.id === id)) {
      yield [`${at}.id`, `another alert is called "${id}"`];
    }
    const same = above.find(
      (other) => other.principal === principal && other.window === window && other.unit === unit,
    );
    if (same !== undefined) yield [at, `"${same.id}" is about this counter: add percents there`];
    if (percents.some((percent, place) => percent <= (percents[place - 1] ?? 0))) {
      yield [`${at}.percents`, 'write them rising, each once'];
    }
    if (!isHeard(source, one)) {
      yield [at, `nothing limits ${unit} of "${principal}" in "${window}": it would never sound`];
    }
  }
}

export const alertErrors = (source: PolicySource): readonly PolicyError[] =>
  [...sentences(source)].map(([path, sentence]) => ({ path, sentence }));
