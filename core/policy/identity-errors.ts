// What contradicts itself in identities: keys that no algorithm uses or a token cannot name, keys
// in two places, plans that do not exist, users who would be under no budget in money.

import { chargedScopes } from './limits.ts';
import type { IdentitySource, JwtSource } from './identity-schema.ts';
import { ALGORITHM_OF } from './jwk-schema.ts';
import type { PolicyError } from './policy.ts';
import type { PolicySource } from './schema.ts';

type Told = readonly [field: string, sentence: string];

function* keyErrors(algorithms: JwtSource['algorithms'], keys: JwtSource['jwks']['keys'] = []) {
  for (const [index, algorithm] of algorithms.entries()) {
    const isUsed = keys.some(({ kty }) => ALGORITHM_OF[kty] === algorithm);
    if (!isUsed) yield [`algorithms[${String(index)}]`, `no key of jwks is for "${algorithm}"`];
  }
  for (const [index, { kty, kid }] of keys.entries()) {
    const at = `jwks.keys[${String(index)}]`;
    const algorithm = ALGORITHM_OF[kty];
    if (!algorithms.includes(algorithm)) {
      yield [at, `is for "${algorithm}", which is not among the algorithms`];
    }
    if (keys.length === 1) return;
    if (kid === undefined) {
      yield [at, 'needs a kid: with several keys a token says which is meant'];
    } else if (keys.findIndex((other) => other.kid === kid) !== index) {
      yield [at, `another key has the kid "${kid}"`];
    }
  }
}

function* jwtErrors({ algorithms, jwks, plans, planClaim }: JwtSource): Generator<Told> {
  for (const [index, algorithm] of algorithms.entries()) {
    if (algorithms.indexOf(algorithm) !== index) {
      yield [`algorithms[${String(index)}]`, 'is named above'];
    }
  }
  const { keys, url, cacheSeconds, staleSecondsMax } = jwks;
  if ((keys === undefined) === (url === undefined)) {
    yield ['jwks', 'write either keys or the url where they are published'];
  }
  if (keys !== undefined) yield* keyErrors(algorithms, keys) as Generator<Told>;
  const isTimed = cacheSeconds !== undefined || staleSecondsMax !== undefined;
  if (url === undefined && isTimed) yield ['jwks', 'only keys by url are cached'];
  if (staleSecondsMax !== undefined && staleSecondsMax < (cacheSeconds ?? 0)) {
    yield ['jwks.staleSecondsMax', 'is less than cacheSeconds'];
  }
  if (plans !== undefined && planClaim === undefined) {
    yield ['plans', 'say which claim names them: planClaim'];
  }
}

function* planErrors(
  { plans = {}, defaultPlan }: Pick<JwtSource, 'plans' | 'defaultPlan'>,
  source: PolicySource,
): Generator<Told> {
  const lacks = (plan: string): boolean => source.plans?.some(({ id }) => id === plan) !== true;
  for (const [name, plan] of Object.entries(plans)) {
    if (lacks(plan)) yield [`plans.${name}`, `there is no plan "${plan}"`];
  }
  if (defaultPlan !== undefined && lacks(defaultPlan)) {
    yield ['defaultPlan', `there is no plan "${defaultPlan}"`];
  }
}

function* memberErrors({ jwt, session }: IdentitySource, source: PolicySource): Generator<Told> {
  const under = (member: string, errors: Iterable<Told>): Told[] =>
    [...errors].map(([field, sentence]) => [`identities.${member}.${field}`, sentence]);
  if (jwt !== undefined) {
    yield* under('jwt', jwtErrors(jwt));
    yield* under('jwt', planErrors(jwt, source));
  }
  if (session === undefined) return;
  if (source.origins?.some(({ id }) => id === session.origin) !== true) {
    yield ['identities.session.origin', `there is no origin "${session.origin}"`];
  }
  yield* under('session', planErrors(session, source));
}

/** On which routes a user would be under no budget in money. */
function* budgetErrors({ limits, routes }: PolicySource): Generator<Told> {
  const general = (limits.user ?? []).some(({ usd }) => usd !== undefined);
  const bare = routes.filter(
    ({ limits: own }) => !general && !(own?.user ?? []).some(({ usd }) => usd !== undefined),
  );
  if (bare.length > 0) {
    const sentence =
      'identities name users, and nothing says what a user may spend: ' +
      'write a limit in dollars, such as [{ window: "day", usd: "0.40" }]';
    yield ['limits.user', sentence];
  }
  for (const [index, route] of routes.entries()) {
    if (chargedScopes(route).includes('user')) continue;
    const sentence = 'keep "user": identities name users, and each is under a budget';
    yield [`routes[${String(index)}].scopes`, sentence];
  }
}

export function identityErrors(source: PolicySource): PolicyError[] {
  const { identities } = source;
  if (identities?.jwt === undefined && identities?.session === undefined) return [];
  return [...memberErrors(identities, source), ...budgetErrors(source)].map(([path, sentence]) => ({
    path,
    sentence,
  }));
}
