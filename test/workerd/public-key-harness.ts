// What tests of signatures share: hex, one bit of a signature turned, and the verdict on a token of
// RFC 9578, reached as the gateway reaches it but for the challenge, which is never one of ours.

import { type Bytes, toHex } from '../../core/bytes.ts';
import { readIssuerKey } from '../../core/proof/issuer-key.ts';
import { parseToken } from '../../core/proof/private-token.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { present } from '../../core/result.ts';
import { PublicKeys } from '../../worker/adapters/public-keys.ts';

export const fromHex = (hex: string): Bytes =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export const flipped = (bytes: Bytes, at: number): Bytes => {
  const other = bytes.slice();
  other[at] = (other[at] ?? 0) ^ 1;
  return other;
};

export const keys = new PublicKeys();

/** Whether the issuer with this key, in hex, signed the token for this challenge, in hex. */
export async function isTokenFor(pkS: string, challenge: string, token: Bytes): Promise<boolean> {
  const issuer = present(readIssuerKey(fromHex(pkS)), 'issuer key');
  const read = parseToken(token);
  return (
    read !== null &&
    toHex(read.challengeDigest) === toHex(sha256(fromHex(challenge))) &&
    toHex(read.keyId) === toHex(issuer.keyId) &&
    (await keys.verifyToken(issuer, read.authenticator, read.signed))
  );
}
