// A call's key sorts by time as text, comes out of the challenge alone, and reads back from the
// request id that callers quote to operators.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../core/bytes.ts';
import {
  callKey,
  formatRequestId,
  keyFloor,
  keyTimeMs,
  parseRequestId,
} from '../../core/ledger/call-key.ts';

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

describe('keyTimeMs', () => {
  it.each([
    [0, '0000000', 0],
    [59_999, '0000000', 0],
    [60_000, '0000001', 60_000],
    [Date.UTC(2026, 10, 21, 12, 0, 30), '00htb80', Date.UTC(2026, 10, 21, 12)],
  ])('reads from the key of a call at %d its minute, %s', (at, digits, minuteMs) => {
    const key = callKey(at, new Uint8Array(16));
    expect(key).toBe(`${digits}_AAAAAAAAAAAAAAAAAAAAAA`);
    expect([keyFloor(at), keyTimeMs(key), keyTimeMs(keyFloor(at))]).toEqual([
      digits,
      minuteMs,
      minuteMs,
    ]);
  });

  it('is the minute of the call, whatever its nonce', () => {
    fc.assert(
      fc.property(timeMs, nonce, (at, bytes) => {
        expect(keyTimeMs(callKey(at, bytes))).toBe(at - (at % 60_000));
      }),
    );
  });
});

describe('a request id', () => {
  it('reads back as what it was made of', () => {
    const attempt = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(toBase64Url);
    fc.assert(
      fc.property(timeMs, nonce, attempt, fc.nat({ max: 999 }), (at, bytes, one, number) => {
        const id = { key: callKey(at, bytes), attempt: one, epoch: number, shard: 999 - number };
        expect(parseRequestId(formatRequestId(id))).toEqual(id);
      }),
    );
  });

  const KEY = '00htb80_AAAA-AAAA_AAAAAAAAAAAA';

  it.each([
    [`${KEY}.AbCd-_.0-0`, { attempt: 'AbCd-_', epoch: 0, shard: 0 }],
    [`${KEY}.AAAAAAAAAAAA.999-9999`, { attempt: 'AAAAAAAAAAAA', epoch: 999, shard: 9_999 }],
    [`${KEY}.AAAAAAAA.12-34`, { attempt: 'AAAAAAAA', epoch: 12, shard: 34 }],
  ])('is read as it was written: %s', (text, rest) => {
    expect(parseRequestId(text)).toEqual({ key: KEY, ...rest });
    expect(formatRequestId({ key: KEY, ...rest })).toBe(text);
  });

  it.each([
    '',
    'abc',
    `0${KEY}.AAAAAAAA.1-1`,
    `${KEY.slice(1)}.AAAAAAAA.1-1`,
    `${KEY}A.AAAAAAAA.1-1`,
    `${KEY.slice(0, -1)}.AAAAAAAA.1-1`,
    `${KEY.slice(0, -1)}*.AAAAAAAA.1-1`,
    `${KEY.toUpperCase()}.AAAAAAAA.1-1`,
    `${KEY.replace('_', '.')}.AAAAAAAA.1-1`,
    `${KEY}.AAAAA.1-1`,
    `${KEY}.AAAAAAAAAAAAA.1-1`,
    `${KEY}.AAAA*AAA.1-1`,
    `${KEY}-AAAAAAAA.1-1`,
    `${KEY}.AAAAAAAA-1-1`,
    `${KEY}.AAAAAAAA`,
    `${KEY}.AAAAAAAA.1`,
    `${KEY}.AAAAAAAA.1-`,
    `${KEY}.AAAAAAAA.-1`,
    `${KEY}.AAAAAAAA.1.1`,
    `${KEY}.AAAAAAAA.1-x`,
    `${KEY}.AAAAAAAA.x-1`,
    `${KEY}.AAAAAAAA.1000-1`,
    `${KEY}.AAAAAAAA.1-10000`,
    `${KEY}.AAAAAAAA.1--1`,
    `${KEY}.AAAAAAAA.1-1\n`,
    ` ${KEY}.AAAAAAAA.1-1`,
    `${KEY}.AAAAAAAA.1-1' OR 1=1`,
  ])('is refused where it is not one of ours: %j', (text) => {
    expect(parseRequestId(text)).toBeNull();
  });
});
