// One byte string has one spelling. Attack: a proof that is spent is sent again, spelled
// differently (padding, the other alphabet, stray bits at the end), and taken for another one; or
// two lists of fields that encode to the same bytes are swapped under one tag (CVE-2025-68113).

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  lengthPrefixed,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
  wordAt,
} from '../../core/bytes.ts';

const anyBytes = fc.uint8Array({ maxLength: 80 });
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('utf8', () => {
  it("is the encoder's, whatever the text and however long", () => {
    const encoder = new TextEncoder();
    const unit = fc.constantFrom('a', 'Z', '~', '\u007f', '\u0080', 'é', '€', '😀', '\ud800');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 80 }), (text) => {
        expect(utf8(text)).toEqual(encoder.encode(text));
      }),
    );
    for (const length of [0, 1, 63, 64, 65, 600]) {
      for (const end of ['', 'é']) {
        const text = 'x'.repeat(length) + end;
        expect(utf8(text)).toEqual(encoder.encode(text));
      }
    }
  });
});

describe('wordAt', () => {
  it('reads four bytes big-endian and unsigned, wherever they begin', () => {
    const bytes = Uint8Array.of(0, 0xff, 0xfe, 0x80, 0x01, 0);
    expect(wordAt(bytes, 0)).toBe(0x00fffe80);
    expect(wordAt(bytes, 1)).toBe(0xfffe8001);
    expect(wordAt(bytes.subarray(1), 1)).toBe(0xfe800100);
  });
});

describe('base64url', () => {
  it("is Node's, both ways, for every length", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        expect(toBase64Url(bytes)).toBe(text);
        expect(fromBase64Url(text)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('has one spelling only: every text that decodes is the one that encodes', () => {
    const character = fc.constantFrom(...Array.from(ALPHABET), '+', '/', '=', ' ', '\n', 'é');
    const text = fc.string({ unit: character, maxLength: 12 });
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = fromBase64Url(candidate);
        expect(bytes === null ? candidate : toBase64Url(bytes)).toBe(candidate);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['QQ==', 'QUI=', 'QQ=', '+_8', '/_8', 'QR', 'QUJ', 'Q', 'QUJDR', 'Q Q', 'QQ\n', 'QQ\0'])(
    'refuses the respelling %j',
    (text) => {
      expect(fromBase64Url(text)).toBeNull();
    },
  );

  it('refuses each of the other 15 last characters of a byte (respelling attack)', () => {
    const accepted = Array.from(ALPHABET).filter((last) => fromBase64Url(`Q${last}`) !== null);
    expect(accepted).toEqual(['A', 'Q', 'g', 'w']);
    // The naive decoder takes them all.
    const naive = new Set(Array.from('QRST', (last) => Buffer.from(`Q${last}`, 'base64url').at(0)));
    expect(naive.size).toBe(1);
  });
});

describe('base64 of a header', () => {
  it("is Node's, both ways, for every length", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(toBase64(bytes)).toBe(text);
        expect(fromBase64(text)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it.each(['QQ', 'QQ=', 'QQ===', 'QUI', 'QUJDRA', '-_8=', 'QR==', 'QUJ=', '====', 'QQ==QQ==', '='])(
    'refuses the respelling %j',
    (text) => {
      expect(fromBase64(text)).toBeNull();
    },
  );
});

describe('lengthPrefixed', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 5 });

  it('never encodes two different lists to the same bytes (splicing attack)', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same =
          a.length === b.length && a.every((part, i) => equalBytes(part, b[i] ?? utf8('?')));
        const prefix = utf8('p');
        expect(equalBytes(lengthPrefixed(prefix, a), lengthPrefixed(prefix, b))).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it('tells bytes moved over any boundary apart, which joining does not', () => {
    const words = ['ab', 'c', '', 'd'];
    const moved = ['a', 'bc', '', 'd'];
    const enc = (list: string[]): string => toHex(lengthPrefixed(utf8(''), list.map(utf8)));
    expect(enc(words)).not.toBe(enc(moved));
    expect(words.join('')).toBe(moved.join(''));
  });

  it('writes a big-endian length before each part', () => {
    expect(toHex(lengthPrefixed(utf8('x'), [utf8('ab'), utf8('')]))).toBe('7800000002616200000000');
  });
});

describe('concatBytes', () => {
  it('is the parts one after another, however many and however short', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 5 }), (parts) => {
        expect(Buffer.from(concatBytes(parts))).toEqual(Buffer.concat(parts));
      }),
    );
  });

  it('does not copy a single part, and gives nothing for no parts', () => {
    const only = utf8('only');
    expect(concatBytes([only])).toBe(only);
    expect(concatBytes([])).toHaveLength(0);
  });
});

describe('equalBytes', () => {
  it('is true for the same bytes only, whatever differs', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, flip) => {
        const copy = bytes.slice();
        expect(equalBytes(bytes, copy)).toBe(true);
        if (bytes.length === 0) return;
        const index = at % bytes.length;
        copy[index] = (copy[index] ?? 0) ^ flip;
        expect(equalBytes(bytes, copy)).toBe(false);
        expect(equalBytes(bytes, bytes.slice(1))).toBe(false);
      }),
    );
  });
});
