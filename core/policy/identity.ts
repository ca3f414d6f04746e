// Identities as the gateway uses them: whose keys sign tokens, who answers for sessions, and how
// what they say of a user becomes a name, a plan and whether the account is verified.

import type { IdentitySource, JwtSource, SessionSource } from './identity-schema.ts';
import { publicPart, type TokenKey } from './jwk-schema.ts';
import type { AskLimit, Origin } from './policy.ts';
import type { PolicySource } from './schema.ts';

export type TokenAlgorithm = JwtSource['algorithms'][number];

export type PlanTerms = {
  /** From the app's word for a plan to ours. */
  readonly planOf: ReadonlyMap<string, string>;
  readonly defaultPlan: string | null;
};

/** Where a provider publishes its keys. */
export type KeysUrl = {
  readonly url: string;
  readonly cacheMs: number;
  readonly staleMsMax: number;
};

export type JwtIdentity = PlanTerms & {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly TokenAlgorithm[];
  /** Those of the policy, or where they are. */
  readonly keys: readonly TokenKey[] | KeysUrl;
  readonly userClaim: string;
  readonly planClaim: string | null;
  readonly verifiedClaim: string;
  readonly requireDpop: boolean;
};

export type SessionIdentity = PlanTerms & {
  readonly cookie: string;
  readonly origin: Origin;
  readonly path: string;
  readonly cacheMs: number;
  readonly asks: AskLimit;
};

const CACHE_SECONDS = 300;
const STALE_SECONDS_MAX = 3_600;
const SESSION_CACHE_SECONDS = 10;
/** A page opens with a handful of calls; nobody honest has a hundred unknown sessions. */
const SESSION_ASKS = { atOnce: 100, perSecond: 5 };

/** The plan that the app's word names, if it names one. */
export const planNamed = (word: unknown, { planOf, defaultPlan }: PlanTerms): string | null =>
  (typeof word === 'string' ? planOf.get(word) : undefined) ?? defaultPlan;

type Plans = { readonly plans?: readonly { readonly id: string }[] | undefined };

function planTermsOf(
  { plans: names, defaultPlan }: Pick<SessionSource, 'plans' | 'defaultPlan'>,
  { plans = [] }: Plans,
): PlanTerms {
  const own = plans.map(({ id }) => [id, id] as const);
  return {
    planOf: new Map(names === undefined ? own : Object.entries(names)),
    defaultPlan: defaultPlan ?? null,
  };
}

function keysOf({ keys, url, cacheSeconds, staleSecondsMax }: JwtSource['jwks']) {
  if (url === undefined) return (keys ?? []).map(publicPart);
  const cacheMs = (cacheSeconds ?? CACHE_SECONDS) * 1_000;
  const staleMsMax = (staleSecondsMax ?? STALE_SECONDS_MAX) * 1_000;
  return { url, cacheMs, staleMsMax: Math.max(cacheMs, staleMsMax) };
}

type Source = Plans & { readonly identities?: IdentitySource | undefined };

export function jwtIdentityOf(source: Source): JwtIdentity | null {
  const jwt = source.identities?.jwt;
  if (jwt === undefined) return null;
  const { issuer, audience, algorithms, jwks } = jwt;
  return Object.freeze({
    issuer,
    audience,
    algorithms,
    ...planTermsOf(jwt, source),
    keys: keysOf(jwks),
    userClaim: jwt.userClaim ?? 'sub',
    planClaim: jwt.planClaim ?? null,
    verifiedClaim: jwt.verifiedClaim ?? 'email_verified',
    requireDpop: jwt.requireDpop ?? true,
  });
}

export function sessionIdentityOf(source: PolicySource): SessionIdentity | null {
  const session = source.identities?.session;
  const origin = source.origins?.find(({ id }) => id === session?.origin);
  if (session === undefined || origin === undefined) return null;
  const { cookie, path, cacheSeconds = SESSION_CACHE_SECONDS, asks = SESSION_ASKS } = session;
  const cacheMs = cacheSeconds * 1_000;
  return Object.freeze({ cookie, path, origin, cacheMs, asks, ...planTermsOf(session, source) });
}
