// HKDF against the test vectors of RFC 5869, appendix A, and against another implementation. What
// breaks if this fails: keys that are not what the standard says are harder to reason about, and
// two purposes might share one.

import { hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, toHex, utf8 } from '../../core/bytes.ts';
import { HKDF_BYTES_MAX, hkdfExpand, hkdfExtract } from '../../core/proof/hkdf.ts';
import { purposeKey, PURPOSES } from '../../core/proof/purpose.ts';

const hex = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'));
/** `count` bytes that go up by one. */
const rising = (first: number, count: number): Bytes =>
  Uint8Array.from({ length: count }, (_, index) => first + index);

/** RFC 5869, appendix A.1 to A.3: the cases with SHA-256. */
const VECTORS = [
  {
    name: 'A.1, basic',
    secret: new Uint8Array(22).fill(0x0b),
    salt: rising(0x00, 13),
    info: rising(0xf0, 10),
    extracted: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    expanded:
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    name: 'A.2, longer inputs and outputs',
    secret: rising(0x00, 80),
    salt: rising(0x60, 80),
    info: rising(0xb0, 80),
    extracted: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    expanded:
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c' +
      '59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71' +
      'cc30c58179ec3e87c14c01d5c1f3434f1d87',
  },
  {
    name: 'A.3, no salt and no info',
    secret: new Uint8Array(22).fill(0x0b),
    salt: new Uint8Array(0),
    info: new Uint8Array(0),
    extracted: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    expanded:
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
] as const;

describe('HKDF', () => {
  it.each(VECTORS)('gives the vector $name', ({ secret, salt, info, extracted, expanded }) => {
    expect(toHex(hkdfExtract(salt, secret))).toBe(extracted);
    const length = expanded.length / 2;
    expect(toHex(hkdfExpand(hex(extracted), info, length))).toBe(expanded);
  });

  it('says what another implementation says, at every length around a block', () => {
    const [secret, salt, info] = [31, 7, 19].map((length) => new Uint8Array(randomBytes(length)));
    if (secret === undefined || salt === undefined || info === undefined) throw new Error('bytes');
    for (const length of [1, 31, 32, 33, 63, 64, 65, 255]) {
      const other = new Uint8Array(hkdfSync('sha256', secret, salt, info, length));
      expect(toHex(hkdfExpand(hkdfExtract(salt, secret), info, length))).toBe(toHex(other));
    }
  });

  it('ends where its counter does', () => {
    expect(hkdfExpand(hex('00'.repeat(32)), utf8(''), HKDF_BYTES_MAX)).toHaveLength(8_160);
    expect(() => hkdfExpand(hex('00'.repeat(32)), utf8(''), HKDF_BYTES_MAX + 1)).toThrow('HKDF');
  });
});

describe('the keys of a root secret', () => {
  const secret = new Uint8Array(randomBytes(32));

  it.each(PURPOSES)('for %s are those of the standard, under the words on the page', (purpose) => {
    const other = hkdfSync('sha256', secret, '', `weighbridge 1 ${purpose}`, 32);
    expect(toHex(purposeKey(secret, purpose))).toBe(Buffer.from(other).toString('hex'));
  });

  it('differ by purpose, and none is the secret', () => {
    const keys = PURPOSES.map((purpose) => toHex(purposeKey(secret, purpose)));
    expect(new Set([...keys, toHex(secret)]).size).toBe(PURPOSES.length + 1);
  });
});
