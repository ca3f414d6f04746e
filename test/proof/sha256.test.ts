// Our own SHA-256 against the standard's vectors and another implementation. What breaks if this
// fails: honest callers are refused, or a proof is worth less work than it says.

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../core/bytes.ts';
import { firstWordOfBlock, hmacSha256, sha256 } from '../../core/proof/sha256.ts';

const nodeSha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('sha256', () => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno' +
        'ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
  ])('of %j is the vector of FIPS 180-4', (text, hex) => {
    expect(toHex(sha256(utf8(text)))).toBe(hex);
  });

  it('of a million letters a is the vector of FIPS 180-4', () => {
    const letters = new Uint8Array(1_000_000).fill(0x61);
    expect(toHex(sha256(letters))).toBe(
      'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
    );
  });

  // Up to 55 bytes the length fits behind the message, from 56 on it needs a block of its own.
  it.each([
    [55, '9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318'],
    [56, 'b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a'],
    [63, '7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34'],
    [64, 'ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb'],
    [119, '31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb'],
    [120, '2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c'],
    [127, 'c57e9278af78fa3cab38667bef4ce29d783787a2f731d4e12200270f0c32320a'],
    [128, '6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e'],
  ])('of %i letters a, where a block ends, is what coreutils say', (letters, hex) => {
    expect(toHex(sha256(utf8('a'.repeat(letters))))).toBe(hex);
  });

  it("is Node's at every length from 0 to 300, where the padding turns over", () => {
    for (let length = 0; length <= 300; length += 1) {
      const message = new Uint8Array(randomBytes(length));
      expect(toHex(sha256(message)), `length ${String(length)}`).toBe(nodeSha256(message));
    }
  });

  it('reads a view into a larger buffer as itself', () => {
    const buffer = new Uint8Array(randomBytes(200));
    const view = buffer.subarray(17, 130);
    expect(toHex(sha256(view))).toBe(nodeSha256(view));
  });

  it('leaves its input as it was, and each call is independent of the last', () => {
    const message = new Uint8Array(randomBytes(90));
    const copy = message.slice();
    const first = toHex(sha256(message));
    sha256(new Uint8Array(500));
    firstWordOfBlock(new Uint32Array(16));
    expect(toHex(sha256(message))).toBe(first);
    expect(message).toEqual(copy);
  });
});

describe('hmacSha256', () => {
  const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

  it.each([
    [
      '0b'.repeat(20),
      '4869205468657265',
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      '4a656665',
      '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'aa'.repeat(20),
      'dd'.repeat(50),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
    [
      'aa'.repeat(131),
      '54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a6520' +
        '4b6579202d2048617368204b6579204669727374',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('with the key %s is the vector of RFC 4231', (key, message, tag) => {
    expect(toHex(hmacSha256(hex(key))(hex(message)))).toBe(tag);
  });

  it("is Node's for every length of key and message around a block", () => {
    for (const keyLength of [0, 1, 31, 32, 33, 63, 64, 65, 128, 200]) {
      const key = new Uint8Array(randomBytes(keyLength));
      const mac = hmacSha256(key);
      for (let length = 0; length <= 200; length += 7) {
        const message = new Uint8Array(randomBytes(length));
        const expected = createHmac('sha256', key).update(message).digest('hex');
        expect(toHex(mac(message))).toBe(expected);
      }
    }
  });

  it('made once tags every message afresh, whatever was hashed between', () => {
    const [one, other] = [hmacSha256(utf8('one')), hmacSha256(utf8('other'))];
    const first = toHex(one(utf8('message')));
    other(utf8('another message'));
    sha256(new Uint8Array(500));
    expect(toHex(one(utf8('message')))).toBe(first);
    expect(toHex(other(utf8('message')))).not.toBe(first);
  });
});
