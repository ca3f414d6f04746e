// The key of a named server or agent, from its JWK: what WebCrypto imports, which algorithm it is
// for, and the RFC 7638 thumbprint by which a signature names it. A point that is not on its curve
// is no key.

import type { Bytes } from '../bytes.ts';
import { coordinate, uncompressedPoint } from './jwk.ts';
import { ed25519Thumbprint, thumbprint } from './thumbprint.ts';

export type AgentJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };

/** By the names of the registry of RFC 9421. */
export type SignatureAlgorithm = 'ed25519' | 'ecdsa-p256-sha256';

export type AgentKey = {
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  /** Ed25519: 32 bytes. P-256: the uncompressed point, 65 bytes. */
  readonly publicKey: Bytes;
};

/** The prime of P-256, and its `b`; `a` is -3 (FIPS 186-5). */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const numberOf = (bytes: Bytes): bigint =>
  bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);

function isOnP256(point: Bytes): boolean {
  const x = numberOf(point.subarray(1, 33));
  const y = numberOf(point.subarray(33));
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

/** Null if it is no key. */
export function readAgentKey(jwk: AgentJwk): AgentKey | null {
  if (jwk.kty === 'OKP') {
    const publicKey = coordinate(jwk.x);
    if (publicKey === null) return null;
    return { keyId: ed25519Thumbprint(jwk.x), algorithm: 'ed25519', publicKey };
  }
  const publicKey = uncompressedPoint(jwk.x, jwk.y);
  if (publicKey === null || !isOnP256(publicKey)) return null;
  const keyId = thumbprint(publicKey);
  return keyId === null ? null : { keyId, algorithm: 'ecdsa-p256-sha256', publicKey };
}
