// The hold is an upper bound. What breaks if this fails: a call costs more than was set aside for
// it, and whoever finds the shape that does so spends without limit.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openaiChat } from '../../../core/dialects/openai-chat.ts';
import { chargeTokens } from '../../../core/money.ts';
import { priceUsage } from '../../../core/pricing/actual.ts';
import { priceOf } from '../../../core/pricing/catalog.ts';
import {
  affordableOutputTokens,
  estimateCall,
  INPUT_TOKENS_CONSTANT,
  OUTPUT_TOKENS_MIN,
} from '../../../core/pricing/estimate.ts';
import { askForRecordings, recordedRequest, recordings } from '../../support/recordings.ts';
import { PLAIN, usage } from './money-table.ts';

askForRecordings('the estimate against recorded usage');

const recorded = recordings('openai-chat').flatMap((recording) => {
  const request = recordedRequest(recording);
  const spent = recording.expected.usage;
  if (request === null || spent === null || !openaiChat.readRequest(request).ok) return [];
  return [{ file: recording.file, request, spent }];
});

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

describe.skipIf(recorded.length === 0)('on recorded text and tool calls', () => {
  it.each(recorded)('$file used no more input than its bytes and the constant', (call) => {
    expect(call.spent.input).toBeLessThanOrEqual(bytesOf(call.request) + INPUT_TOKENS_CONSTANT);
  });

  it.each(recorded)('$file cost no more than the hold on what is forwarded', (call) => {
    const asked = openaiChat.readRequest(call.request);
    if (!asked.ok) throw new Error('was read before');
    const outputTokensMax = Math.max(asked.value.outputTokensMax ?? 4_096, OUTPUT_TOKENS_MIN);
    const forwarded = openaiChat.narrow(asked.value, { outputTokensMax, safetyIdentifier: 'x' });
    const weight = { forwardedBytes: bytesOf(forwarded), choices: asked.value.choices };
    const estimate = estimateCall(PLAIN, { ...weight, outputTokensMax });
    const { input, output, cached, cache_write } = call.spent;
    const actual = priceUsage(
      PLAIN,
      usage({
        inputTokens: input,
        outputTokens: output,
        cachedInputTokens: cached,
        cacheWriteTokens: cache_write,
      }),
    );
    expect(actual).toBeLessThanOrEqual(estimate.totalNanoUsd);
  });

  it('covers several calls, and characters ÷ 4 would have been too low for dense text', () => {
    expect(recorded.length).toBeGreaterThanOrEqual(5);
    // Cherokee: one token a byte, three bytes a character (o200k).
    const cherokee = 'Ꭰ'.repeat(300);
    const tokens = 900;
    expect(bytesOf(cherokee) + INPUT_TOKENS_CONSTANT).toBeGreaterThanOrEqual(tokens);
    expect(cherokee.length / 4).toBeLessThan(tokens);
  });
});

describe('estimateCall', () => {
  const weight = { forwardedBytes: 976, choices: 2, outputTokensMax: 100 };

  it('is the hand-computed sum at the dearest input rate, times every choice', () => {
    expect(estimateCall(PLAIN, weight)).toEqual({
      inputTokensMax: 2_000,
      outputTokensMax: 100,
      choices: 2,
      inputNanoUsd: 2_000 * 1_250,
      totalNanoUsd: 2_000 * 1_250 + 2 * 100 * 4_000,
      totalNanoUsdMin: 2_000 * 1_250 + 2 * 16 * 4_000,
    });
  });

  it('asks for no more than the ceiling where the ceiling is below the least useful answer', () => {
    const short = estimateCall(PLAIN, { ...weight, outputTokensMax: 5 });
    expect(short.totalNanoUsdMin).toBe(short.totalNanoUsd);
  });

  it('is not below any usage that fits its bounds', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({
          forwardedBytes: fc.nat({ max: 100_000 }),
          choices: fc.integer({ min: 1, max: 16 }),
          outputTokensMax: fc.integer({ min: 16, max: 100_000 }),
        }),
        fc.tuple(share, share, share, share),
        (some, [input, output, cached, written]) => {
          const estimate = estimateCall(PLAIN, some);
          const inputTokens = Math.floor(estimate.inputTokensMax * input);
          const actual = usage({
            inputTokens,
            outputTokens: Math.floor(some.choices * some.outputTokensMax * output),
            cachedInputTokens: Math.floor(inputTokens * cached),
            cacheWriteTokens: Math.floor(inputTokens * written),
          });
          expect(priceUsage(PLAIN, actual)).toBeLessThanOrEqual(estimate.totalNanoUsd);
        },
      ),
    );
  });

  it('would be too low without the choices, or at the plain input rate (negative controls)', () => {
    const worst = usage({ inputTokens: 2_000, cacheWriteTokens: 2_000, outputTokens: 200 });
    const actual = priceUsage(PLAIN, worst);
    const oneChoice = estimateCall(PLAIN, { ...weight, choices: 1 });
    const plainInput = estimateCall({ ...PLAIN, cacheWritePicoUsd: 0 }, weight);
    expect(estimateCall(PLAIN, weight).totalNanoUsd).toBe(actual);
    expect(oneChoice.totalNanoUsd).toBeLessThan(actual);
    expect(plainInput.totalNanoUsd).toBeLessThan(actual);
  });
});

describe('affordableOutputTokens', () => {
  const weights = fc.record({
    forwardedBytes: fc.nat({ max: 10_000 }),
    choices: fc.integer({ min: 1, max: 8 }),
    outputTokensMax: fc.integer({ min: 1, max: 5_000 }),
  });
  const models = fc.constantFrom('gpt-4o-mini', 'gpt-5-nano', 'gpt-4.1', 'o4-mini');

  it('never costs more than was granted, and one more token would', () => {
    fc.assert(
      fc.property(models, weights, fc.nat({ max: 1_000_000 }), (model, weight, share) => {
        const price = priceOf(model);
        if (price === null) throw new Error(model);
        const estimate = estimateCall(price, weight);
        const granted = Math.floor((estimate.totalNanoUsd * share) / 1_000_000);
        const cost = (output: number): number =>
          chargeTokens([
            {
              tokens: estimate.inputTokensMax,
              picoUsdPerToken: Math.max(price.inputPicoUsd, price.cacheWritePicoUsd),
            },
            { tokens: output * estimate.choices, picoUsdPerToken: price.outputPicoUsd },
          ]);
        const tokens = affordableOutputTokens(price, estimate, granted);
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBeLessThanOrEqual(weight.outputTokensMax);
        const atCeiling = tokens === weight.outputTokensMax;
        expect(tokens === 0 || cost(tokens) <= granted).toBe(true);
        expect(atCeiling || cost(tokens + 1) > granted).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the whole ceiling for the whole estimate, and the least useful one for its least', () => {
    const estimate = estimateCall(PLAIN, { forwardedBytes: 10, choices: 3, outputTokensMax: 50 });
    expect(affordableOutputTokens(PLAIN, estimate, estimate.totalNanoUsd)).toBe(50);
    expect(affordableOutputTokens(PLAIN, estimate, estimate.totalNanoUsd - 1)).toBe(49);
    expect(affordableOutputTokens(PLAIN, estimate, estimate.totalNanoUsdMin)).toBe(16);
    expect(affordableOutputTokens(PLAIN, estimate, estimate.inputNanoUsd)).toBe(0);
    expect(affordableOutputTokens(PLAIN, estimate, 0)).toBe(0);
  });
});

describe('the catalogue', () => {
  it.each([
    ['gpt-4o', 2_500_000, 1_250_000, 10_000_000],
    ['gpt-4o-mini', 150_000, 75_000, 600_000],
    ['gpt-5', 1_250_000, 125_000, 10_000_000],
    ['gpt-5-mini', 250_000, 25_000, 2_000_000],
    ['gpt-5-nano', 50_000, 5_000, 400_000],
  ])('has %s at its list price, in whole pico-dollars', (model, input, cached, output) => {
    expect(priceOf(model)).toMatchObject({
      inputPicoUsd: input,
      cachedInputPicoUsd: cached,
      outputPicoUsd: output,
    });
  });

  it.each([
    'gpt-4o-',
    'gpt-4o-mini-2099',
    'GPT-4o',
    ' gpt-4o',
    'gpt-6',
    '',
    '__proto__',
    'toString',
  ])('has no price for %j: a name that merely looks like one is unknown', (model) => {
    expect(priceOf(model)).toBeNull();
  });

  it('says of every model that can reason out of sight that it can', () => {
    for (const model of ['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'o4-mini']) {
      expect([model, priceOf(model)?.hiddenOutput]).toEqual([model, true]);
    }
  });
});
