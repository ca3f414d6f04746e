// A DPoP proof (RFC 9449): a token of its own, signed by the key it carries, for one request. What
// it has to say is judged here and its signature elsewhere. Its nonce is that of the challenge, and
// a challenge is spent once: that makes the proof single-use, so no `jti` is ever stored. It covers
// no body; `worker/verifiers/device.ts` sees to that.

import { type Bytes, toBase64Url } from '../bytes.ts';
import { type CompactJws, isObject, readCompactJws } from '../compact-jws.ts';
import { normalHttpUri } from './http-uri.ts';
import { PRIVATE_MEMBERS, uncompressedPoint } from './jwk.ts';

const DPOP_BYTES_MAX = 2_048;
/**
 * How far a caller's clock may be off. Freshness is the challenge's, by our clock alone; this only
 * refuses what was signed for another day.
 */
const DPOP_SKEW_SECONDS = 60;
const JTI_CHARS_MAX = 256;

export type DpopProof = {
  /** The key it carries, as an uncompressed point. */
  readonly point: Bytes;
  readonly claims: CompactJws['claims'];
};

function pointOf(jwk: unknown): Bytes | null {
  if (!isObject(jwk) || jwk['kty'] !== 'EC' || jwk['crv'] !== 'P-256') return null;
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) return null;
  return uncompressedPoint(jwk['x'], jwk['y']);
}

/** Null unless it is one proof (two headers read as one with a comma) of the one kind we take. */
export function readDpopProof(text: string): DpopProof | null {
  const jws = readCompactJws(text, DPOP_BYTES_MAX);
  if (jws === null) return null;
  const { header, claims } = jws;
  if (header['typ'] !== 'dpop+jwt' || header['alg'] !== 'ES256') return null;
  const point = pointOf(header['jwk']);
  return point === null ? null : { point, claims };
}

export type DpopContext = {
  readonly method: string;
  /** As the caller wrote it to us. */
  readonly url: string;
  readonly nowSeconds: number;
  /** Of the challenge. */
  readonly nonce: Bytes;
  /** SHA-256 of the access token that is shown, or null if none is. */
  readonly tokenHash: Bytes | null;
};

/** Is this proof for this request? RFC 9449, 4.3, but for the signature and the key. */
export function isForRequest({ claims }: DpopProof, context: DpopContext): boolean {
  const { jti, htm, htu, iat, ath, nonce } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > JTI_CHARS_MAX) return false;
  if (htm !== context.method) return false;
  const uri = typeof htu === 'string' ? normalHttpUri(htu) : null;
  if (uri === null || uri !== normalHttpUri(context.url)) return false;
  if (typeof iat !== 'number' || Math.abs(iat - context.nowSeconds) > DPOP_SKEW_SECONDS) {
    return false;
  }
  if (nonce !== toBase64Url(context.nonce)) return false;
  return ath === (context.tokenHash === null ? undefined : toBase64Url(context.tokenHash));
}
