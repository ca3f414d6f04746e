// The hold is an upper bound. What breaks if this fails: a call costs more than was set aside for
// it, and whoever finds the shape that does so spends without limit.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ask, PLAIN_ASK } from '../../../core/dialects/dialect.ts';
import { chargeUnits } from '../../../core/money.ts';
import { priceOf } from '../../../core/pricing/catalog.ts';
import {
  affordableOutputTokens,
  estimateCall,
  holdFor,
  INPUT_TOKENS_CONSTANT,
  INPUT_TOKENS_CONSTANT_PLAIN,
  OUTPUT_TOKENS_FIRST,
  OUTPUT_TOKENS_MIN,
  type Weight,
} from '../../../core/pricing/estimate.ts';
import { priceUsage } from '../../../core/pricing/price-usage.ts';
import type { ModelPrice } from '../../../core/pricing/rates.ts';
import type { Usage } from '../../../core/pricing/usage.ts';
import { IN_FULL, PLAIN, REASONING, usage } from './money-table.ts';

const NO_ALLOWANCE = { inputTokens: 0, nanoUsd: 0 };

const askOf = (parts: Partial<Ask> = {}): Ask => ({
  ...PLAIN_ASK,
  model: PLAIN.model,
  body: {},
  ...parts,
});

type Parts = Partial<Omit<Weight, 'ask'>> & { readonly ask?: Partial<Ask> };

const weightOf = ({ ask, ...parts }: Parts = {}): Weight => ({
  ask: askOf(ask),
  forwardedBytes: 936,
  outputTokensMax: 100,
  allowance: NO_ALLOWANCE,
  ...parts,
});

const cost = (price: ModelPrice, spent: Usage): number =>
  priceUsage(price, spent, () => null) ?? Infinity;

describe('estimateCall', () => {
  const two = weightOf({ ask: { choices: 2 } });

  it('is the hand-computed sum at the dearest input rate, times every choice', () => {
    expect(estimateCall(PLAIN, two)).toEqual({
      inputTokensMax: 1_000,
      outputTokensMax: 100,
      choices: 2,
      inputNanoUsd: 1_000 * 1_250,
      outputPicoUsd: 4_000_000,
      totalNanoUsd: 1_000 * 1_250 + 2 * 100 * 4_000,
      totalNanoUsdMin: 1_000 * 1_250 + 2 * OUTPUT_TOKENS_MIN * 4_000,
      outputTokensFirst: 200,
      firstNanoUsd: 1_000 * 1_250 + 2 * 100 * 4_000,
    });
  });

  it('adds the hidden prompts of tools, and those of servers that nobody has measured', () => {
    const most = (price: ModelPrice, ask: Partial<Ask>): number =>
      estimateCall(price, weightOf({ ask })).inputTokensMax - 936;
    expect(most(PLAIN, {})).toBe(INPUT_TOKENS_CONSTANT_PLAIN);
    expect(most(PLAIN, { tools: 1 })).toBe(INPUT_TOKENS_CONSTANT);
    expect(most({ ...PLAIN, provider: 'groq' }, {})).toBe(INPUT_TOKENS_CONSTANT);
  });

  it('holds pieces, fees and what the policy says for what bytes do not bound', () => {
    const price = { ...PLAIN, rates: { ...PLAIN.rates, request: 5_000, image: 7_000_000 } };
    const estimate = estimateCall(
      price,
      weightOf({
        ask: {
          pieces: { image: 3 },
          media: { ...PLAIN_ASK.media, images: 1, payloadBytes: 900 },
        },
        allowance: { inputTokens: 2_000, nanoUsd: 11 },
      }),
    );
    const inputTokens = 36 + INPUT_TOKENS_CONSTANT_PLAIN + 2_000;
    expect(estimate.inputTokensMax).toBe(inputTokens);
    expect(estimate.inputNanoUsd).toBe(inputTokens * 1_250 + 5 + 3 * 7_000 + 11);
  });

  it('holds the dearest rates that a call of this length can come to', () => {
    const long: ModelPrice = {
      ...PLAIN,
      longContext: [{ aboveInputTokens: 1_000, rates: { input: 9_000_000, output: 8_000_000 } }],
    };
    const at = (forwardedBytes: number) => estimateCall(long, weightOf({ forwardedBytes }));
    expect(at(936).inputNanoUsd).toBe(1_000 * 1_250);
    expect(at(937).inputNanoUsd).toBe(1_001 * 9_000);
    expect(at(937).outputPicoUsd).toBe(8_000_000);
  });

  it('asks for no more than the ceiling where the ceiling is below the least useful answer', () => {
    const short = estimateCall(PLAIN, weightOf({ outputTokensMax: 5 }));
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
        ({ choices, ...some }, [input, output, cached, written]) => {
          const estimate = estimateCall(PLAIN, weightOf({ ...some, ask: { choices } }));
          const inputTokens = Math.floor(estimate.inputTokensMax * input);
          const actual = usage({
            inputTokens,
            outputTokens: Math.floor(choices * some.outputTokensMax * output),
            cachedInputTokens: Math.floor(inputTokens * cached),
            cacheWriteTokens: Math.floor(inputTokens * written),
          });
          expect(cost(PLAIN, actual)).toBeLessThanOrEqual(estimate.totalNanoUsd);
        },
      ),
    );
  });

  it('would be too low without the choices, or at the plain input rate (negative controls)', () => {
    const worst = usage({ inputTokens: 1_000, cacheWriteTokens: 1_000, outputTokens: 200 });
    const oneChoice = estimateCall(PLAIN, weightOf());
    const plainInput = estimateCall(
      PLAIN,
      weightOf({ ask: { choices: 2, inputRates: ['input'] } }),
    );
    expect(estimateCall(PLAIN, two).totalNanoUsd).toBe(cost(PLAIN, worst));
    expect(oneChoice.totalNanoUsd).toBeLessThan(cost(PLAIN, worst));
    expect(plainInput.totalNanoUsd).toBeLessThan(cost(PLAIN, worst));
  });
});

describe('the first slice', () => {
  const weight = (ask: Partial<Ask> = {}): Weight =>
    weightOf({ outputTokensMax: 4_000, ask: { stream: true, choices: 2, ...ask } });
  const firstOf = (price: ModelPrice, ask: Partial<Ask> = {}): number =>
    estimateCall(price, weight(ask)).outputTokensFirst;

  it('is small where an answer streams and shows all it costs, and never more than all', () => {
    const estimate = estimateCall(PLAIN, weight());
    expect(estimate.outputTokensFirst).toBe(2 * OUTPUT_TOKENS_FIRST);
    expect(estimate.firstNanoUsd).toBe(1_000 * 1_250 + 2 * OUTPUT_TOKENS_FIRST * 4_000);
    expect(estimate.totalNanoUsd).toBe(1_000 * 1_250 + 2 * 4_000 * 4_000);
    const short = estimateCall(PLAIN, { ...weight(), outputTokensMax: 9 });
    expect(short.outputTokensFirst).toBe(18);
  });

  it.each<readonly [string, ModelPrice, Partial<Ask>]>([
    ['nothing of it can be counted before it is whole', PLAIN, { stream: false }],
    ['the model can think out of sight', REASONING, {}],
    ['the provider bills it in full whoever leaves', IN_FULL, {}],
    ['its ceiling cannot be lowered', PLAIN, { isFixed: true }],
    ['audio is no text', PLAIN, { needs: ['images', 'audioOutput'] }],
    ['tools of the provider run unseen', PLAIN, { needs: ['serverTools'] }],
  ])('is all of it where %s', (_, price, ask) => {
    expect(firstOf(price, ask)).toBe(8_000);
  });

  it('is a slice where only the input is beyond its bytes', () => {
    expect(firstOf(PLAIN, { needs: ['images', 'files', 'audio', 'remoteMedia'] })).toBe(
      2 * OUTPUT_TOKENS_FIRST,
    );
  });

  it('grows to the whole estimate and not beyond', () => {
    const estimate = estimateCall(PLAIN, weight());
    expect(holdFor(estimate, 2 * OUTPUT_TOKENS_FIRST)).toBe(estimate.firstNanoUsd);
    expect(holdFor(estimate, 8_000)).toBe(estimate.totalNanoUsd);
    expect(holdFor(estimate, 9_000)).toBe(estimate.totalNanoUsd);
  });
});

describe('affordableOutputTokens', () => {
  const weights = fc.record({
    forwardedBytes: fc.nat({ max: 10_000 }),
    choices: fc.integer({ min: 1, max: 8 }),
    outputTokensMax: fc.integer({ min: 1, max: 5_000 }),
    stream: fc.boolean(),
  });
  const models = fc.constantFrom('gpt-4o-mini', 'gpt-5-nano', 'gpt-4.1', 'o4-mini');

  it('never costs more than was granted, and one more token would', () => {
    fc.assert(
      fc.property(models, weights, fc.nat({ max: 1_000_000 }), (model, weight, share) => {
        const price = priceOf('openai', model);
        if (price === null) throw new Error(model);
        const { choices, stream, ...some } = weight;
        const estimate = estimateCall(price, weightOf({ ...some, ask: { choices, stream } }));
        const granted = Math.floor((estimate.totalNanoUsd * share) / 1_000_000);
        const { inputTokensMax, outputPicoUsd } = estimate;
        const input = price.rates.cacheWrite ?? price.rates.input ?? 0;
        const costOf = (output: number): number =>
          chargeUnits([
            { count: inputTokensMax, picoUsd: Math.max(input, price.rates.input ?? 0) },
            { count: output * choices, picoUsd: outputPicoUsd },
          ]);
        const tokens = affordableOutputTokens(estimate, granted);
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBeLessThanOrEqual(weight.outputTokensMax);
        expect(tokens === 0 || costOf(tokens) <= granted).toBe(true);
        if (tokens === weight.outputTokensMax) return;
        // The input is rounded by itself, which may cost the last token.
        expect(costOf(tokens + 1) + 1).toBeGreaterThan(granted);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the whole ceiling for the whole estimate, and the least useful one for its least', () => {
    const weight = weightOf({ forwardedBytes: 10, outputTokensMax: 50, ask: { choices: 3 } });
    const estimate = estimateCall(PLAIN, weight);
    expect(affordableOutputTokens(estimate, estimate.totalNanoUsd)).toBe(50);
    expect(affordableOutputTokens(estimate, estimate.totalNanoUsd - 1)).toBe(49);
    expect(affordableOutputTokens(estimate, estimate.totalNanoUsdMin)).toBe(16);
    expect(affordableOutputTokens(estimate, estimate.inputNanoUsd)).toBe(0);
    expect(affordableOutputTokens(estimate, 0)).toBe(0);
  });
});
