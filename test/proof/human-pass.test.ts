// The pass that a human proof buys, as bytes and under its seal. What breaks if this fails: a pass
// for more, for longer, or for somebody else.

import { describe, expect, it } from 'vitest';
import { Keyring } from '../../core/proof/keyring.ts';
import {
  decodePass,
  encodePass,
  judgePass,
  PASS_TTL_SECONDS,
  passIssuedAtSeconds,
  passSubject,
  type PassTerms,
} from '../../core/proof/human-pass.ts';
import { SEALED_CHARS_MAX } from '../../core/proof/sealed-token.ts';
import { ACTIVE, bytes, keyring, NOW_SECONDS, PREVIOUS } from './samples.ts';

const SUBJECT = passSubject('realm', 'ip:203.0.113.7');

const terms = (parts: Partial<PassTerms> = {}): PassTerms => ({
  issuedAtSeconds: NOW_SECONDS,
  expiresAtSeconds: NOW_SECONDS + PASS_TTL_SECONDS,
  capNanoUsd: 4_000_000,
  nonce: bytes(16),
  subject: SUBJECT,
  ...parts,
});

const sealer = keyring.sealer('human-pass', passIssuedAtSeconds);

describe('a pass', () => {
  it('reads as it was written, for any amount a ledger can hold', () => {
    for (const capNanoUsd of [0, 1, 4_000_000, Number.MAX_SAFE_INTEGER]) {
      const written = terms({ capNanoUsd });
      expect(decodePass(encodePass(written))).toEqual(written);
    }
    expect(passIssuedAtSeconds(encodePass(terms()))).toBe(NOW_SECONDS);
  });

  it('is nothing in another length or version, or with an amount no number can hold', () => {
    const body = encodePass(terms());
    expect(decodePass(body.slice(0, -1))).toBeNull();
    expect(decodePass(new Uint8Array([...body, 0]))).toBeNull();
    expect(decodePass(new Uint8Array(0))).toBeNull();
    expect(decodePass(body.with(0, 2))).toBeNull();
    expect(decodePass(body.with(9, 0xff))).toBeNull();
  });

  it('opens as it was sealed, and in no other spelling: not one bit of it may differ', () => {
    const written = terms();
    const text = sealer.seal(encodePass(written));
    expect(text.length).toBeLessThan(SEALED_CHARS_MAX);
    const opened = sealer.open(text);
    expect(opened.ok && decodePass(opened.value)).toEqual(written);
    for (let at = 0; at < text.length; at += 1) {
      for (const letter of ['A', 'B', '.', '=']) {
        const other = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
        if (other === text) continue;
        expect([at, letter, sealer.open(other).ok]).toEqual([at, letter, false]);
      }
    }
  });

  it('sealed by a key after that key was retired is refused, and before it good', () => {
    const old = new Keyring(PREVIOUS, []).sealer('human-pass', passIssuedAtSeconds);
    const rotated = new Keyring(ACTIVE, [{ ...PREVIOUS, retiredAtSeconds: NOW_SECONDS }]);
    const opens = (issuedAtSeconds: number): boolean =>
      rotated
        .sealer('human-pass', passIssuedAtSeconds)
        .open(old.seal(encodePass(terms({ issuedAtSeconds })))).ok;
    expect([opens(NOW_SECONDS), opens(NOW_SECONDS + 1)]).toEqual([true, false]);
  });
});

describe('a pass is good', () => {
  const end = NOW_SECONDS + PASS_TTL_SECONDS;
  it.each([
    ['for whom it was given, when it was given', SUBJECT, {}, NOW_SECONDS, true],
    ['to its last second', SUBJECT, {}, end - 1, true],
    ['and not after it', SUBJECT, {}, end, false],
    ['to nobody else', passSubject('realm', 'ip:203.0.113.8'), {}, NOW_SECONDS, false],
    ['in no other realm', passSubject('staging', 'ip:203.0.113.7'), {}, NOW_SECONDS, false],
    [
      'for no longer than a pass may last',
      SUBJECT,
      { expiresAtSeconds: end + 1 },
      NOW_SECONDS,
      false,
    ],
  ] as const)('%s', (_, subject, parts, nowSeconds, expected) => {
    expect(judgePass(terms(parts), subject, nowSeconds)).toBe(expected);
  });

  it('for a name that cannot be moved into the realm', () => {
    expect(passSubject('a', 'bc')).not.toEqual(passSubject('ab', 'c'));
  });
});
