// What an origin may say of its own use. What breaks if this fails: nonsense is booked as money, or
// a run pays another model's price.

import { describe, expect, it } from 'vitest';
import type { ModelPrice } from '../../../core/pricing/rates.ts';
import { priceReport, REPORT_NANO_USD_MAX, reportSchema } from '../../../core/run/report.ts';

const price = (model: string, input: number): ModelPrice => ({
  model,
  provider: 'openai',
  rates: { input, cachedInput: input / 2, output: input * 4 },
  longContext: [],
  tiers: {},
  hiddenOutput: false,
  billsAbandonedInFull: false,
});
const MODELS = new Map([
  ['small', price('small', 1_000_000)],
  ['large', price('large', 10_000_000)],
]);

const report = (json: unknown, models: ReadonlyMap<string, ModelPrice> = MODELS) =>
  priceReport(reportSchema.parse(json), models);

describe('a report', () => {
  it('of tokens is priced by the model it names, else by the first of the route', () => {
    const usage = { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4 };
    const small = { id: 'a', nanoUsd: 28_000, inputTokens: 10, outputTokens: 5 };
    expect(report({ id: 'a', usage })).toEqual({ ok: true, value: small });
    expect(report({ id: 'a', model: 'large', usage })).toMatchObject({
      value: { nanoUsd: 280_000 },
    });
  });

  it('of an amount is that amount, zero among them', () => {
    expect(report({ id: 'a', nanoUsd: 7 })).toMatchObject({ ok: true, value: { nanoUsd: 7 } });
    expect(report({ id: 'a', nanoUsd: 0 })).toMatchObject({ ok: true, value: { nanoUsd: 0 } });
    const usage = { inputTokens: 0, outputTokens: 0 };
    expect(report({ id: 'a', usage })).toMatchObject({ ok: true, value: { nanoUsd: 0 } });
  });

  it('of a model that the route does not name is refused', () => {
    const said = { id: 'a', model: 'huge', usage: { inputTokens: 1, outputTokens: 1 } };
    expect(report(said)).toMatchObject({ ok: false, error: { kind: 'model-not-offered' } });
    expect(report({ ...said, model: undefined }, new Map()).ok).toBe(false);
  });

  it('never has more of a part than of its whole', () => {
    const usage = { inputTokens: 10, outputTokens: 0, cachedInputTokens: 500, cacheWriteTokens: 9 };
    expect(report({ id: 'a', usage })).toMatchObject({ value: { nanoUsd: 5_000 } });
  });

  const usage = { inputTokens: 1, outputTokens: 1 };
  it.each<[string, unknown]>([
    ['without an id', { usage }],
    ['with an empty id', { id: '', usage }],
    ['with a line end in its id', { id: 'a\nb', usage }],
    ['of nothing', { id: 'a' }],
    ['of two things', { id: 'a', usage, nanoUsd: 1 }],
    ['below nothing', { id: 'a', nanoUsd: -1 }],
    ['of half an amount', { id: 'a', nanoUsd: 0.5 }],
    ['of an amount in words', { id: 'a', nanoUsd: '1' }],
    ['of more than any run', { id: 'a', nanoUsd: REPORT_NANO_USD_MAX + 1 }],
    ['of negative tokens', { id: 'a', usage: { inputTokens: -1, outputTokens: 1 } }],
    ['of more tokens than any call', { id: 'a', usage: { inputTokens: 1e12, outputTokens: 1 } }],
    ['of half its tokens', { id: 'a', usage: { inputTokens: 1 } }],
    ['with a field that nobody knows', { id: 'a', nanoUsd: 1, run: 'other' }],
  ])('%s is refused', (_what, json) => {
    expect(reportSchema.safeParse(json).success).toBe(false);
  });

  it('of tokens that come to more than any run is refused', () => {
    const said = { inputTokens: 1_000_000_000, outputTokens: 1_000_000_000 };
    expect(report({ id: 'a', model: 'large', usage: said })).toMatchObject({
      ok: false,
      error: { kind: 'request-invalid' },
    });
  });
});
