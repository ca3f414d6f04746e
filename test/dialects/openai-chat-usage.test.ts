// Usage as providers have been seen to misreport it: malformed is no usage at all (the hold is then
// the charge), a part is never more than its whole, and an explicit zero stays zero.

import { describe, expect, it } from 'vitest';
import { type Ask, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { askForRecordings, isStream, recordedBody, recordings } from '../support/recordings.ts';

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-4o-mini', body: {} };

const read = (usage: unknown): ReturnType<typeof openaiChat.readUsage> =>
  openaiChat.readUsage({ choices: [], usage }, ASK);

const GOOD = { prompt_tokens: 10, completion_tokens: 5 };

describe('usage that is malformed', () => {
  it.each([-1, 0.5, '10', 2 ** 53 + 1, 1_000_000_001, null, undefined, true, [], {}, Number.NaN])(
    'is no usage where a count is %s',
    (bad) => {
      expect(read({ ...GOOD, prompt_tokens: bad })).toBeNull();
      expect(read({ ...GOOD, completion_tokens: bad })).toBeNull();
    },
  );

  it.each([undefined, null, 7, 'usage', [], {}, { input_tokens: 1, output_tokens: 1 }])(
    'is no usage where it is %j',
    (bad) => {
      expect(read(bad)).toBeNull();
    },
  );

  it.each([undefined, null, 'text', 7, []])('is no usage in a body that is %j', (body) => {
    expect(openaiChat.readUsage(body, ASK)).toBeNull();
  });
});

describe('usage that is strange in its parts', () => {
  it('has its parts clamped to their whole', () => {
    expect(
      read({
        ...GOOD,
        prompt_tokens_details: { cached_tokens: 11, cache_write_tokens: 99 },
        completion_tokens_details: { reasoning_tokens: 6 },
      }),
    ).toMatchObject({ cachedInputTokens: 10, cacheWriteTokens: 10, reasoningTokens: 5 });
  });

  it.each([-3, 1.5, '4', null, undefined, {}])('counts a part that is %j as none', (bad) => {
    expect(
      read({
        ...GOOD,
        prompt_tokens_details: { cached_tokens: bad, cache_write_tokens: bad },
        completion_tokens_details: { reasoning_tokens: bad },
      }),
    ).toEqual({
      inputTokens: 10,
      outputTokens: 5,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    });
  });

  it.each([null, 7, 'text', []])('does without details that are %j', (details) => {
    expect(
      read({ ...GOOD, prompt_tokens_details: details, completion_tokens_details: details }),
    ).toMatchObject({ inputTokens: 10, outputTokens: 5, cachedInputTokens: 0 });
  });
});

describe('usage of zero', () => {
  it('stays zero', () => {
    expect(read({ prompt_tokens: 0, completion_tokens: 0 })).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    });
  });
});

const details = (input: object, output: object = {}) => ({
  prompt_tokens: 100,
  completion_tokens: 50,
  prompt_tokens_details: input,
  completion_tokens_details: output,
});

describe('parts with a price of their own', () => {
  it('are audio and images, in and out, and none where there are none', () => {
    const said = details(
      { audio_tokens: 30, image_tokens: 20, cached_tokens: 0, text_tokens: 50 },
      { audio_tokens: 40, image_tokens: 5, text_tokens: 5 },
    );
    const extras = { inputAudio: 30, inputImage: 20, outputAudio: 40, outputImage: 5 };
    expect(read(said)).toMatchObject({ extras });
    expect(read(details({ audio_tokens: 0 }, { audio_tokens: 0 }))).not.toHaveProperty('extras');
  });

  it.each([
    // Uncached, cached, cached audio, cached images: what is not said to be cached is not.
    [{ audio_tokens: 30, cached_tokens: 60 }, { inputAudio: 30 }],
    [
      { audio_tokens: 30, cached_tokens: 80 },
      { inputAudio: 20, cachedInputAudio: 10 },
    ],
    [{ audio_tokens: 30, cached_tokens: 100 }, { cachedInputAudio: 30 }],
    [
      { audio_tokens: 30, image_tokens: 30, cached_tokens: 60 },
      { inputAudio: 30, inputImage: 10, cachedInputImage: 20 },
    ],
    [{ audio_tokens: 500, image_tokens: 500 }, { inputAudio: 100 }],
  ])('are in %j %j: the dearer reading', (input, extras) => {
    expect(read(details(input))?.extras).toEqual(extras);
  });

  it('leave rejected predictions where they are billed: in the output', () => {
    const said = details({}, { accepted_prediction_tokens: 5, rejected_prediction_tokens: 30 });
    expect(read(said)).toMatchObject({ outputTokens: 50 });
  });
});

describe('usage of compatible servers', () => {
  // UKGovernmentBEIS/inspect_ai#5528: a cost 8.7 times too low.
  it('counts reasoning that only the total has as output', () => {
    const xai = { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135 };
    const reasoning = { completion_tokens_details: { reasoning_tokens: 94 } };
    expect(read({ ...xai, ...reasoning })).toMatchObject({
      inputTokens: 32,
      outputTokens: 103,
      reasoningTokens: 94,
    });
    expect(read({ ...GOOD, total_tokens: 15 })).toMatchObject({ outputTokens: 5 });
    for (const total_tokens of [0, 3, -1, '99', null, 2e9]) {
      expect(read({ ...GOOD, total_tokens })).toMatchObject({ outputTokens: 5 });
    }
  });

  it('has DeepSeek’s own name for what was cached, unless the common one is there', () => {
    const hit = { prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 };
    expect(read({ ...GOOD, ...hit })).toMatchObject({ cachedInputTokens: 8 });
    const both = { ...GOOD, ...hit, prompt_tokens_details: { cached_tokens: 2 } };
    expect(read(both)).toMatchObject({ cachedInputTokens: 2 });
  });

  it('is found in Groq’s own object', () => {
    const body = { x_groq: { usage: GOOD } };
    expect(openaiChat.readUsage(body, ASK)).toMatchObject({ inputTokens: 10 });
  });
});

describe('searches', () => {
  const searching: Ask = { ...ASK, serverTools: ['web_search'] };

  it('are one for every call of a model that always searches, and what others report', () => {
    const of = (usage: object, ask = ASK) => openaiChat.readUsage({ usage }, ask)?.extras;
    expect(of(GOOD)).toBeUndefined();
    expect(of(GOOD, searching)).toEqual({ webSearch: 1 });
    const router = { ...GOOD, server_tool_use_details: { web_search_requests: 3 } };
    expect(of(router, searching)).toEqual({ webSearch: 3 });
    expect(of({ ...GOOD, num_sources_used: 4 })).toEqual({ webSearch: 4 });
    expect(of({ ...GOOD, num_sources_used: -4 })).toBeUndefined();
  });
});

describe('the tier', () => {
  it.each([
    ['flex', 'flex'],
    ['priority', 'priority'],
    ['fast', 'priority'],
    ['batch', 'batch'],
    ['default', undefined],
    ['on_demand', undefined],
    ['constructor', undefined],
    [null, undefined],
  ])('%j is %j', (service_tier, tier) => {
    expect(openaiChat.readUsage({ usage: GOOD, service_tier }, ASK)?.tier).toBe(tier);
    // Mistral says it inside.
    expect(openaiChat.readUsage({ usage: { ...GOOD, service_tier } }, ASK)?.tier).toBe(tier);
  });
});

askForRecordings('openai-chat answers in one piece');

const answers = recordings('openai-chat').filter((one) => !isStream(one));

describe.skipIf(answers.length === 0)('a recorded answer in one piece', () => {
  it.each(answers)('$file says its usage', (recording) => {
    const body = JSON.parse(new TextDecoder().decode(recordedBody(recording))) as unknown;
    const { usage } = recording.expected;
    const told = openaiChat.readUsage(body, ASK);
    if (usage === null) {
      expect(told).toBeNull();
      return;
    }
    const { input, output, cached, cache_write, reasoning, audio_in, audio_out } = usage;
    const extras = {
      ...(audio_in > 0 ? { inputAudio: audio_in } : {}),
      ...(audio_out > 0 ? { outputAudio: audio_out } : {}),
    };
    expect(told).toEqual({
      inputTokens: input,
      outputTokens: output,
      cachedInputTokens: cached,
      cacheWriteTokens: cache_write,
      reasoningTokens: reasoning,
      ...(audio_in + audio_out > 0 ? { extras } : {}),
    });
  });

  it('is one with audio in, one with audio out, and one with a picture', () => {
    const tags = new Set(answers.flatMap((one) => one.tags));
    for (const tag of ['audio', 'audio-in', 'image-in']) expect(tags).toContain(tag);
  });
});
