// Completions from before chats. Attack: prompts, `n` and `best_of` multiply what a small request
// generates; what is generated and thrown away is billed and never seen.

import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { Ask, Cut } from '../../core/dialects/dialect.ts';
import { openaiCompletions } from '../../core/dialects/openai-completions.ts';
import {
  askForRecordings,
  isStream,
  recordedBody,
  recordedRequest,
  recordings,
} from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('openai-completions');

const BASE = { model: 'babbage-002', prompt: 'one, two' };

function ask(parts: object = {}): Ask {
  const asked = openaiCompletions.readRequest(requestOf({ ...BASE, ...parts }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const ASK = ask();

const denied = (parts: object): unknown => {
  const asked = openaiCompletions.readRequest(requestOf({ ...BASE, ...parts }));
  return asked.ok ? 'accepted' : asked.error;
};

const up = (parts: object, outputTokensMax = 10): Readonly<Record<string, unknown>> => {
  const narrowing = { outputTokensMax, safetyIdentifier: 'pseudonym', provider: 'openai' } as const;
  return openaiCompletions.narrow(ask(parts), narrowing) as Record<string, unknown>;
};

describe('a request', () => {
  it.each([
    ['one text', 'abc', 1, 3],
    ['no text', '', 1, 0],
    ['texts', ['abc', 'de'], 2, 5],
    ['tokens', [1, 2, 3, 4], 1, 4],
    ['lists of tokens', [[1, 2], [3], [4]], 3, 4],
  ])('of %s has as many prompts as it pays for', (_, prompt, prompts, chars) => {
    expect(ask({ prompt })).toMatchObject({
      messages: prompts,
      choices: prompts,
      promptChars: chars,
    });
  });

  it.each([
    [{}, 1],
    [{ n: 3 }, 3],
    [{ best_of: 5 }, 5],
    [{ n: 2, best_of: 5 }, 5],
    [{ n: 5, best_of: 2 }, 5],
    [{ n: 2, best_of: 5, prompt: ['a', 'b', 'c'] }, 15],
  ])('%j generates %i answers', (parts, choices) => {
    expect(ask(parts).choices).toBe(choices);
  });

  it('has the API’s own ceiling where it names none, so that it is held for', () => {
    expect(ask().outputTokensMax).toBe(16);
    expect(ask({ max_tokens: null }).outputTokensMax).toBe(16);
    expect(ask({ max_tokens: 500 }).outputTokensMax).toBe(500);
  });

  it('counts its suffix', () => {
    expect(ask({ suffix: 'three' }).promptChars).toBe(13);
  });

  it.each([
    ['prompt', { prompt: undefined }],
    ['prompt', { prompt: null }],
    ['prompt', { prompt: [] }],
    ['prompt', { prompt: [[]] }],
    ['prompt', { prompt: ['a', 1] }],
    ['prompt', { prompt: [1.5] }],
    ['prompt', { prompt: [-1] }],
    ['prompt', { prompt: Array.from({ length: 2_049 }, () => 'a') }],
    ['best_of', { best_of: 21 }],
    ['best_of', { best_of: 0 }],
    ['best_of', { best_of: 2, stream: true }],
    ['max_tokens', { max_tokens: 0 }],
    ['logprobs', { logprobs: 6 }],
    ['n', { n: 129 }],
    ['seed', { seed: 2 ** 60 }],
    ['messages', { messages: [] }],
    ['store', { store: true }],
    ['service_tier', { service_tier: 'priority' }],
    ['max_completion_tokens', { max_completion_tokens: 5 }],
    ['use_beam_search', { use_beam_search: true }],
  ])('is refused by the name of %s where it is %j', (field, parts) => {
    const { field: named } = denied(parts) as { field: string };
    expect(named.startsWith(field)).toBe(true);
  });
});

describe('narrow', () => {
  it('sends what was asked, the ceiling that is held for, and our name for the caller', () => {
    const asked = {
      prompt: [[1, 2], [3]],
      n: 2,
      best_of: 3,
      echo: true,
      logprobs: 2,
      suffix: 'x',
      temperature: 0,
      stop: ['\n'],
      logit_bias: { '7': -1 },
      seed: 1,
    };
    expect(up({ ...asked, user: 'mail@example.org', max_tokens: 500 })).toEqual({
      model: 'babbage-002',
      ...asked,
      max_tokens: 10,
      user: 'pseudonym',
    });
    expect(up({})['max_tokens']).toBe(10);
  });

  it('asks for usage in every stream', () => {
    const stream_options = { include_usage: false };
    expect(up({ stream: true, stream_options })['stream_options']).toEqual({ include_usage: true });
    expect('stream_options' in up({ stream_options })).toBe(false);
  });
});

const recorded = recordings('openai-completions');
const textOf = (one: (typeof recorded)[number]): string =>
  new TextDecoder().decode(recordedBody(one));
const open = (hideUsage = false) =>
  openaiCompletions.openStream(ask({ stream: true }), { hideUsage, collectAnswer: true });

describe.skipIf(recorded.length === 0)('a recorded', () => {
  it.each(recorded)('$file is read, request and answer', (one) => {
    const asked = openaiCompletions.readRequest(requestOf(recordedRequest(one)));
    if (!asked.ok) throw new Error('refused');
    const { input, output } = one.expected.usage ?? { input: 0, output: 0 };
    const usage = { inputTokens: input, outputTokens: output };
    if (!isStream(one)) {
      expect(asked.value.choices).toBe(4);
      expect(openaiCompletions.readUsage(JSON.parse(textOf(one)), ASK)).toMatchObject(usage);
      return;
    }
    const reader = open(true);
    const passed = textOf(one)
      .split(/(?<=\n\n)/)
      .map((block) => reader.take({ event: '', data: block.slice(6).trimEnd() }));
    expect(reader.usage()).toMatchObject(usage);
    expect(reader.finished()).toBe(true);
    expect(reader.visibleBytes()).toBeGreaterThan(output);
    expect(passed.filter((verdict) => verdict === 'withhold')).toHaveLength(1);
    expect(reader.answer()).toBeNull();
  });
});

const CUT: Cut = {
  as: 'length',
  sentence: 'The budget is used up.',
  inputTokens: 7,
  outputTokens: 5,
};

describe('a stream that is cut', () => {
  const chunk = (text: string, index = 0): string =>
    `data: ${JSON.stringify({
      id: 'c1',
      object: 'text_completion',
      created: 7,
      model: 'babbage-002',
      choices: [{ text, index, logprobs: null, finish_reason: null }],
    })}\n\n`;
  const cutBehind = (lines: readonly string[], cut: Partial<Cut> = {}): string => {
    const reader = open();
    for (const one of lines) reader.take({ event: '', data: one.slice(6).trimEnd() });
    return lines.join('') + reader.cut({ ...CUT, ...cut });
  };
  const read = async (text: string): Promise<OpenAI.Completion[]> => {
    const type = { headers: { 'content-type': 'text/event-stream' } };
    const fetch = (): Promise<Response> => Promise.resolve(new Response(text, type));
    const client = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:9', maxRetries: 0, fetch });
    const stream = await client.completions.create({ ...BASE, stream: true });
    const all: OpenAI.Completion[] = [];
    for await (const one of stream) all.push(one);
    return all;
  };

  it('ends for the official package as one that reached its length, with its usage', async () => {
    for (const lines of [[], [chunk('a')], [chunk('a'), chunk('b', 1)]]) {
      const all = await read(cutBehind(lines));
      const reasons = all.flatMap(({ choices }) => choices.map((one) => one.finish_reason));
      expect(reasons.filter((reason) => reason === 'length')).toHaveLength(lines.length || 1);
      expect(all.at(-1)?.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 5 });
    }
  });

  it('throws our sentence in the official package where it is an error', async () => {
    await expect(read(cutBehind([chunk('a')], { as: 'error' }))).rejects.toThrow(CUT.sentence);
  });
});

describe('a conversation', () => {
  it('is none', () => {
    expect(openaiCompletions.conversation).toBeUndefined();
    expect(openaiCompletions.toolCallsIn({ choices: [{ text: 'a' }] })).toBe(0);
  });
});
