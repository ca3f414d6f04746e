// Usage as providers have been seen to misreport it: malformed is no usage at all (the hold is then
// the charge), a part is never more than its whole, and an explicit zero stays zero.

import { describe, expect, it } from 'vitest';
import { openaiChat } from '../../core/dialects/openai-chat.ts';

const read = (usage: unknown): ReturnType<typeof openaiChat.readUsage> =>
  openaiChat.readUsage({ choices: [], usage });

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
    expect(openaiChat.readUsage(body)).toBeNull();
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
