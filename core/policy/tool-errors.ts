// What contradicts itself in tools and system messages: schemas that say nothing, tools that nobody
// describes, rules for formats that have neither tools nor system messages.

import type { Dialect } from '../dialects/dialect.ts';
import { dialectById } from '../dialects/index.ts';
import { faultsOf } from '../json-schema/faults.ts';
import { onTerms } from './plans.ts';
import type { PolicyError } from './policy.ts';
import type { PolicySource, RouteSource } from './schema.ts';

type Rule = NonNullable<RouteSource['tools']>;

function* ownErrors({ tools = [] }: PolicySource): Generator<PolicyError> {
  for (const [index, { name, parameters }] of tools.entries()) {
    const path = `tools[${String(index)}]`;
    if (tools.findIndex((tool) => tool.name === name) !== index) {
      yield { path: `${path}.name`, sentence: `another tool is called "${name}"` };
    }
    yield* faultsOf(parameters, `${path}.parameters`);
  }
}

/** What of a rule says nothing, or something else than it seems to. */
function* ruleErrors(
  { callers, names, inputs = 'ignore' }: Rule,
  route: RouteSource,
  described: ReadonlySet<string>,
): Generator<readonly [field: string, sentence: string]> {
  const isChecked = inputs !== 'ignore';
  if ((callers === 'pinned' || callers === 'filter') && (names ?? []).length === 0) {
    yield ['names', `name the tools: "${callers}" says nothing without them`];
  }
  if (isChecked && described.size === 0) {
    yield ['inputs', 'describe the tools in the policy: there is nothing to check against'];
  }
  const ofProviders = callers === 'pinned' ? [] : (route.allow?.serverTools?.names ?? []);
  if (callers !== 'pinned' && !isChecked) return;
  for (const [index, name] of (names ?? []).entries()) {
    if (described.has(name) || ofProviders.includes(name)) continue;
    yield [`names[${String(index)}]`, `no tool of the policy is called "${name}"`];
  }
}

function* routeErrors(
  route: RouteSource,
  dialect: Dialect | null,
  described: ReadonlySet<string>,
): Generator<readonly [field: string, sentence: string]> {
  const { tools, system, toolsMax } = route;
  const says = `requests of "${route.dialect}" have none: leave it out`;
  if (dialect?.anatomy === undefined) {
    if (tools !== undefined) yield ['tools', says];
    if (system !== undefined) yield ['system', says];
    return;
  }
  if (tools === undefined) return;
  for (const [field, sentence] of ruleErrors(tools, route, described)) {
    yield [`tools.${field}`, sentence];
  }
  if (tools.callers !== 'pinned') return;
  if (dialect.family === 'ui') {
    yield ['tools.callers', 'the app defines its tools: nothing can be put in their place here'];
  } else if ((tools.names ?? []).length > toolsMax) {
    yield ['toolsMax', 'is less than the tools that are pinned: every request would be refused'];
  }
}

export function toolErrors(source: PolicySource): readonly PolicyError[] {
  const errors: PolicyError[] = [...ownErrors(source)];
  const described = new Set((source.tools ?? []).map(({ name }) => name));
  source.routes.forEach((route, index) => {
    const path = `routes[${String(index)}]`;
    const dialect = dialectById(route.dialect);
    const told = new Set<string>();
    for (const [field, sentence] of routeErrors(route, dialect, described)) {
      errors.push({ path: `${path}.${field}`, sentence });
      told.add(field);
    }
    for (const [plan, terms] of Object.entries(route.plans ?? {})) {
      for (const [field, sentence] of routeErrors(onTerms(route, terms), dialect, described)) {
        // What the route says itself was told above.
        if (told.has(field)) continue;
        errors.push({ path: `${path}.plans.${plan}.${field}`, sentence });
      }
    }
  });
  return errors;
}
