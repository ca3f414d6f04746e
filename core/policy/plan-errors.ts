// What contradicts itself in who may ask for what: plans that do not exist, models that nobody may
// ask for, ladders that do not go down, callers who could spend without end.

import { modelPrice, providersOf } from './resolve-route.ts';
import { onTerms } from './plans.ts';
import type { PolicyError } from './policy.ts';
import type { LimitSource, PolicySource, RouteSource } from './schema.ts';

type Said = readonly [path: string, sentence: string];

function* planSentences({ plans = [] }: PolicySource): Generator<Said> {
  const classes = new Map<string, string>();
  for (const [index, { id, callers = [] }] of plans.entries()) {
    const at = `plans[${String(index)}]`;
    if (plans.findIndex((other) => other.id === id) !== index) {
      yield [`${at}.id`, `another plan is called "${id}"`];
    }
    for (const [place, caller] of callers.entries()) {
      const other = classes.get(caller);
      const path = `${at}.callers[${String(place)}]`;
      if (other !== undefined) yield [path, `callers of this kind are on the plan "${other}"`];
      classes.set(caller, id);
    }
  }
}

/** The dearest that a million tokens in and a million out come to. */
function dearness(source: PolicySource, route: RouteSource, model: string): number | null {
  const kind = providersOf(source).find(({ id }) => id === route.provider)?.kind;
  const price = kind === undefined ? null : modelPrice(source, kind, model);
  return price === null ? null : (price.rates.input ?? 0) + (price.rates.output ?? 0);
}

function* modelSentences(source: PolicySource, route: RouteSource): Generator<Said> {
  const { models, defaultModel, modelRequires = [], downgrade } = route;
  const lacks = (model: string): boolean => !models.includes(model);
  const NOT_ONE = 'is not among the models';
  if (defaultModel !== undefined && lacks(defaultModel)) yield ['defaultModel', NOT_ONE];
  for (const [index, { models: named }] of modelRequires.entries()) {
    const path = `modelRequires[${String(index)}].models`;
    for (const model of named) if (lacks(model)) yield [path, `"${model}" ${NOT_ONE}`];
  }
  if (downgrade === undefined) return;
  const { ladder } = downgrade;
  if (ladder.every(lacks)) yield ['downgrade.ladder', 'none of these is among the models'];
  for (const [index, model] of ladder.entries()) {
    const path = `downgrade.ladder[${String(index)}]`;
    if (ladder.indexOf(model) !== index) yield [path, 'is named above'];
    const mine = dearness(source, route, model);
    if (mine === null) yield [path, `"${model}" has no price in the catalogue`];
    const above = ladder[index - 1];
    const before = above === undefined ? null : dearness(source, route, above);
    if (mine !== null && before !== null && mine > before) {
      yield [path, `is dearer than "${String(above)}": a ladder goes down`];
    }
  }
}

function* routeSentences(source: PolicySource, route: RouteSource): Generator<Said> {
  const own = [...modelSentences(source, route)];
  yield* own;
  const plans = Object.entries(route.plans ?? {});
  if (route.plans !== undefined && plans.length === 0) {
    yield ['plans', 'nobody could call this route: name a plan, or leave plans away'];
  }
  for (const [id, terms] of plans) {
    if (!(source.plans ?? []).some((plan) => plan.id === id)) {
      yield [`plans.${id}`, `there is no plan "${id}"`];
    }
    for (const [field, sentence] of modelSentences(source, onTerms(route, terms))) {
      // What the route says itself is told there.
      if (own.some(([path, said]) => path === field && said === sentence)) continue;
      yield [`plans.${id}.${field}`, sentence];
    }
  }
  const asksForPaid = route.requires?.paid ?? false;
  if (asksForPaid && !(source.plans ?? []).some(({ isPaid }) => isPaid)) {
    if (route.requires?.verified !== true) yield ['requires.paid', 'no plan is paid for'];
  }
}

/** Lists of which each caller meets one; without dollars in it nothing bounds what it spends. */
const BUDGETED = ['key', 'device', 'ip', 'ipWithKey'] as const;

const isBudget = (list: readonly LimitSource[] = []): boolean =>
  list.some(({ usd }) => usd !== undefined);

function* budgetSentences({ limits, mode, routes, plans = [] }: PolicySource): Generator<Said> {
  if (routes.every((route) => (route.mode ?? mode) === 'observe')) return;
  for (const scope of BUDGETED) {
    if (isBudget(limits[scope])) continue;
    yield [`limits.${scope}`, 'no entry is of dollars, and the policy enforces: write a budget'];
  }
  for (const [index, { limits: own = {} }] of plans.entries()) {
    for (const [scope, list] of Object.entries(own)) {
      if (isBudget(list)) continue;
      const path = `plans[${String(index)}].limits.${scope}`;
      yield [path, `stands for limits.${scope}: write a budget in dollars too`];
    }
  }
}

export const planErrors = (source: PolicySource): readonly PolicyError[] =>
  [
    ...planSentences(source),
    ...budgetSentences(source),
    ...source.routes.flatMap((route, index) =>
      [...routeSentences(source, route)].map(([field, sentence]): Said => [
        `routes[${String(index)}].${field}`,
        sentence,
      ]),
    ),
  ].map(([path, sentence]) => ({ path, sentence }));
