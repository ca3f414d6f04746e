// What an origin says that a run used at a provider it called by itself: tokens of a model, which
// we price, or an amount. Nothing of what it says is believed to be less than nothing or more than
// any call could come to; zero is an answer.

import * as z from 'zod';
import type { Denial } from '../denial.ts';
import { type NanoUsd, NANO_PER_USD, nanoUsd } from '../money.ts';
import type { ModelPrice } from '../pricing/rates.ts';
import { priceUsage } from '../pricing/price-usage.ts';
import { TOKENS_MAX, type Usage } from '../pricing/usage.ts';
import { err, ok, type Result } from '../result.ts';

/** No run is allowed to cost as much; beyond it a number is a mistake. */
export const REPORT_NANO_USD_MAX = 10_000 * NANO_PER_USD;

const tokens = z.int().min(0).max(TOKENS_MAX);

const usageSchema = z.strictObject({
  /** All of them, cached ones included. */
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: tokens.optional(),
  cacheWriteTokens: tokens.optional(),
  reasoningTokens: tokens.optional(),
});

export const reportSchema = z
  .strictObject({
    /** Of the origin's choosing: the same id again changes nothing. */
    id: z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/, 'letters, digits and . _ : -, at most 64'),
    model: z.string().min(1).max(128).optional(),
    usage: usageSchema.optional(),
    nanoUsd: z.int().min(0).max(REPORT_NANO_USD_MAX).optional(),
  })
  .refine(
    ({ usage, nanoUsd: amount }) => (usage === undefined) !== (amount === undefined),
    'Send either "usage" or "nanoUsd".',
  );

export type Report = {
  readonly id: string;
  readonly nanoUsd: NanoUsd;
  readonly inputTokens: number;
  readonly outputTokens: number;
};

/** A part can never be more than its whole. */
export function usageOf(said: z.infer<typeof usageSchema>): Usage {
  const { inputTokens, outputTokens } = said;
  const cachedInputTokens = Math.min(said.cachedInputTokens ?? 0, inputTokens);
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens,
    cacheWriteTokens: Math.min(said.cacheWriteTokens ?? 0, inputTokens - cachedInputTokens),
    reasoningTokens: Math.min(said.reasoningTokens ?? 0, outputTokens),
  };
}

/** `models`: those of the run's route, with their prices; the first stands for no name. */
export function priceReport(
  { id, model, usage: said, nanoUsd: amount }: z.infer<typeof reportSchema>,
  models: ReadonlyMap<string, ModelPrice>,
): Result<Report, Denial> {
  if (said === undefined) {
    return ok({ id, nanoUsd: nanoUsd(amount ?? 0), inputTokens: 0, outputTokens: 0 });
  }
  const [first] = models.values();
  const price = model === undefined ? first : models.get(model);
  if (price === undefined) {
    return err({ kind: 'model-not-offered', model: model ?? '', offered: [...models.keys()] });
  }
  const usage = usageOf(said);
  const priced = priceUsage(price, usage, (other) => models.get(other) ?? null);
  if (priced === null || priced > REPORT_NANO_USD_MAX) {
    return err({ kind: 'request-invalid', field: 'usage', sentence: 'No run comes to as much.' });
  }
  const { inputTokens, outputTokens } = usage;
  return ok({ id, nanoUsd: priced, inputTokens, outputTokens });
}
