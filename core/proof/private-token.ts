// Private Access Tokens: the challenge an issuer answers (RFC 9577 section 2.1), the token that
// comes back (RFC 9578 section 8.2), and the two headers they travel in. Token type 2 and nothing
// else: blind RSA, which whoever has the issuer's public key can check.

import { type Bytes, concatBytes, equalBytes, fromBase64Url, toBase64Url, utf8 } from '../bytes.ts';
import { sha256 } from './sha256.ts';

const TOKEN_TYPE = 2;
const HASH_BYTES = 32;
const AUTHENTICATOR_BYTES = 256;
const SIGNED_BYTES = 2 + 3 * HASH_BYTES;
export const TOKEN_BYTES = SIGNED_BYTES + AUTHENTICATOR_BYTES;

/** Domain separation: the challenge is hashed for other purposes too. */
const CONTEXT_PREFIX = utf8('pat\0');

export type TokenTerms = {
  readonly issuer: string;
  /** Whose tokens count here. */
  readonly origin: string;
};

const u16 = (number: number): Bytes => Uint8Array.of(number >> 8, number & 255);

function lengthAndText(text: string): Bytes {
  const bytes = utf8(text);
  return concatBytes([u16(bytes.length), bytes]);
}

/** A TokenChallenge for one challenge of ours: its token is good for nothing else. */
export function tokenChallengeFor(challengeWire: string, { issuer, origin }: TokenTerms): Bytes {
  const context = sha256(concatBytes([CONTEXT_PREFIX, utf8(challengeWire)]));
  return concatBytes([
    u16(TOKEN_TYPE),
    lengthAndText(issuer),
    Uint8Array.of(context.length),
    context,
    lengthAndText(origin),
  ]);
}

export type PrivateToken = {
  readonly challengeDigest: Bytes;
  /** SHA-256 of the issuer's key as it publishes it. */
  readonly keyId: Bytes;
  /** What the issuer signed without seeing it. */
  readonly signed: Bytes;
  readonly authenticator: Bytes;
};

/** Null for another length or another type. */
export function parseToken(bytes: Bytes): PrivateToken | null {
  if (bytes.length !== TOKEN_BYTES || !equalBytes(bytes.slice(0, 2), u16(TOKEN_TYPE))) return null;
  const digestAt = 2 + HASH_BYTES;
  return {
    challengeDigest: bytes.slice(digestAt, digestAt + HASH_BYTES),
    keyId: bytes.slice(digestAt + HASH_BYTES, SIGNED_BYTES),
    signed: bytes.slice(0, SIGNED_BYTES),
    authenticator: bytes.slice(SIGNED_BYTES),
  };
}

/** RFC 9577: base64url with its padding, because the lengths are not fixed. */
export const paddedBase64Url = (bytes: Uint8Array): string => {
  const text = toBase64Url(bytes);
  return text + '='.repeat((4 - (text.length % 4)) % 4);
};

export const PRIVATE_TOKEN_SCHEME = /^PrivateToken(?: |$)/i;
const AUTHORIZATION =
  /^PrivateToken +token[ \t]*=[ \t]*(?:"([A-Za-z0-9_-]+)={0,2}"|([A-Za-z0-9_-]+)={0,2})$/i;

/** The token of an `Authorization` header, padded or not, quoted or not; null if it is none. */
export function readAuthorization(header: string): Bytes | null {
  const [, quoted, bare] = AUTHORIZATION.exec(header) ?? [];
  const text = quoted ?? bare;
  return text === undefined ? null : fromBase64Url(text);
}

export type TokenOffer = { readonly challenge: string; readonly tokenKey: string };

/** For `WWW-Authenticate`. */
export const formatTokenOffer = ({ challenge, tokenKey }: TokenOffer): string =>
  `PrivateToken challenge="${challenge}", token-key="${tokenKey}"`;
