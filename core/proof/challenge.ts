// The challenge: what a caller must answer before a call is priced against money. Stateless: a
// length-prefixed binary body and its MAC, so issuing stores nothing and every field that affects
// price is covered. This file encodes and decodes; the MAC is `keyring.ts`.

import { type Bytes, fromBase64Url, lengthPrefixed, toBase64Url, utf8 } from '../bytes.ts';

export const CHALLENGE_VERSION = 1;
export const NONCE_BYTES = 16;
export const TAG_BYTES = 32;
/** Domain separation: a tag made for another purpose never opens a challenge. */
export const CHALLENGE_MAC_PREFIX = /* @__PURE__ */ utf8('ip1\0');
export const CHALLENGE_BYTES_MAX = 1_024;
const FIELD_BYTES_MAX = 256;
const FIXED_BYTES = 1 + 1 + 4 + 4 + 4 + NONCE_BYTES + 1 + 1 + 1 + 1 + 8 + 2;

export const ALGORITHM_SHA256 = 1;
/** The body's digest is in the seed: nothing can be solved before the body exists. */
export const BIND_SEED = 1;
/** Solved ahead of the body: the device key's signature ties the work to it. */
export const BIND_SIGNATURE = 2;
/** Challenges of one principal that may be solved ahead and unredeemed at any instant. */
export const OUTSTANDING_MAX = 3;

export type Challenge = {
  readonly kid: number;
  readonly issuedAtSeconds: number;
  readonly notBeforeSeconds: number;
  readonly expiresAtSeconds: number;
  /**
   * 16 bytes, 13 of them random: the first names a set of shards, the last two a millisecond. It is
   * the key under which a redemption is recorded.
   */
  readonly nonce: Bytes;
  readonly algorithm: number;
  /** Number of sub-puzzles. */
  readonly k: number;
  /** Leading zero bits asked of each sub-puzzle. */
  readonly bits: number;
  readonly bind: number;
  /** The dearest call this challenge may pay for, in NanoUsd. */
  readonly costNanoUsdMax: number;
  /** Verifiers a redemption must satisfy, as in `requirement.ts`. */
  readonly require: number;
  readonly realm: string;
  readonly route: string;
  /** SHA-256 of the principal's name. */
  readonly principalHash: Bytes;
  /** RFC 7638 thumbprint of the device key, base64url, or empty. */
  readonly jkt: string;
  /** SHA-256 of the previous answer, or empty. */
  readonly conversationHash: Bytes;
};

/** Where a nonce of ours says in which millisecond of its second it was made. */
const NONCE_MS_AT = NONCE_BYTES - 2;

/** The nonce with the millisecond of its making: 13 of its bytes stay random, as does the MAC. */
export function stampNonce(nonce: Bytes, nowMs: number): Bytes {
  const stamped = nonce.slice();
  new DataView(stamped.buffer).setUint16(NONCE_MS_AT, nowMs % 1_000);
  return stamped;
}

/** When it was issued, to the millisecond. */
export function issuedAtMs({
  issuedAtSeconds,
  nonce,
}: Pick<Challenge, 'issuedAtSeconds' | 'nonce'>) {
  const view = new DataView(nonce.buffer, nonce.byteOffset, nonce.byteLength);
  return 1_000 * issuedAtSeconds + Math.min(999, view.getUint16(NONCE_MS_AT));
}

/** Binary body as in the protocol page: fixed fields, then five length-prefixed ones. */
export function encodeChallenge(challenge: Challenge): Bytes {
  const fixed = new Uint8Array(FIXED_BYTES);
  const view = new DataView(fixed.buffer);
  view.setUint8(0, CHALLENGE_VERSION);
  view.setUint8(1, challenge.kid);
  view.setUint32(2, challenge.issuedAtSeconds);
  view.setUint32(6, challenge.notBeforeSeconds);
  view.setUint32(10, challenge.expiresAtSeconds);
  fixed.set(challenge.nonce, 14);
  view.setUint8(30, challenge.algorithm);
  view.setUint8(31, challenge.k);
  view.setUint8(32, challenge.bits);
  view.setUint8(33, challenge.bind);
  view.setBigUint64(34, BigInt(challenge.costNanoUsdMax));
  view.setUint16(42, challenge.require);
  return lengthPrefixed(fixed, [
    utf8(challenge.realm),
    utf8(challenge.route),
    challenge.principalHash,
    utf8(challenge.jkt),
    challenge.conversationHash,
  ]);
}

function readFields(body: Bytes): Bytes[] | null {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fields: Bytes[] = [];
  let at = FIXED_BYTES;
  for (let i = 0; i < 5; i += 1) {
    if (at + 4 > body.length) return null;
    const length = view.getUint32(at);
    if (length > FIELD_BYTES_MAX || at + 4 + length > body.length) return null;
    fields.push(body.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return at === body.length ? fields : null;
}

/**
 * Decodes a body whose MAC was checked. Null unless every byte is consumed and every field fits.
 */
export function decodeChallenge(body: Bytes): Challenge | null {
  if (body.length < FIXED_BYTES || body[0] !== CHALLENGE_VERSION) return null;
  const fields = readFields(body);
  if (fields === null) return null;
  const [realm, route, principalHash, jkt, conversationHash] = fields;
  if (!realm || !route || !principalHash || !jkt || !conversationHash) return null;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const cost = view.getBigUint64(34);
  if (cost > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return {
      kid: view.getUint8(1),
      issuedAtSeconds: view.getUint32(2),
      notBeforeSeconds: view.getUint32(6),
      expiresAtSeconds: view.getUint32(10),
      nonce: body.slice(14, 30),
      algorithm: view.getUint8(30),
      k: view.getUint8(31),
      bits: view.getUint8(32),
      bind: view.getUint8(33),
      costNanoUsdMax: Number(cost),
      require: view.getUint16(42),
      realm: text.decode(realm),
      route: text.decode(route),
      principalHash,
      jkt: text.decode(jkt),
      conversationHash,
    };
  } catch {
    return null;
  }
}

export type SealedChallenge = { readonly body: Bytes; readonly tag: Bytes };

/** `b64url(body) "." b64url(tag)` */
export const formatChallenge = (sealed: SealedChallenge): string =>
  `${toBase64Url(sealed.body)}.${toBase64Url(sealed.tag)}`;

/** Splits the wire form. Says nothing about the MAC. */
export function parseChallenge(wire: string): SealedChallenge | null {
  if (wire.length > CHALLENGE_BYTES_MAX) return null;
  const dot = wire.indexOf('.');
  if (dot < 0) return null;
  const body = fromBase64Url(wire.slice(0, dot));
  const tag = fromBase64Url(wire.slice(dot + 1));
  if (body === null || tag === null || tag.length !== TAG_BYTES) return null;
  return { body, tag };
}
