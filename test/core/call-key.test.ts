// A call's key sorts by time as text, comes out of the challenge alone, and reads back from the
// request id that callers quote to operators.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../core/bytes.ts';
import { callKey, formatRequestId, keyFloor, parseRequestId } from '../../core/ledger/call-key.ts';

const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 });
const timeMs = fc.integer({ min: 0, max: Date.UTC(6_000, 0, 1) });

describe('callKey', () => {
  it('sorts as text the way its minutes sort as numbers', () => {
    fc.assert(
      fc.property(timeMs, timeMs, nonce, nonce, (a, b, nonceA, nonceB) => {
        fc.pre(Math.floor(a / 60_000) < Math.floor(b / 60_000));
        expect(callKey(a, nonceA) < callKey(b, nonceB)).toBe(true);
      }),
    );
  });

  it('of an earlier minute sorts before the floor, of this minute and later at or after it', () => {
    fc.assert(
      fc.property(timeMs, nonce, (at, bytes) => {
        expect(callKey(at, bytes) >= keyFloor(at)).toBe(true);
        expect(callKey(Math.max(0, at - 60_000), bytes) < keyFloor(at)).toBe(at >= 60_000);
      }),
    );
  });

  it('tells any two nonces apart, letter case included', () => {
    fc.assert(
      fc.property(nonce, nonce, (a, b) => {
        expect(callKey(0, a) === callKey(0, b)).toBe(toBase64Url(a) === toBase64Url(b));
      }),
    );
  });
});

describe('a request id', () => {
  it('reads back as what it was made of', () => {
    const attempt = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(toBase64Url);
    fc.assert(
      fc.property(timeMs, nonce, attempt, fc.nat({ max: 1_023 }), (at, bytes, one, shard) => {
        const id = { key: callKey(at, bytes), attempt: one, shard };
        expect(parseRequestId(formatRequestId(id))).toEqual(id);
      }),
    );
  });

  it.each([
    '',
    'abc',
    '00000000_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAA.1',
    '0000000_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAA',
    '0000000_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAA.99999',
    '0000000_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAA.-1',
    '0000000_AAAAAAAAAAAAAAAAAAAAAA.AAAAA.1',
    '0000000_AAAAAAAAAAAAAAAAAAAAA*.AAAAAAAA.1',
    '0000000_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAA.1\n',
    "0000000_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAA.1' OR 1=1",
  ])('is refused where it is not one of ours: %j', (text) => {
    expect(parseRequestId(text)).toBeNull();
  });
});
