// What one human proof is good for: a purse of so many dollars, for an hour, for one caller of one
// realm. This file writes and reads the pass that names the purse; the seal is `sealed-token.ts`,
// and what is left in the purse only the ledger knows.

import { type Bytes, equalBytes, lengthPrefixed, utf8 } from '../bytes.ts';
import { NONCE_BYTES } from './challenge.ts';
import { sha256 } from './sha256.ts';

/** A token of the widget is good for five minutes; what it bought, for an hour. */
export const PASS_TTL_SECONDS = 3_600;

const PASS_VERSION = 1;
const SUBJECT_BYTES = 32;
const FIXED_BYTES = 1 + 4 + 4 + 8 + NONCE_BYTES;
const PASS_BYTES = FIXED_BYTES + SUBJECT_BYTES;

export type PassTerms = {
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
  readonly capNanoUsd: number;
  /** Of the challenge whose human proof opened the purse: no other purse has it. */
  readonly nonce: Bytes;
  /** Whose purse it is, see `passSubject`. */
  readonly subject: Bytes;
};

/** A pass of staging is nothing in production, one caller's nothing to another. */
export const passSubject = (realm: string, principal: string): Bytes =>
  sha256(lengthPrefixed(new Uint8Array(0), [utf8(realm), utf8(principal)]));

export function encodePass(terms: PassTerms): Bytes {
  const body = new Uint8Array(PASS_BYTES);
  const view = new DataView(body.buffer);
  view.setUint8(0, PASS_VERSION);
  view.setUint32(1, terms.issuedAtSeconds);
  view.setUint32(5, terms.expiresAtSeconds);
  view.setBigUint64(9, BigInt(terms.capNanoUsd));
  body.set(terms.nonce, 17);
  body.set(terms.subject, FIXED_BYTES);
  return body;
}

/** When a sealed body says it was sealed. */
export const passIssuedAtSeconds = (body: Bytes): number =>
  body.length < 5 ? 0 : new DataView(body.buffer, body.byteOffset).getUint32(1);

/** Null for anything but a pass. Says nothing about the seal. */
export function decodePass(body: Bytes): PassTerms | null {
  if (body.length !== PASS_BYTES || body[0] !== PASS_VERSION) return null;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const cap = view.getBigUint64(9);
  if (cap > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return {
    issuedAtSeconds: view.getUint32(1),
    expiresAtSeconds: view.getUint32(5),
    capNanoUsd: Number(cap),
    nonce: body.slice(17, FIXED_BYTES),
    subject: body.slice(FIXED_BYTES),
  };
}

/** Is it this caller's, and still good? */
export function judgePass(terms: PassTerms, subject: Uint8Array, nowSeconds: number): boolean {
  const { issuedAtSeconds, expiresAtSeconds } = terms;
  return (
    equalBytes(terms.subject, subject) &&
    expiresAtSeconds - issuedAtSeconds <= PASS_TTL_SECONDS &&
    nowSeconds < expiresAtSeconds
  );
}
