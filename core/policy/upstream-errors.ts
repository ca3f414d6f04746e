// What contradicts itself in where a route goes and what it costs there: servers that do not exist,
// models without a price, bytes without one, a run without ceilings.

import { dialectById } from '../dialects/index.ts';
import { nanoUsdOf } from './limits.ts';
import { onTerms } from './plans.ts';
import type { PolicyError } from './policy.ts';
import { modelPrice, providersOf } from './resolve-route.ts';
import { reportKinds } from './run.ts';
import type { PolicySource, RouteSource } from './schema.ts';

function* sentences(source: PolicySource, route: RouteSource): Generator<[string, string]> {
  const providers = providersOf(source);
  const family = dialectById(route.dialect)?.family;
  if ((route.provider === undefined) === (route.origin === undefined)) {
    yield ['provider', 'name either a provider or an origin'];
  }
  const provider = providers.find(({ id }) => id === route.provider);
  if (route.provider !== undefined && provider === undefined) {
    yield ['provider', `there is no provider "${route.provider}"`];
  }
  if (route.origin !== undefined && !source.origins?.some(({ id }) => id === route.origin)) {
    yield ['origin', `there is no origin "${route.origin}"`];
  }
  if (family === 'ui' && route.origin === undefined) {
    yield ['origin', 'this dialect is an app of its own: name the origin that serves it'];
  }
  const isPriced = family !== 'plain' || route.plain !== undefined || route.run !== undefined;
  if (!isPriced) yield ['plain', 'say what a request and its bytes cost, or what a run may'];
  if (route.plain !== undefined && family !== 'plain') {
    yield ['plain', 'prices of bytes are for the dialect "plain"'];
  }
  if (route.origin !== undefined && route.run === undefined && route.plain === undefined) {
    yield ['run', 'say what one call may spend: { usd: "0.25", stepsMax: 8, … }'];
  }
  const { usd = '0', usdMin = '0' } = route.run ?? {};
  if (nanoUsdOf(usdMin) > nanoUsdOf(usd)) yield ['run.usdMin', 'is more than usd'];
  if (route.conversation !== undefined && dialectById(route.dialect)?.conversation === undefined) {
    yield ['conversation', `answers of "${route.dialect}" cannot be gone on from`];
  }
  if (route.loop !== undefined && dialectById(route.dialect)?.loop === undefined) {
    yield ['loop', `no loop of tool calls can be recognised in "${route.dialect}"`];
  }
  if (route.loop !== undefined && route.origin !== undefined) {
    yield ['loop', 'calls of an origin belong to its run: write run: { usd, stepsMax, … }'];
  }
  if (route.run !== undefined && route.origin === undefined) {
    yield ['run', 'only an origin makes calls of its own'];
  }
  if (provider !== undefined && family !== 'plain' && route.models.length === 0) {
    yield ['models', 'name at least one model'];
  }
  const kinds = provider === undefined ? reportKinds(route.run, providers) : [provider.kind];
  for (const name of route.run?.providers ?? []) {
    if (!providers.some(({ id }) => id === name)) {
      yield ['run.providers', `there is no provider "${name}"`];
    }
  }
  for (const [at, model] of route.models.entries()) {
    if (kinds.some((kind) => modelPrice(source, kind, model) !== null)) continue;
    yield [`models[${String(at)}]`, `"${model}" has no price in the catalogue`];
  }
}

/** Of a route on its own terms, and what is wrong on a plan's alone. */
function* onAllTerms(source: PolicySource, route: RouteSource): Generator<[string, string]> {
  const own = [...sentences(source, route)];
  yield* own;
  for (const [plan, terms] of Object.entries(route.plans ?? {})) {
    for (const [field, sentence] of sentences(source, onTerms(route, terms))) {
      if (own.some(([path, said]) => path === field && said === sentence)) continue;
      yield [`plans.${plan}.${field}`, sentence];
    }
  }
}

export const upstreamErrors = (source: PolicySource): PolicyError[] =>
  source.routes.flatMap((route, index) =>
    [...onAllTerms(source, route)].map(([field, sentence]) => ({
      path: `routes[${String(index)}].${field}`,
      sentence,
    })),
  );
