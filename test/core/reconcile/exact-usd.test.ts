// Amounts of an export are exact before anything is added up. What breaks if this fails: a
// difference of a nano-dollar that is ours alone, or one that goes unseen.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addUsd,
  isWholeNanoUsd,
  nearestNanoUsd,
  readUsd,
  type Unit,
  ZERO_USD,
} from '../../../core/reconcile/exact-usd.ts';

const nano = (text: string, unit: Unit = 'dollars'): bigint | string => {
  const read = readUsd(text, unit);
  return typeof read === 'string' ? read : nearestNanoUsd(read);
};

describe('readUsd', () => {
  it.each([
    ['0', 0n],
    ['0.000000001', 1n],
    ['1e-9', 1n],
    ['1E-9', 1n],
    ['1e-7', 100n],
    ['3.3e-5', 33_000n],
    ['0E-6176', 0n],
    ['0e999999', 0n],
    ['-0.5', -500_000_000n],
    ['0.8958740000000000', 895_874_000n],
    ['0.000004500000000000000000000000000000000', 4_500n],
    ['0.30000000000000004', 300_000_000n],
    ['9999999.999999999', 9_999_999_999_999_999n],
    ['8999999.999999999', 8_999_999_999_999_999n],
    ['12e1', 120_000_000_000n],
  ])('reads %j dollars as %d nano-dollars', (text, expected) => {
    expect(nano(text)).toBe(expected);
  });

  it.each([
    ['123.45', 1_234_500_000n],
    ['0.0000001', 1n],
    ['123.78912', 1_237_891_200n],
    ['1e-7', 1n],
    ['999999999', 9_999_999_990_000_000n],
  ])('reads %j cents as %d nano-dollars', (text, expected) => {
    expect(nano(text, 'cents')).toBe(expected);
  });

  it.each(['', '.5', '5.', '+1', '1,000', '$1', ' 1', '1 ', '0x10', 'NaN', '1e', '1e1.5', '--1'])(
    'refuses %j, which is no plain decimal',
    (text) => {
      expect(nano(text)).toBe('is not a plain decimal number');
    },
  );

  it.each(['10000000', '1e7', '1e400', '1e999999'])('refuses %s as too much', (text) => {
    expect(nano(text)).toBe('is $10,000,000 or more');
  });

  it.each(['1e-61', `0.${'0'.repeat(60)}1`, '1e-999999'])('refuses %s as too fine', (text) => {
    expect(nano(text)).toBe('has more than 60 decimals');
  });

  it('refuses a text too long to be an amount without reading it', () => {
    expect(nano('1'.repeat(10_000_000))).toBe('is not a plain decimal number');
  });

  it('gives back every whole number of nano-dollars, however it is written', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 9_999_999_999_999_999n), fc.nat(30), (amount, zeros) => {
        const text = amount.toString().padStart(10, '0');
        const plain = `${text.slice(0, -9)}.${text.slice(-9)}`;
        expect(nano(`${plain}${'0'.repeat(zeros)}`)).toBe(amount);
        expect(nano(`${text}e-9`)).toBe(amount);
        expect(nano(`${text}.0e-7`, 'cents')).toBe(amount);
      }),
    );
  });
});

describe('sums of amounts', () => {
  const sum = (texts: readonly string[]) =>
    texts.reduce((total, text) => {
      const read = readUsd(text, 'dollars');
      if (typeof read === 'string') throw new Error(read);
      return addUsd(total, read);
    }, ZERO_USD);

  it('are exact where floats drift by a nano-dollar', () => {
    const texts = Array.from({ length: 1_000_000 }, () => '0.0000003');
    expect(nearestNanoUsd(sum(texts))).toBe(300_000_000n);
    expect(texts.reduce((total, text) => total + Number(text), 0)).not.toBe(0.3);
  });

  it('are rounded once, and say whether they had to be', () => {
    const half = sum(['0.0000000005', '0.0000000005']);
    expect([nearestNanoUsd(half), isWholeNanoUsd(half)]).toEqual([1n, true]);
    const third = sum(['0.0000000003']);
    expect([nearestNanoUsd(third), isWholeNanoUsd(third)]).toEqual([0n, false]);
    expect(nearestNanoUsd(sum(['-0.0000000005']))).toBe(-1n);
  });
});
