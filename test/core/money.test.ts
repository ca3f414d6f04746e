// Money is exact: integers in, integers out, rounded up once. What breaks if this fails: a charge
// of less than what was used, or sums that drift.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chargeUnits,
  formatUsd,
  NANO_PER_USD,
  NANO_USD_MAX,
  nanoUsd,
  parseUsd,
  ZERO,
} from '../../core/money.ts';

describe('nanoUsd', () => {
  it.each([0, 1, 1_000_000_000, NANO_USD_MAX])('takes %d', (amount) => {
    expect(nanoUsd(amount)).toBe(amount);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('throws at %d', (amount) => {
    expect(() => nanoUsd(amount)).toThrow(RangeError);
  });
});

describe('chargeUnits', () => {
  const charge = (...pairs: readonly (readonly [number, number])[]): number =>
    chargeUnits(pairs.map(([count, picoUsd]) => ({ count, picoUsd })));

  it.each([
    ['nothing', [], 0],
    ['no tokens', [[0, 2_500_000]], 0],
    ['a free model', [[1_000, 0]], 0],
    ['one token at $0.15 per million', [[1, 150_000]], 150],
    ['one token below a nano-dollar, upwards', [[1, 1]], 1],
    ['exactly a nano-dollar', [[1_000, 1]], 1],
    ['a thousandth over a nano-dollar, upwards', [[1_001, 1]], 2],
  ] as const)('of %s is exact', (_, pairs, expected) => {
    expect(charge(...pairs)).toBe(expected);
  });

  it('rounds the sum once, not each part', () => {
    expect(charge([1, 400], [1, 600])).toBe(1);
    expect(charge([1, 1]) + charge([1, 1])).toBe(2);
    expect(charge([1, 1], [1, 1])).toBe(1);
  });

  it('is the largest amount, not a wrong one, where the sum passes 2^53', () => {
    expect(charge([1_000_000_000, 150_000_000_000])).toBe(NANO_USD_MAX);
    expect(charge([Number.MAX_SAFE_INTEGER, 1_000])).toBe(NANO_USD_MAX);
  });

  it('is never below the exact product and less than a nano-dollar above it', () => {
    const pair = fc.tuple(fc.nat({ max: 10_000_000 }), fc.nat({ max: 150_000_000 }));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 4 }), (pairs) => {
        const pico = pairs.reduce((sum, [a, b]) => sum + BigInt(a) * BigInt(b), 0n);
        const nano = BigInt(charge(...pairs));
        expect(nano * 1_000n >= pico && nano * 1_000n < pico + 1_000n).toBe(true);
      }),
    );
  });

  it('counts a million small charges without the drift that floats have', () => {
    let floats = 0;
    let nano = 0;
    for (let i = 0; i < 1_000_000; i += 1) {
      floats += 0.0000003;
      nano += charge([1, 300_000]);
    }
    expect(nano).toBe(300_000_000);
    expect(floats).not.toBe(0.3);
  });
});

describe('parseUsd', () => {
  it.each([
    ['0', 0],
    ['0.40', 400_000_000],
    ['12.5', 12_500_000_000],
    ['0.000000001', 1],
    ['007', 7 * NANO_PER_USD],
    ['9007199.254740991', NANO_USD_MAX],
  ])('reads %j exactly', (text, amount) => {
    expect(parseUsd(text)).toBe(amount);
  });

  it.each([
    '',
    '.5',
    '5.',
    '-1',
    '+1',
    '1e3',
    '0x10',
    '1,000',
    ' 1',
    '1 ',
    '1\n',
    '0.0000000001',
    '9007199.254740992',
    '9999999',
    '10000000',
    '١',
  ])('refuses %j', (text) => {
    expect(parseUsd(text)).toBeNull();
  });

  it('reads back what formatUsd writes, at any amount', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (amount) => {
        expect(parseUsd(formatUsd(amount).slice(1))).toBe(amount);
      }),
    );
  });
});

describe('formatUsd', () => {
  it.each([
    [0, '$0.00'],
    [1, '$0.000000001'],
    [123_000, '$0.000123'],
    [400_000_000, '$0.40'],
    [NANO_PER_USD, '$1.00'],
    [NANO_USD_MAX, '$9007199.254740991'],
  ])('writes %d as %s', (amount, text) => {
    expect(formatUsd(amount)).toBe(text);
  });

  it('writes zero as any other amount', () => {
    expect(formatUsd(ZERO)).toBe('$0.00');
  });
});
