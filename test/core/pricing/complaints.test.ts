// Complaints about the cost arithmetic of other gateways, one test each. What breaks if one fails:
// what was reported there happens here.

import { describe, expect, it } from 'vitest';
import { priceOf } from '../../../core/pricing/catalog.ts';
import { readPriceRow } from '../../../core/pricing/price-row.ts';
import { priceUsage } from '../../../core/pricing/price-usage.ts';
import type { ModelPrice } from '../../../core/pricing/rates.ts';
import type { Usage } from '../../../core/pricing/usage.ts';
import { PLAIN, usage } from './money-table.ts';

const rowOf = (text: string): ModelPrice => ({ ...PLAIN, ...readPriceRow(text) });
const cost = (price: ModelPrice | null, parts: Partial<Usage>): number | null =>
  price === null ? null : priceUsage(price, usage(parts), () => null);

const CLAUDE = rowOf(
  'input 3 cachedInput 0.3 cacheWrite 3.75 cacheWriteHour 6 output 15 webSearch 0.01',
);

describe('a price nobody knows', () => {
  it('is no reason to skip the reservation (litellm#35524): it is none', () => {
    expect(priceOf('openai', 'gpt-99')).toBeNull();
  });

  it('is not 0 (litellm#30715): a model that is free at the provider has no price either', () => {
    expect(priceOf('openrouter', 'meta-llama/llama-3.1-8b-instruct:free')).toBeNull();
    expect(priceOf('google', 'gemma-3-27b-it')).toBeNull();
  });
});

describe('cached tokens', () => {
  // 1,000 in, of which 800 came from the cache.
  const used = { inputTokens: 1_000, cachedInputTokens: 800 };

  it('are charged once (litellm#9812, #14849, #40016)', () => {
    expect(cost(CLAUDE, used)).toBe(200 * 3_000 + 800 * 300);
  });

  it('would cost this much more if they were charged as input, too', () => {
    const naive = 1_000 * 3_000 + 800 * 300;
    expect(cost(CLAUDE, used)).not.toBe(naive);
  });
});

describe('Gemini thoughts', () => {
  it('are charged as output (sub2api#554, new-api#1014, ai-tally#376)', () => {
    // candidates 20, thoughts 980: a gateway that drops the thoughts charges 2 %.
    const used = { outputTokens: 20 + 980, reasoningTokens: 980 };
    expect(cost(rowOf('input 1.25 output 10'), used)).toBe(10_000_000);
  });
});

describe('cache writes', () => {
  it('cost more than input, an hour the most (claude-powerline#104, helicone#5766)', () => {
    const used = { inputTokens: 100, cacheWriteTokens: 60, extras: { cacheWriteHour: 50 } };
    expect(cost(CLAUDE, used)).toBe(40 * 3_000 + 10 * 3_750 + 50 * 6_000);
  });

  it('cost twice the input for an hour at every Claude model that writes at all', () => {
    for (const model of ['claude-sonnet-4-5', 'claude-haiku-4-5-20251001', 'claude-opus-5-5']) {
      const rates = priceOf('anthropic', model)?.rates;
      expect([model, rates?.cacheWriteHour]).toEqual([model, 2 * (rates?.input ?? 0)]);
    }
  });

  it('are charged at OpenAI, too, where they are billed (litellm#40002)', () => {
    const rates = priceOf('openai', 'gpt-6-sol')?.rates;
    expect(rates?.cacheWrite).toBe(2_500_000);
  });
});

describe('tiers of length', () => {
  it('apply to the whole call, cache included (Portkey-AI/models#627, weave-os/router#867)', () => {
    const price = rowOf(
      'input 3 cachedInput 0.3 output 15 | >200000 input 6 cachedInput 0.6 output 22.5',
    );
    const used = { inputTokens: 200_001, cachedInputTokens: 200_000, outputTokens: 1 };
    expect(cost(price, used)).toBe(6_000 + 200_000 * 600 + 22_500);
  });
});

describe('service tiers', () => {
  it('are charged as what they are (litellm#33772, #38370, bifrost#2641, #5084)', () => {
    const price = priceOf('openai', 'gpt-5');
    const used = { inputTokens: 1_000, outputTokens: 100 };
    expect(cost(price, used)).toBe(2_250_000);
    expect(cost(price, { ...used, tier: 'flex' })).toBe(1_125_000);
    expect(cost(price, { ...used, tier: 'priority' })).toBe(4_500_000);
  });
});

describe('audio', () => {
  it('by the second is not 0 (litellm#14447)', () => {
    expect(cost(priceOf('openai', 'whisper-1'), { extras: { audioSecond: 60 } })).toBe(6_000_000);
    const groq = cost(priceOf('groq', 'whisper-large-v3'), { extras: { audioSecond: 3_600 } });
    // $0.111 an hour is no whole number of pico-dollars a second.
    expect(groq).toBeGreaterThanOrEqual(110_999_999);
  });

  it('tokens cost what audio costs, though the catalogue names only text', () => {
    const price = priceOf('openai', 'gpt-4o-audio-preview-2025-06-03');
    const used = { inputTokens: 100, extras: { inputAudio: 90 } };
    expect(cost(price, used)).toBe(10 * 2_500 + 90 * 40_000);
    const first = priceOf('openai', 'gpt-4o-audio-preview-2024-10-01');
    expect(cost(first, used)).toBe(10 * 2_500 + 90 * 100_000);
  });
});

describe('fees', () => {
  it('of a search are charged beside its tokens, at Google as well', () => {
    expect(cost(priceOf('google', 'gemini-2.5-flash'), { extras: { webSearch: 1 } })).toBe(
      35_000_000,
    );
    expect(cost(priceOf('anthropic', 'claude-sonnet-5'), { extras: { webSearch: 3 } })).toBe(
      30_000_000,
    );
  });
});
