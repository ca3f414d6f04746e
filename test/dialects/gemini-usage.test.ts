// Usage of Gemini in its parts. What breaks if this fails: thoughts, pictures, sound, searches or a
// dearer tier are charged as something cheaper.

import { describe, expect, it } from 'vitest';
import { type Ask, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { gemini } from '../../core/dialects/gemini.ts';

const askFor = (model: string): Ask => ({ ...PLAIN_ASK, model, body: {} });

const read = (usageMetadata: unknown, more: object = {}, model = 'gemini-3-pro-preview') =>
  gemini.readUsage({ usageMetadata, ...more }, askFor(model));

const GOOD = { promptTokenCount: 10, candidatesTokenCount: 5 };

describe('usage that is malformed is none', () => {
  it.each([-1, 0.5, '10', 2 ** 53, 1_000_000_001, true, [], {}])('in a count of %s', (bad) => {
    expect(read({ ...GOOD, promptTokenCount: bad })).toBeNull();
    expect(read({ ...GOOD, candidatesTokenCount: bad })).toBeNull();
    expect(read({ ...GOOD, thoughtsTokenCount: bad })).toBeNull();
    expect(read({ ...GOOD, toolUsePromptTokenCount: bad })).toBeNull();
  });

  it.each([undefined, null, 7, 'usage', [], {}, { candidatesTokenCount: 5 }])('as %j', (bad) => {
    expect(read(bad)).toBeNull();
  });
});

describe('usage', () => {
  it('leaves out what is zero', () => {
    expect(read({ promptTokenCount: 10 })).toEqual({
      inputTokens: 10,
      outputTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    });
  });

  // What breaks if this fails: a server that leaves the thoughts out gives them away.
  it('counts as output what the total has beyond its parts', () => {
    expect(read({ ...GOOD, totalTokenCount: 115 })).toMatchObject({ outputTokens: 105 });
    expect(read({ ...GOOD, totalTokenCount: 7 })).toMatchObject({ outputTokens: 5 });
  });

  it('has its parts clamped to their whole', () => {
    const odd = {
      ...GOOD,
      cachedContentTokenCount: 99,
      promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 500 }],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 500 }],
    };
    const parts = read(odd);
    expect(parts).toMatchObject({ cachedInputTokens: 10, extras: { outputImage: 5 } });
    expect(parts?.extras?.inputAudio).toBeUndefined();
  });

  it('has sound and pictures by their kind, apart from what was cached of them', () => {
    const details = {
      promptTokenCount: 100,
      candidatesTokenCount: 50,
      cachedContentTokenCount: 30,
      toolUsePromptTokenCount: 7,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 20 },
        { modality: 'AUDIO', tokenCount: 40 },
        { modality: 'IMAGE', tokenCount: 30 },
        { modality: 'VIDEO', tokenCount: 10 },
      ],
      cacheTokensDetails: [
        { modality: 'AUDIO', tokenCount: 10 },
        { modality: 'IMAGE', tokenCount: 20 },
      ],
      toolUsePromptTokensDetails: [{ modality: 'IMAGE', tokenCount: 7 }],
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
    };
    expect(read(details)).toMatchObject({
      inputTokens: 107,
      extras: {
        inputAudio: 30,
        cachedInputAudio: 10,
        inputImage: 17,
        cachedInputImage: 20,
        outputAudio: 50,
      },
    });
  });

  it.each([
    [{ serviceTier: 'standard' }, undefined],
    [{ serviceTier: 'flex' }, 'flex'],
    [{ serviceTier: 'priority' }, 'priority'],
    [{ trafficType: 'ON_DEMAND' }, undefined],
    [{ trafficType: 'ON_DEMAND_FLEX' }, 'flex'],
    [{ trafficType: 'ON_DEMAND_PRIORITY' }, 'priority'],
    [{ trafficType: 'PROVISIONED_THROUGHPUT' }, undefined],
    [{ serviceTier: 7 }, undefined],
  ])('that says %j has the tier %s', (said, tier) => {
    expect(read({ ...GOOD, ...said })?.tier).toBe(tier);
  });

  it('of a count is nothing', () => {
    const ask = { ...askFor('gemini-2.5-flash'), isFree: true };
    expect(gemini.readUsage({ totalTokens: 1_000 }, ask)).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    });
  });
});

describe('searches', () => {
  const searched = (...webSearchQueries: unknown[]) => ({
    candidates: [{ groundingMetadata: { webSearchQueries } }],
  });

  it.each([
    ['gemini-2.5-flash', 1],
    ['gemini-2.0-flash', 1],
    ['gemini-3-pro-preview', 2],
    ['gemini-9', 2],
  ])('of %s are billed as %i of two', (model, count) => {
    expect(read(GOOD, searched('a', 'b', 'a', '', 7), model)?.extras).toEqual({ webSearch: count });
  });

  it('that were none are none', () => {
    expect(read(GOOD, searched())?.extras).toBeUndefined();
    expect(read(GOOD, { candidates: [{ groundingMetadata: {} }] })?.extras).toBeUndefined();
  });
});
