// RFC 7638 thumbprint of a P-256 public key given as an uncompressed point. It is the device's
// name: free to make, impossible to borrow, because every proof is signed with the private half.

import { toBase64Url, utf8 } from '../bytes.ts';
import { sha256 } from './sha256.ts';

export const PUBLIC_KEY_BYTES = 65;
export const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** `point`: 0x04 ‖ x(32) ‖ y(32). Returns 43 base64url characters, or null for another shape. */
export function thumbprint(point: Uint8Array): string | null {
  if (point.length !== PUBLIC_KEY_BYTES || point[0] !== 4) return null;
  const x = toBase64Url(point.slice(1, 33));
  const y = toBase64Url(point.slice(33, 65));
  return toBase64Url(sha256(utf8(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)));
}
