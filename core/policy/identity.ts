// Identities as the gateway uses them, and what contradicts itself in them: keys that no algorithm
// uses, keys that a token cannot name, users who would be under no budget in money.

import { chargedScopes } from './limits.ts';
import type { IdentitySource, JwtSource } from './identity-schema.ts';
import type { PolicyError } from './policy.ts';
import type { PolicySource } from './schema.ts';

export type TokenAlgorithm = JwtSource['algorithms'][number];

/** A public key and nothing beside it. */
export type TokenKey = Readonly<Record<string, string>>;

export type JwtIdentity = {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly keys: readonly TokenKey[];
  readonly userClaim: string;
  readonly requireDpop: boolean;
};

const ALGORITHM_OF = { EC: 'ES256', OKP: 'EdDSA', RSA: 'RS256' } as const;

function publicPart(key: JwtSource['jwks']['keys'][number]): TokenKey {
  const alg = ALGORITHM_OF[key.kty];
  const kid = key.kid === undefined ? {} : { kid: key.kid };
  switch (key.kty) {
    case 'EC':
      return { kty: key.kty, crv: key.crv, x: key.x, y: key.y, alg, ...kid };
    case 'OKP':
      return { kty: key.kty, crv: key.crv, x: key.x, alg, ...kid };
    case 'RSA':
      return { kty: key.kty, n: key.n, e: key.e, alg, ...kid };
  }
}

export function jwtIdentityOf(source: IdentitySource | undefined): JwtIdentity | null {
  if (source?.jwt === undefined) return null;
  const { jwks, userClaim = 'sub', requireDpop = true, ...rest } = source.jwt;
  return Object.freeze({ ...rest, keys: jwks.keys.map(publicPart), userClaim, requireDpop });
}

function keyErrors({ algorithms, jwks }: JwtSource): PolicyError[] {
  const errors: PolicyError[] = [];
  const say = (field: string, sentence: string): void => {
    errors.push({ path: `identities.jwt.${field}`, sentence });
  };
  const used = jwks.keys.map(({ kty }) => ALGORITHM_OF[kty]);
  algorithms.forEach((algorithm, index) => {
    const at = `algorithms[${String(index)}]`;
    if (algorithms.indexOf(algorithm) !== index) say(at, 'is named above');
    if (!used.includes(algorithm)) say(at, `no key of jwks is for "${algorithm}"`);
  });
  jwks.keys.forEach(({ kty, kid }, index) => {
    const at = `jwks.keys[${String(index)}]`;
    const algorithm = ALGORITHM_OF[kty];
    if (!algorithms.includes(algorithm)) {
      say(at, `is for "${algorithm}", which is not among the algorithms`);
    }
    if (jwks.keys.length === 1) return;
    if (kid === undefined) say(at, 'needs a kid: with several keys a token says which is meant');
    else if (jwks.keys.findIndex((other) => other.kid === kid) !== index) {
      say(at, `another key has the kid "${kid}"`);
    }
  });
  return errors;
}

/** On which routes a user would be under no budget in money. */
function budgetErrors({ limits, routes }: PolicySource): PolicyError[] {
  const errors: PolicyError[] = [];
  const general = (limits.user ?? []).some(({ usd }) => usd !== undefined);
  const bare = routes.filter(
    ({ limits: own }) => !general && !(own?.user ?? []).some(({ usd }) => usd !== undefined),
  );
  if (bare.length > 0) {
    const sentence =
      'identities name users, and nothing says what a user may spend: ' +
      'write a limit in dollars, such as [{ window: "day", usd: "0.40" }]';
    errors.push({ path: 'limits.user', sentence });
  }
  routes.forEach((route, index) => {
    if (chargedScopes(route).includes('user')) return;
    const sentence = 'keep "user": identities name users, and each is under a budget';
    errors.push({ path: `routes[${String(index)}].scopes`, sentence });
  });
  return errors;
}

export function identityErrors(source: PolicySource): PolicyError[] {
  const jwt = source.identities?.jwt;
  return jwt === undefined ? [] : [...keyErrors(jwt), ...budgetErrors(source)];
}
