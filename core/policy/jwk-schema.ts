// A public key that signs users' tokens, as a JWK (RFC 7517), and a list of them as a provider
// publishes it. A private member or a shared secret is refused; what a key says beside its own
// members is left out.

import * as z from 'zod';
import { fromBase64Url } from '../bytes.ts';
import { PRIVATE_MEMBERS } from '../proof/jwk.ts';
import { err, ok, type Result } from '../result.ts';

/** Two or three while an identity provider rotates them. */
export const TOKEN_KEYS_MAX = 16;
/** Of a published list, those of other algorithms and uses included. */
const LISTED_KEYS_MAX = 64;

/** A public key and nothing beside it. */
export type TokenKey = Readonly<Record<string, string>>;

export const ALGORITHM_OF = { EC: 'ES256', OKP: 'EdDSA', RSA: 'RS256' } as const;

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

export const publicKey = z.discriminatedUnion(
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

/** The key alone, under the one algorithm that it is for. */
export function publicPart(key: z.output<typeof publicKey>): TokenKey {
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

const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'kid', 'use', 'key_ops'] as const;

const published = z.object({
  keys: z.array(z.record(z.string(), z.unknown())).max(LISTED_KEYS_MAX),
});

export type KeyList = {
  readonly keys: readonly TokenKey[];
  /** Whoever published it gave a private key away: nothing known from before is kept. */
  readonly isLeaked: boolean;
};

/**
 * The keys of a published list that we can use, or in a word what is wrong with it. Certificates
 * and the like beside a key (`x5c`) are passed over, and so are keys of other kinds.
 */
export function readKeyList(json: unknown, algorithms: readonly string[]): Result<KeyList, string> {
  const list = published.safeParse(json);
  if (!list.success) return err('not-a-key-list');
  const isPrivate = (key: object): boolean => PRIVATE_MEMBERS.some((member) => member in key);
  const isLeaked = list.data.keys.some(isPrivate);
  const keys = list.data.keys.flatMap((listed) => {
    if (isPrivate(listed)) return [];
    const members = MEMBERS.filter((name) => Object.hasOwn(listed, name));
    const key = publicKey.safeParse(
      Object.fromEntries(members.map((name) => [name, listed[name]])),
    );
    return key.success && algorithms.includes(ALGORITHM_OF[key.data.kty])
      ? [publicPart(key.data)]
      : [];
  });
  if (keys.length > TOKEN_KEYS_MAX) return err('too-many-keys');
  return keys.length === 0 && !isLeaked ? err('no-usable-key') : ok({ keys, isLeaked });
}
