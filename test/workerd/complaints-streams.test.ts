// Complaints about what other gateways charge for streams, one test each: for those that are left,
// that break, and that never say what they used. Each in four dialects, before the whole gateway
// with real ledgers. What breaks if one fails: leaving early is a way to be served free, or an
// honest caller pays for what was never generated.

import { describe, expect, it } from 'vitest';
import { EVENTS, PIECE, play } from './played-call.ts';
import { EVENT_TOKENS } from './stream-harness.ts';
import {
  ANTHROPIC_VOICE,
  billOf,
  CHAT_VOICE,
  chatUsage,
  GEMINI_VOICE,
  RESPONSES_VOICE,
  type Voice,
  VOICES,
} from './voices.ts';

/** What a gateway charges that prices the last word on usage it has seen, and nothing else. */
function usageAlone({ input, output }: Voice, heard: string): number {
  const count = (names: string): number =>
    Number([...heard.matchAll(new RegExp(`"(?:${names})":(\\d+)`, 'g'))].at(-1)?.[1] ?? 0);
  const inputTokens = count('prompt_tokens|input_tokens|promptTokenCount');
  const outputTokens = count('completion_tokens|output_tokens|candidatesTokenCount');
  return inputTokens * input + outputTokens * output;
}

describe.each(VOICES)('$name', (voice) => {
  it('a caller who leaves in mid-stream pays for what was generated (litellm#33736)', async () => {
    const { facts, used, heard } = await play(voice, { leavesAfter: EVENTS / 2 });
    const billed = billOf(voice, (EVENTS / 2) * EVENT_TOKENS);
    expect(facts.ending).toBe('caller-left');
    expect(used).toBeGreaterThanOrEqual(billed);
    // The negative control: of the same bytes.
    expect(usageAlone(voice, heard)).toBeLessThan(billed / 10);
  });

  it('leaving before the last word on usage saves nothing (litellm#36008)', async () => {
    const { facts, used, heard } = await play(voice, { leavesAfter: EVENTS });
    const billed = billOf(voice, EVENTS * EVENT_TOKENS);
    expect(facts.ending).toBe('caller-left');
    expect(used).toBeGreaterThanOrEqual(billed);
    expect(usageAlone(voice, heard)).toBeLessThan(billed / 10);
  });

  it('no last word on usage is charged as the hold, nothing given back (new-api#5235, #7062)', async () => {
    const { facts, used } = await play(voice, { last: voice.end(null) });
    expect(facts).toMatchObject({ ending: 'complete', usageSource: 'hold' });
    expect(used).toBe(facts.hold.lastNanoUsd);
    expect(used).toBeGreaterThanOrEqual(billOf(voice, EVENTS * EVENT_TOKENS));
    // And with it the same answer costs what it says, to the nano-dollar.
    const told = await play(voice, { last: voice.end(voice.usage(EVENTS * EVENT_TOKENS)) });
    expect(told.used).toBe(billOf(voice, EVENTS * EVENT_TOKENS));
  });

  it('an aborted stream costs its whole ceiling only where the provider bills it (new-api#5289)', async () => {
    const { facts, used } = await play(voice, { leavesAfter: 4 });
    if (voice.isAbandonedInFull) expect(used).toBe(facts.estimate.totalNanoUsd);
    else expect(used).toBeLessThan(facts.estimate.totalNanoUsd);
  });

  // The larger one is not kept whole while it passes.
  it.each([30_000, 70_000])(
    'the text of an error is not charged as an answer (new-api#4168, sub2api#4408): %i bytes',
    async (bytes) => {
      const sorry = '!'.repeat(bytes);
      const { facts, used, text } = await play(voice, { says: 4, last: voice.fail(sorry) });
      // It is the last that a reader gets.
      expect(text.endsWith(voice.fail(sorry))).toBe(true);
      expect(facts.ending).toBe('origin-failed');
      expect(used).toBeGreaterThanOrEqual(billOf(voice, 4 * EVENT_TOKENS));
      if (!voice.isAbandonedInFull) expect(used).toBeLessThan(facts.estimate.totalNanoUsd);
    },
  );

  it.each([true, false])(
    'a provider that dies is never made to look finished (bifrost#5546), broken %s',
    async (breaks) => {
      const { facts, text } = await play(voice, { says: 5, breaks });
      expect(text.split(PIECE)).toHaveLength(6);
      expect(text).not.toMatch(voice.isEnded);
      expect(text).toMatch(/"message":"The answer broke off/);
      expect(facts.ending).toBe('origin-failed');
      // It would be seen: this is how a whole one ends.
      expect(voice.end(null)).toMatch(voice.isEnded);
    },
  );
});

describe('usage', () => {
  it.each([
    ['is left', { leavesAfter: EVENTS }],
    ['breaks', { breaks: true }],
  ])(
    'a stream that %s is not priced from a placeholder of 1 token (litellm#39893)',
    async (_, how) => {
      const { used, facts, heard } = await play(ANTHROPIC_VOICE, how);
      const billed = billOf(ANTHROPIC_VOICE, EVENTS * EVENT_TOKENS);
      expect(usageAlone(ANTHROPIC_VOICE, heard)).toBe(billOf(ANTHROPIC_VOICE, 1));
      expect(facts.usageSource).toBe('counted');
      expect(used).toBeGreaterThanOrEqual(billed);
    },
  );

  const choice = { index: 0, delta: {}, finish_reason: 'stop' };
  it.each([
    ['with a choice', { choices: [choice], usage: chatUsage(900) }],
    ['of Groq', { choices: [choice], x_groq: { id: 'r', usage: chatUsage(900) } }],
  ])('counts in a chunk %s (litellm#36168, OmniRoute#9750)', async (_, last) => {
    const text = `data: ${JSON.stringify({ id: 'c', ...last })}\n\ndata: [DONE]\n\n`;
    const { facts, used } = await play(CHAT_VOICE, { last: text });
    expect(facts.usageSource).toBe('provider');
    expect(used).toBe(billOf(CHAT_VOICE, 900));
  });

  it('is asked for, whether or not the client did (any-llm#974, ferro-labs/ai-gateway#281)', async () => {
    for (const stream_options of [undefined, {}, { include_usage: false }]) {
      const { forwarded, used, text } = await play(
        CHAT_VOICE,
        { last: CHAT_VOICE.end(chatUsage(700)) },
        { stream_options },
      );
      expect(forwarded['stream_options']).toEqual({ include_usage: true });
      expect(used).toBe(billOf(CHAT_VOICE, 700));
      // Nor does a client get a chunk that it did not ask for.
      expect(text).not.toContain('usage');
      expect(text).toContain('[DONE]');
    }
    const asked = { stream_options: { include_usage: true } };
    const { text } = await play(CHAT_VOICE, { last: CHAT_VOICE.end(chatUsage(700)) }, asked);
    expect(text).toContain('"completion_tokens":700');
  });
});

describe('tokens of a kind of their own', () => {
  const details = { cached_tokens: 800 };
  // 1,000 in, of which 800 came from the cache, and one out.
  const CACHED = [
    [CHAT_VOICE, { ...chatUsage(1), prompt_tokens: 1_000, prompt_tokens_details: details }, 75],
    [
      RESPONSES_VOICE,
      { input_tokens: 1_000, output_tokens: 1, total_tokens: 1_001, input_tokens_details: details },
      75,
    ],
    [ANTHROPIC_VOICE, { input_tokens: 200, cache_read_input_tokens: 800, output_tokens: 1 }, 100],
    [
      GEMINI_VOICE,
      {
        promptTokenCount: 1_000,
        cachedContentTokenCount: 800,
        candidatesTokenCount: 1,
        totalTokenCount: 1_001,
      },
      30,
    ],
  ] as const;

  it.each(CACHED.map(([voice, usage, cached]) => ({ name: voice.name, voice, usage, cached })))(
    'from a cache are charged once: $name (litellm#9812, #14849, #40016)',
    async ({ voice, usage, cached }) => {
      const { used } = await play(voice, { last: voice.end(usage) });
      expect(used).toBe(200 * voice.input + 800 * cached + voice.output);
    },
  );

  it('written to a cache are charged by how long they stay (claude-powerline#104, helicone#5766)', async () => {
    const cache_creation = { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 50 };
    const usage = {
      input_tokens: 40,
      cache_creation_input_tokens: 60,
      cache_creation,
      output_tokens: 1,
    };
    const { used } = await play(ANTHROPIC_VOICE, { last: ANTHROPIC_VOICE.end(usage) });
    expect(used).toBe(40 * 1_000 + 10 * 1_250 + 50 * 2_000 + 5_000);
  });

  it('thought by Gemini are charged as output (sub2api#554, new-api#1014, ai-tally#376)', async () => {
    const usage = {
      promptTokenCount: 9,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 980,
      totalTokenCount: 1_009,
    };
    const { used } = await play(GEMINI_VOICE, { last: GEMINI_VOICE.end(usage) });
    expect(used).toBe(billOf(GEMINI_VOICE, 1_000));
  });
});
