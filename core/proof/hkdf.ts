// HKDF with SHA-256 (RFC 5869): many keys from one secret, none of which tells of another or of the
// secret. Synchronous, on our own HMAC; keys are derived when the gateway starts and at no other
// time.

import { type Bytes, concatBytes } from '../bytes.ts';
import { Fault } from '../result.ts';
import { hmacSha256 } from './sha256.ts';

const HASH_BYTES = 32;
/** Section 2.3: the counter is one byte. */
export const HKDF_BYTES_MAX = 255 * HASH_BYTES;

/** Section 2.3: so many bytes of key for one purpose, which `info` names. */
export function hkdfExpand(pseudorandomKey: Uint8Array, info: Uint8Array, length: number): Bytes {
  if (length > HKDF_BYTES_MAX) throw new Fault('more key than HKDF can give');
  const mac = hmacSha256(pseudorandomKey);
  const key = new Uint8Array(length);
  let block: Bytes = new Uint8Array(0);
  for (let at = 0, counter = 1; at < length; at += HASH_BYTES, counter += 1) {
    block = mac(concatBytes([block, info, Uint8Array.of(counter)]));
    key.set(block.subarray(0, length - at), at);
  }
  return key;
}

/** Section 2.2. An empty salt is as good as one of 32 zeros. */
export const hkdfExtract = (salt: Uint8Array, secret: Uint8Array): Bytes =>
  hmacSha256(salt)(secret);
