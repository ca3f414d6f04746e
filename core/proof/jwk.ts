// Members of a JWK (RFC 7517, RFC 7518 section 6): which of them are private, and the coordinates
// of a public key as bytes. Says nothing about whether a point is on its curve.

import { type Bytes, concatBytes, fromBase64Url } from '../bytes.ts';

/** Of a private key of any kind, or of a shared secret. */
export const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

const COORDINATE_BYTES = 32;
const UNCOMPRESSED = Uint8Array.of(4);

/** 32 bytes in their one spelling, or null: of P-256, or the whole of an Ed25519 key. */
export function coordinate(text: unknown): Bytes | null {
  const bytes = typeof text === 'string' ? fromBase64Url(text) : null;
  return bytes?.length === COORDINATE_BYTES ? bytes : null;
}

/** 0x04 ‖ x ‖ y, or null. */
export function uncompressedPoint(x: unknown, y: unknown): Bytes | null {
  const [left, right] = [coordinate(x), coordinate(y)];
  return left === null || right === null ? null : concatBytes([UNCOMPRESSED, left, right]);
}
