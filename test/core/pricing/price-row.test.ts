// Lines of the price table, and exact decimals. What breaks if this fails: a rate is read as
// another one, or off by what a float loses.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import table from '../../../core/pricing/catalog.json' with { type: 'json' };
import {
  EACH_DECIMALS,
  formatPico,
  parsePico,
  PER_MILLION_DECIMALS,
} from '../../../core/pricing/pico.ts';
import { readPriceRow, writePriceRow } from '../../../core/pricing/price-row.ts';
import { PROVIDER_KINDS } from '../../../core/pricing/rates.ts';

describe('dollars', () => {
  it.each([
    ['2.5', PER_MILLION_DECIMALS, 2_500_000],
    ['0.0028', PER_MILLION_DECIMALS, 2_800],
    ['600', PER_MILLION_DECIMALS, 600_000_000],
    ['0', PER_MILLION_DECIMALS, 0],
    ['0.01', EACH_DECIMALS, 10_000_000_000],
    ['0.000030833333', EACH_DECIMALS, 30_833_333],
    ['9007.199254740991', EACH_DECIMALS, Number.MAX_SAFE_INTEGER],
  ])('%s with %d decimals is exactly %d', (text, decimals, amount) => {
    expect(parsePico(text, decimals)).toBe(amount);
    expect(formatPico(amount, decimals)).toBe(text);
  });

  it.each([
    '',
    '.5',
    '5.',
    '-1',
    '+1',
    '1e-6',
    '0x10',
    ' 1',
    '1,5',
    '0.0000001',
    '12345678901',
    'NaN',
  ])('%j is no amount', (text) => {
    expect(parsePico(text, PER_MILLION_DECIMALS)).toBeNull();
  });

  it('past what an integer holds exactly are no amount', () => {
    expect(parsePico('9007.199254740992', EACH_DECIMALS)).toBeNull();
  });

  it('come back as they were written, whatever they are', () => {
    const amounts = fc.nat(Number.MAX_SAFE_INTEGER);
    const decimals = fc.constantFrom(PER_MILLION_DECIMALS, EACH_DECIMALS);
    fc.assert(
      fc.property(amounts, decimals, (amount, places) => {
        expect(parsePico(formatPico(amount, places), places)).toBe(amount);
      }),
    );
  });
});

describe('a line', () => {
  it('has its rates, its tiers and its lengths, each part with all of the rates', () => {
    const line =
      'input 3 cachedInput 0.3 output 15 | flex 50% | >200000 input 6 output 22.5 visible';
    expect(() => readPriceRow(line)).toThrow('visible');
    const row = readPriceRow(
      'input 3 output 15 visible | flex 50% | >200000 input 6 | >200000 flex 10%',
    );
    expect(row).toEqual({
      rates: { input: 3_000_000, output: 15_000_000 },
      tiers: { flex: { input: 1_500_000, output: 7_500_000 } },
      longContext: [
        {
          aboveInputTokens: 200_000,
          rates: { input: 6_000_000, output: 15_000_000 },
          tiers: { flex: { input: 600_000, output: 1_500_000 } },
        },
      ],
      hiddenOutput: false,
    });
  });

  it('has the fees of its provider, unless it says otherwise', () => {
    const fees = readPriceRow('webSearch 0.01 fileSearch 0.0025').rates;
    const { rates } = readPriceRow('input 1 output 2 webSearch 0.05', fees);
    expect(rates).toEqual({
      input: 1_000_000,
      output: 2_000_000,
      webSearch: 50_000_000_000,
      fileSearch: 2_500_000_000,
    });
  });

  it.each([
    ['a rate nobody knows', 'inptu 3'],
    ['a rate without an amount', 'input 3 output'],
    ['an amount that is none', 'input three'],
    ['more decimals than a pico-dollar has', 'input 0.0000001'],
    ['a length that is none', 'input 3 | >many input 6'],
    ['a part that belongs nowhere', 'input 3 | input 6'],
    ['a share that is none', 'input 3 | flex half%'],
  ])('with %s does not load', (_, line) => {
    expect(() => readPriceRow(line)).toThrow('price table');
  });

  it.each(PROVIDER_KINDS)('of %s says the same when it is read and written', (kind) => {
    const fees = readPriceRow(table.fees[kind]).rates;
    for (const line of Object.values<string>(table.models[kind])) {
      expect(writePriceRow(readPriceRow(line, fees), fees)).toBe(line);
    }
  });
});
