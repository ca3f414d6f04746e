// The public key of a token issuer, as RFC 9578 section 8.2.2 has it published: an RSASSA-PSS key
// with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes, 2,048 bits, DER. WebCrypto imports only
// keys that say rsaEncryption, so the same numbers are wrapped again. Any other key is refused, but
// for the one other spelling that OpenSSL and Node write.

import { type Bytes, concatBytes, equalBytes } from '../bytes.ts';
import { sha256 } from './sha256.ts';

const fromHex = (hex: string): Bytes =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** SEQUENCE, then the algorithm with its parameters, then the head of the bit string. */
const PUBLISHED_HEAD = fromHex(
  '30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202' +
    'a11a301806092a864886f70d010108300b0609608648016503040202a2030201300382010f00',
);
/**
 * The same with the parameters of both hashes spelled out as NULL, as OpenSSL and Node write them;
 * RFC 4055 section 2.1 has whoever reads a key take both for the same.
 */
const SPELLED_OUT_HEAD = fromHex(
  '30820156304106092a864886f70d01010a3034a00f300d06096086480165030402020500' +
    'a11c301a06092a864886f70d010108300d06096086480165030402020500a2030201300382010f00',
);
const IMPORTED_HEAD = fromHex('30820122300d06092a864886f70d01010105000382010f00');
/** SEQUENCE, the modulus with its leading zero; after it the exponent 65537. */
const MODULUS_HEAD = fromHex('3082010a0282010100');
const EXPONENT = fromHex('0203010001');
const MODULUS_BYTES = 256;

export type IssuerKey = {
  /** SHA-256 of the key as published: how a token names it. */
  readonly keyId: Bytes;
  /** As RFC 9578 has it, however the policy spells it: issuers and clients hash this. */
  readonly published: Bytes;
  /** For WebCrypto. */
  readonly spki: Bytes;
};

/** The modulus and the exponent behind one of the two heads; null behind any other. */
function numbersOf(spki: Bytes): Bytes | null {
  const head = [PUBLISHED_HEAD, SPELLED_OUT_HEAD].find((known) =>
    equalBytes(spki.slice(0, known.length), known),
  );
  return head === undefined ? null : spki.slice(head.length);
}

/** Null for any other key or encoding. */
export function readIssuerKey(spki: Bytes): IssuerKey | null {
  const numbers = numbersOf(spki);
  if (numbers === null) return null;
  const modulusEnd = MODULUS_HEAD.length + MODULUS_BYTES;
  if (!equalBytes(numbers.slice(0, MODULUS_HEAD.length), MODULUS_HEAD)) return null;
  if (!equalBytes(numbers.slice(modulusEnd), EXPONENT)) return null;
  // 2,048 bits, and a product of odd primes.
  const isWhole = (numbers[MODULUS_HEAD.length] ?? 0) >= 128;
  const isOdd = ((numbers[modulusEnd - 1] ?? 0) & 1) === 1;
  if (!isWhole || !isOdd) return null;
  const published = concatBytes([PUBLISHED_HEAD, numbers]);
  return { keyId: sha256(published), published, spki: concatBytes([IMPORTED_HEAD, numbers]) };
}
