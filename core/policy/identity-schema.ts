// The part of the policy's schema that says whose word about users counts. It takes public keys
// only: a private member or a shared secret in it is refused with a sentence.

import * as z from 'zod';
import { fromBase64Url } from '../bytes.ts';
import { PRIVATE_MEMBERS } from '../proof/jwk.ts';

/** Two or three while an identity provider rotates them. */
const TOKEN_KEYS_MAX = 16;
const TOKEN_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;

const PRIVATE = 'is part of a private key: only public keys belong into a policy';
const privatePart = z.never({ error: PRIVATE }).optional();
const privateParts = Object.fromEntries(
  PRIVATE_MEMBERS.map((member) => [member, privatePart]),
) as Record<(typeof PRIVATE_MEMBERS)[number], typeof privatePart>;

const common = {
  /** How a token names the key it was signed with. */
  kid: z.string().min(1).max(256).optional(),
  use: z.literal('sig').optional(),
  key_ops: z.tuple([z.literal('verify')]).optional(),
  ...privateParts,
};

const bytesBetween = (least: number, most: number, message: string) =>
  z
    .string()
    .max(1_024)
    .refine((text) => {
      const length = fromBase64Url(text)?.length ?? 0;
      return length >= least && length <= most;
    }, message);

const coordinate = bytesBetween(32, 32, 'a coordinate is 32 bytes in base64url');
const modulus = bytesBetween(256, 512, 'an RSA key has 2048 to 4096 bits; write n in base64url');
const exponent = bytesBetween(1, 4, 'write e in base64url, such as "AQAB"');

const publicKey = z.discriminatedUnion(
  'kty',
  [
    z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: coordinate,
      y: coordinate,
      alg: z.literal('ES256').optional(),
      ...common,
    }),
    z.strictObject({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: coordinate,
      alg: z.literal('EdDSA').optional(),
      ...common,
    }),
    z.strictObject({
      kty: z.literal('RSA'),
      n: modulus,
      e: exponent,
      alg: z.literal('RS256').optional(),
      ...common,
    }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union'
        ? 'write a public key with kty "EC", "OKP" or "RSA": a shared secret is no proof of anything'
        : undefined,
  },
);

const jwt = z.strictObject({
  /** `iss` of its tokens, character by character. */
  issuer: z.string().min(1).max(512),
  /** What `aud` has to name. */
  audience: z.string().min(1).max(512),
  algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).max(TOKEN_ALGORITHMS.length),
  jwks: z.strictObject({ keys: z.array(publicKey).min(1).max(TOKEN_KEYS_MAX) }),
  /** Which claim names the user; `sub` unless said. */
  userClaim: z.string().min(1).max(128).optional(),
  /** Refuse a token that is bound to no key (`cnf.jkt`, RFC 9449); so it is unless set false. */
  requireDpop: z.boolean().optional(),
});

export const identitySchema = z.strictObject({
  /** Tokens that an identity provider signs (RFC 7519). */
  jwt: jwt.optional(),
});

export type IdentitySource = z.input<typeof identitySchema>;
export type JwtSource = z.input<typeof jwt>;
