// RFC 7638 thumbprints of public keys. That of a device's key, a P-256 point, is the device's name:
// free to make, impossible to borrow, because every proof is signed with the private half.

import { toBase64Url } from '../bytes.ts';
import { sha256Base64Url } from './sha256.ts';

export const PUBLIC_KEY_BYTES = 65;
export const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** `point`: 0x04 ‖ x(32) ‖ y(32). Returns 43 base64url characters, or null for another shape. */
export function thumbprint(point: Uint8Array): string | null {
  if (point.length !== PUBLIC_KEY_BYTES || point[0] !== 4) return null;
  const x = toBase64Url(point.slice(1, 33));
  const y = toBase64Url(point.slice(33, 65));
  return sha256Base64Url(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`);
}

/** `x`: the key's 32 bytes, base64url (RFC 8037, appendix A.3). */
export const ed25519Thumbprint = (x: string): string =>
  sha256Base64Url(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);
