// A short token that we hand out and read again, for any purpose but a challenge: bytes of ours
// under a MAC. It says that we sealed them and with which key; what they mean, and until when, is
// for whoever reads them.

import { type Bytes, concatBytes, equalBytes, fromBase64Url, toBase64Url, utf8 } from '../bytes.ts';
import { err, Fault, ok, type Result } from '../result.ts';
import { TAG_BYTES } from './challenge.ts';
import type { Lock, Locks } from './keyring.ts';
import type { Purpose } from './purpose.ts';

export const SEALED_CHARS_MAX = 512;
const TAG_CHARS = 43;

export type SealFailure = 'malformed' | 'unknown-key' | 'bad-mac';

/** When a body says it was sealed. Without it a retired key opens as long as it is configured. */
export type ReadIssuedAt = (body: Bytes) => number;

export class SealedTokens {
  readonly #locks: Locks;
  readonly #prefix: Bytes;
  readonly #issuedAtSeconds: ReadIssuedAt | null;

  constructor(purpose: Purpose, locks: Locks, issuedAtSeconds: ReadIssuedAt | null) {
    this.#locks = locks;
    this.#prefix = utf8(`weighbridge sealed 1 ${purpose}\0`);
    this.#issuedAtSeconds = issuedAtSeconds;
  }

  #tag(lock: Lock, named: Uint8Array): Bytes {
    return lock.mac(concatBytes([this.#prefix, named]));
  }

  /** `b64url(u8 kid ‖ body) "." b64url(tag)` */
  seal(body: Bytes): string {
    const { active } = this.#locks;
    const named = concatBytes([Uint8Array.of(active.kid), body]);
    const text = `${toBase64Url(named)}.${toBase64Url(this.#tag(active, named))}`;
    if (text.length > SEALED_CHARS_MAX) throw new Fault('more than a sealed token may hold');
    return text;
  }

  /** The body, if one of our keys sealed it for this purpose. Nothing is believed before that. */
  open(text: string): Result<Bytes, SealFailure> {
    if (text.length > SEALED_CHARS_MAX) return err('malformed');
    const dot = text.length - TAG_CHARS - 1;
    if (text.charAt(dot) !== '.') return err('malformed');
    const named = fromBase64Url(text.slice(0, Math.max(0, dot)));
    const tag = fromBase64Url(text.slice(dot + 1));
    const kid = named?.[0];
    if (named === null || kid === undefined || tag?.length !== TAG_BYTES) return err('malformed');
    const lock = this.#locks.byKid.get(kid);
    if (lock === undefined) return err('unknown-key');
    if (!equalBytes(this.#tag(lock, named), tag)) return err('bad-mac');
    const body = named.slice(1);
    const issuedAtSeconds = this.#issuedAtSeconds?.(body) ?? 0;
    return issuedAtSeconds > lock.retiredAtSeconds ? err('unknown-key') : ok(body);
  }
}
