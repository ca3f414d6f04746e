// What a provider's count comes to, against amounts worked out by hand. What breaks if this fails:
// a class of tokens is charged twice, at another class's rate, or not at all.

import { describe, expect, it } from 'vitest';
import { readPriceRow } from '../../../core/pricing/price-row.ts';
import { priceUsage } from '../../../core/pricing/price-usage.ts';
import type { ModelPrice } from '../../../core/pricing/rates.ts';
import type { Usage } from '../../../core/pricing/usage.ts';
import { PLAIN, usage } from './money-table.ts';

const rowOf = (text: string): ModelPrice => ({ ...PLAIN, ...readPriceRow(text) });
const cost = (price: ModelPrice, parts: Partial<Usage>): number | null =>
  priceUsage(price, usage(parts), () => null);

describe('priceUsage', () => {
  it.each([
    ['nothing', {}, 0],
    ['plain input', { inputTokens: 10 }, 10_000],
    ['output', { outputTokens: 10 }, 40_000],
    ['all input cached', { inputTokens: 10, cachedInputTokens: 10 }, 1_000],
    ['written input', { inputTokens: 10, cacheWriteTokens: 4 }, 11_000],
    [
      'cached and written that are more than all input',
      { inputTokens: 10, cachedInputTokens: 8, cacheWriteTokens: 8 },
      8 * 100 + 2 * 1_250,
    ],
    ['reasoning, which is inside the output', { outputTokens: 10, reasoningTokens: 9 }, 40_000],
    ['parts that have no rate of their own', { inputTokens: 9, extras: { inputAudio: 5 } }, 9_000],
  ] as const)('of %s is the hand-computed amount', (_, parts, nanoUsd) => {
    expect(cost(PLAIN, parts)).toBe(nanoUsd);
  });

  it('rounds up once, whatever the call is made of', () => {
    const price = rowOf('input 0.0004 cachedInput 0.0001 output 0.0003');
    // 400 + 100 + 300 pico-dollars: rounded a class at a time it would be 3.
    expect(cost(price, { inputTokens: 2, cachedInputTokens: 1, outputTokens: 1 })).toBe(1);
  });
});

describe('the worked examples', () => {
  const SOL = rowOf(
    'input 4 cachedInput 0.4 cacheWrite 5 output 20 webSearch 0.01 | ' +
      '>271999 input 8 cachedInput 0.8 cacheWrite 10 output 30',
  );
  const SONNET = rowOf(
    'input 3 cachedInput 0.3 cacheWrite 3.75 cacheWriteHour 6 output 15 webSearch 0.01 | ' +
      '>200000 input 6 cachedInput 0.6 cacheWrite 7.5 cacheWriteHour 12 output 22.5',
  );
  const GEMINI = rowOf(
    'input 2 cachedInput 0.2 output 12 | >200000 input 4 cachedInput 0.4 output 18',
  );

  it('gpt-5.6-sol: 100k in (80k cached, 5k written), 6k out (4k reasoning), 2 searches', () => {
    const used = {
      inputTokens: 100_000,
      cachedInputTokens: 80_000,
      cacheWriteTokens: 5_000,
      outputTokens: 6_000,
      reasoningTokens: 4_000,
      extras: { webSearch: 2 },
    };
    expect(cost(SOL, used)).toBe(257_000_000);
  });

  it('claude-sonnet-4-5: 250k in (200k read, 10k written), 3k out', () => {
    const used = {
      inputTokens: 250_000,
      cachedInputTokens: 200_000,
      cacheWriteTokens: 10_000,
      outputTokens: 3_000,
    };
    // 40k × 6 + 200k × 0.6 + 10k × 7.5 + 3k × 22.5
    expect(cost(SONNET, used)).toBe(502_500_000);
  });

  it('gemini-3.1-pro: 250k in (100k cached), 9k out (7k thoughts)', () => {
    const used = {
      inputTokens: 250_000,
      cachedInputTokens: 100_000,
      outputTokens: 9_000,
      reasoningTokens: 7_000,
    };
    expect(cost(GEMINI, used)).toBe(802_000_000);
  });
});

describe('a long call', () => {
  const price = rowOf('input 1 cachedInput 0.1 output 4 | >1000 input 2 cachedInput 0.2 output 6');

  it.each([
    [1_000, 1_000 * 1_000 + 10 * 4_000],
    [1_001, 1_001 * 2_000 + 10 * 6_000],
  ])('of %d input tokens costs one set of rates as a whole', (inputTokens, nanoUsd) => {
    expect(cost(price, { inputTokens, outputTokens: 10 })).toBe(nanoUsd);
  });

  it('of several lengths costs the rates of the longest that it passes', () => {
    const steps = rowOf('input 1 output 4 | >1000 input 2 | >2000 input 3');
    expect(cost(steps, { inputTokens: 1_500 })).toBe(1_500 * 2_000);
    expect(cost(steps, { inputTokens: 2_001 })).toBe(2_001 * 3_000);
  });

  it('counts cached tokens into its length', () => {
    const used = { inputTokens: 1_001, cachedInputTokens: 1_001 };
    expect(cost(price, used)).toBe(1_001 * 200);
  });
});

describe('a service tier', () => {
  const price = rowOf(
    'input 1 output 4 | flex 50% | priority 200% | >1000 input 2 output 6 | >1000 flex 50%',
  );

  it.each([
    ['none', undefined, 100, 100_000 + 40_000],
    ['flex', 'flex', 100, 50_000 + 20_000],
    ['priority', 'priority', 100, 200_000 + 80_000],
    ['batch, which has no price here: the usual one', 'batch', 100, 100_000 + 40_000],
    ['flex in a long call', 'flex', 2_000, 2_000_000 + 30_000],
    ['priority in a long call: the dearer of both', 'priority', 2_000, 4_000_000 + 80_000],
  ] as const)('%s costs its own rates', (_, tier, inputTokens, nanoUsd) => {
    const used = { inputTokens, outputTokens: 10, ...(tier === undefined ? {} : { tier }) };
    expect(cost(price, used)).toBe(nanoUsd);
  });

  it('that is cheaper makes a long call cheaper only where it has a price for that', () => {
    const flat = rowOf('input 1 output 4 | flex 50% | >1000 input 2 output 6');
    expect(cost(flat, { inputTokens: 2_000, outputTokens: 10, tier: 'flex' })).toBe(4_060_000);
  });

  it('that is dearer and has no price is not priced as the usual one', () => {
    expect(cost(PLAIN, { inputTokens: 1, tier: 'priority' })).toBeNull();
  });
});

describe('what other models did', () => {
  const DEAR = rowOf('input 10 output 40');
  const used = usage({
    inputTokens: 10,
    outputTokens: 1,
    others: [{ ...usage({ inputTokens: 100, outputTokens: 2 }), model: 'dear-1' }],
  });

  it('is charged at their own price, beside the call', () => {
    const nanoUsd = priceUsage(PLAIN, used, (model) => (model === 'dear-1' ? DEAR : null));
    expect(nanoUsd).toBe(10_000 + 4_000 + 1_000_000 + 80_000);
  });

  it('has no price where one of them has none: the hold is charged', () => {
    expect(priceUsage(PLAIN, used, () => null)).toBeNull();
  });
});

describe('every class of tokens', () => {
  const price = rowOf(
    'input 1 cachedInput 2 cacheWrite 3 cacheWriteHour 4 output 5 inputAudio 6 ' +
      'cachedInputAudio 7 outputAudio 8 inputImage 9 cachedInputImage 10 outputImage 11',
  );

  it('is charged once, at its own rate', () => {
    const used = {
      // 1,000 anew, 2,000 cached, 3,000 written.
      inputTokens: 6_000,
      cachedInputTokens: 2_000,
      cacheWriteTokens: 3_000,
      outputTokens: 4_000,
      extras: {
        cacheWriteHour: 1_000,
        inputAudio: 200,
        inputImage: 300,
        cachedInputAudio: 400,
        cachedInputImage: 500,
        outputAudio: 600,
        outputImage: 700,
      },
    };
    const anew = 500 * 1 + 200 * 6 + 300 * 9;
    const cached = 1_100 * 2 + 400 * 7 + 500 * 10;
    const written = 2_000 * 3 + 1_000 * 4;
    const output = 2_700 * 5 + 600 * 8 + 700 * 11;
    expect(cost(price, used)).toBe((anew + cached + written + output) * 1_000);
  });
});

describe('a count that is none', () => {
  it.each([
    ['negative', { inputTokens: -1 }],
    ['fractional', { outputTokens: 0.5 }],
    ['absurd', { inputTokens: 2 ** 53 }],
    ['a piece of nothing', { extras: { webSearch: Number.NaN } }],
    ['a negative part', { inputTokens: 5, extras: { inputAudio: -5 } }],
  ])('makes the usage unknown: %s', (_, parts) => {
    expect(cost(PLAIN, parts)).toBeNull();
  });
});

describe('a flat price', () => {
  it('is charged once a request, and by the byte', () => {
    const price = rowOf('request 0.001 byteIn 0.000000001 byteOut 0.000000002');
    expect(cost(price, { extras: { byteIn: 1_000, byteOut: 500 } })).toBe(1_002_000);
  });
});
