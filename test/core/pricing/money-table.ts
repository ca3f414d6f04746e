// A model with prices that are easy to multiply in one's head, and what a call to it may look like.

import type { ModelPrice } from '../../../core/pricing/rates.ts';
import type { Usage } from '../../../core/pricing/usage.ts';

/** Input 1,000 NanoUsd a token, cached 100, written 1,250, output 4,000. */
export const PLAIN: ModelPrice = {
  model: 'plain-1',
  provider: 'openai',
  rates: { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_250_000, output: 4_000_000 },
  longContext: [],
  tiers: {},
  hiddenOutput: false,
  billsAbandonedInFull: false,
};

export const REASONING: ModelPrice = { ...PLAIN, model: 'reasoning-1', hiddenOutput: true };
export const IN_FULL: ModelPrice = { ...PLAIN, model: 'full-1', billsAbandonedInFull: true };

export const usage = (parts: Partial<Usage>): Usage => ({
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  ...parts,
});
