// The part of the policy's schema that says whose word about users counts: an identity provider
// that signs tokens, by public keys or by where it publishes them, and the app itself, which knows
// its own session cookies.

import * as z from 'zod';
import { publicKey, TOKEN_KEYS_MAX } from './jwk-schema.ts';
import { plainPath, slug } from './schema-words.ts';

const TOKEN_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;
const PLAN_NAMES_MAX = 256;
const DAY_SECONDS = 86_400;

/** A host, a path, a query; nobody's password. Plain `http` only to this machine. */
const KEYS_URL = new RegExp(
  '^(?:https://[a-z0-9.-]+|http://(?:127\\.0\\.0\\.1|localhost|\\[::1\\]))' +
    "(?::\\d{1,5})?/[\\w~!$%&'()*+,;=:@/?.-]*$",
);

const claim = z.string().min(1).max(128);

/** From the app's word for a plan to ours. */
const planTerms = {
  /** Its names for them; ours unless they are written here. */
  plans: z
    .record(z.string().min(1).max(128), slug)
    .refine((names) => Object.keys(names).length <= PLAN_NAMES_MAX, 'name 256 plans at most')
    .optional(),
  /** For users whose plan is not named, or by a name that is not known. */
  defaultPlan: slug.optional(),
};

const jwks = z.strictObject({
  keys: z.array(publicKey).min(1).max(TOKEN_KEYS_MAX).optional(),
  url: z
    .string()
    .max(512)
    .regex(KEYS_URL, 'write where its keys are published: https://host/path')
    .optional(),
  cacheSeconds: z.int().min(1).max(DAY_SECONDS).optional(),
  /** For how long the keys last heard are good while the provider cannot be reached. */
  staleSecondsMax: z
    .int()
    .min(1)
    .max(7 * DAY_SECONDS)
    .optional(),
});

const jwt = z.strictObject({
  /** `iss` of its tokens, character by character. */
  issuer: z.string().min(1).max(512),
  /** What `aud` has to name. */
  audience: z.string().min(1).max(512),
  algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).max(TOKEN_ALGORITHMS.length),
  jwks,
  /** Which claim names the user; `sub` unless said. */
  userClaim: claim.optional(),
  /** Which claim names the user's plan; none unless said. */
  planClaim: claim.optional(),
  /** Which claim says that the account is verified; `email_verified` unless said. */
  verifiedClaim: claim.optional(),
  ...planTerms,
  /** Refuse a token that is bound to no key (`cnf.jkt`, RFC 9449); so it is unless set false. */
  requireDpop: z.boolean().optional(),
});

const session = z.strictObject({
  /** The name of the app's session cookie (RFC 6265). */
  cookie: z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'write the name of a cookie'),
  /** Who knows whose session it is: an origin, and its path that answers the question. */
  origin: slug,
  path: plainPath,
  /** For how long an answer is believed, and so how long a logout takes at the most. */
  cacheSeconds: z.int().min(1).max(60).optional(),
  /** Questions about cookies nobody has heard of, of one address. */
  asks: z
    .strictObject({ atOnce: z.int().min(1).max(10_000), perSecond: z.int().min(1).max(1_000) })
    .optional(),
  ...planTerms,
});

export const identitySchema = z.strictObject({
  /** Tokens that an identity provider signs (RFC 7519). */
  jwt: jwt.optional(),
  /** Sessions that the app keeps. */
  session: session.optional(),
});

export type IdentitySource = z.input<typeof identitySchema>;
export type JwtSource = z.input<typeof jwt>;
export type SessionSource = z.input<typeof session>;
