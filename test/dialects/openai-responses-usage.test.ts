// Usage of the Responses API, and what the provider's own tools did beside it. Complaints about
// others: tiers and cache writes charged at the usual rate (BerriAI/litellm#33772, #40002,
// Helicone/helicone#5766), fees of tools forgotten, malformed counts taken for a bill.

import { describe, expect, it } from 'vitest';
import { PLAIN_ASK, type Ask } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { present } from '../../core/result.ts';

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-5.6-sol', body: {} };
const GOOD = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

const read = (response: object, ask = ASK): Usage | null =>
  openaiResponses.readUsage(response, ask);
const usageOf = (details: object): Usage | null => read({ usage: { ...GOOD, ...details } });

describe('usage that is malformed', () => {
  it.each([-1, 0.5, '10', 1_000_000_001, null, undefined, true, [], {}])(
    'is no usage where a count is %s',
    (bad) => {
      expect(usageOf({ input_tokens: bad })).toBeNull();
      expect(usageOf({ output_tokens: bad })).toBeNull();
    },
  );

  it.each([undefined, null, 7, 'usage', [], {}, { prompt_tokens: 1, completion_tokens: 1 }])(
    'is no usage where it is %j',
    (bad) => {
      expect(read({ usage: bad })).toBeNull();
    },
  );

  it.each([-1, 0.5, '3', 2e9])('is no usage where a tool used %s of something', (bad) => {
    const searches = { web_search: { num_requests: bad } };
    const images = { image_gen: { input_tokens: 1, output_tokens: bad } };
    for (const tool_usage of [searches, images]) {
      expect(read({ usage: GOOD, tool_usage })).toBeNull();
    }
  });
});

describe('usage', () => {
  it('has its parts clamped to their whole, and stays zero where it is', () => {
    const strange = {
      input_tokens_details: { cached_tokens: 11, cache_write_tokens: 99 },
      output_tokens_details: { reasoning_tokens: 6 },
    };
    expect(usageOf(strange)).toEqual({
      inputTokens: 10,
      outputTokens: 5,
      cachedInputTokens: 10,
      cacheWriteTokens: 10,
      reasoningTokens: 5,
    });
    expect(read({ usage: { input_tokens: 0, output_tokens: 0 } })).toMatchObject({
      inputTokens: 0,
    });
  });

  it('tells cache writes of twelve hours from those of thirty minutes', () => {
    const details = {
      cache_write_tokens: 8,
      cache_write_tokens_details: { ttl_12h_tokens: 6, ttl_30m_tokens: 2 },
    };
    expect(usageOf({ input_tokens_details: details })).toMatchObject({
      cacheWriteTokens: 8,
      extras: { cacheWriteHour: 6 },
    });
  });

  it.each([
    ['default', undefined],
    ['auto', undefined],
    [null, undefined],
    ['flex', 'flex'],
    ['priority', 'priority'],
    ['fast', 'priority'],
    ['ultrafast', 'priority'],
  ])('is of the tier that was billed: %s', (service_tier, tier) => {
    expect(read({ usage: GOOD, service_tier })?.tier).toBe(tier);
  });
});

describe('what tools did', () => {
  const items = (...types: readonly string[]): object[] =>
    types.map((type, at) => ({ type, id: `i${String(at)}`, container_id: 'cntr_1' }));

  it('is the larger of what is reported and what is seen', () => {
    const output = items('web_search_call', 'web_search_call', 'file_search_call');
    for (const [said, counted] of [
      [0, 2],
      [2, 2],
      [5, 5],
    ]) {
      const tool_usage = { web_search: { num_requests: said } };
      const usage = read({ usage: GOOD, tool_usage, output });
      expect(usage?.extras).toEqual({ webSearch: counted, fileSearch: 1 });
    }
  });

  it('is no search where a page was only looked at again', () => {
    const look = ['open_page', 'find_in_page', 'search'].map((type) => ({
      type: 'web_search_call',
      action: { type },
    }));
    expect(read({ usage: GOOD, output: look })?.extras).toEqual({ webSearch: 1 });
  });

  it('is one session of code for each container', () => {
    const output = [
      ...items('code_interpreter_call', 'code_interpreter_call'),
      { type: 'code_interpreter_call', container_id: 'cntr_2' },
    ];
    expect(read({ usage: GOOD, output })?.extras).toEqual({ codeSession: 2 });
  });

  it('is priced at the row of the model that made the pictures', () => {
    const tools = [{ type: 'image_generation', model: 'gpt-image-1.5' }];
    const image_gen = {
      input_tokens: 100,
      input_tokens_details: { image_tokens: 60, text_tokens: 40 },
      cached_tokens: 20,
      cached_tokens_details: { cached_image_tokens: 10, cached_text_tokens: 10 },
      output_tokens: 1_100,
      output_tokens_details: { image_tokens: 1_000, text_tokens: 100 },
    };
    const usage = read({ usage: GOOD, tool_usage: { image_gen } }, { ...ASK, body: { tools } });
    expect(usage?.others).toEqual([
      {
        model: 'gpt-image-1.5',
        inputTokens: 100,
        cachedInputTokens: 20,
        cacheWriteTokens: 0,
        outputTokens: 1_100,
        reasoningTokens: 0,
        extras: { inputImage: 50, cachedInputImage: 10, outputImage: 1_000 },
      },
    ]);
    const price = present(priceOf('openai', 'gpt-5-mini'), 'price');
    const without = present(
      priceUsage(price, { ...present(usage, 'usage'), others: [] }, () => null),
      'x',
    );
    const cost = priceUsage(price, present(usage, 'usage'), (model) => priceOf('openai', model));
    // Text 30 at $5, cached 10 at $1.25; pictures 50 at $8, cached 10 at $2; out 100 at $10 and
    // 1,000 at $32.
    const byHand =
      30 * 5_000 + 10 * 1_250 + 50 * 8_000 + 10 * 2_000 + 100 * 10_000 + 1_000 * 32_000;
    expect(cost).toBe(without + byHand);
  });
});
