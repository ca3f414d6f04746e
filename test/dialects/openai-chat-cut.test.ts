// A stream of completions that is ended by us, read by the official clients: they take a cut for an
// answer that reached its length, and an error for an error. What breaks if this fails: an app
// takes half an answer for a whole one, or a crash of its SDK for its user's fault.

import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Ask, type Cut, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';

const MODEL = 'gpt-4o-mini';
const ASK: Ask = { ...PLAIN_ASK, model: MODEL, body: {} };
const SENTENCE = 'The budget of this call is used up.';
const CUT: Cut = { as: 'length', sentence: SENTENCE, inputTokens: 7, outputTokens: 5 };

const line = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;
const chunk = (choices: object[], more: object = {}): string =>
  line({ id: 'c1', object: 'chat.completion.chunk', created: 7, model: MODEL, choices, ...more });
const part = (delta: object, index = 0, finish_reason: string | null = null): string =>
  chunk([{ index, delta, logprobs: null, finish_reason }]);

const HELLO = [part({ role: 'assistant', content: '' }), part({ content: 'Hel' })];
const ASIDE = part({ content: 'lo' }, 1);
const call = (parts: object): string => part({ tool_calls: [{ index: 0, ...parts }] });
/** Cut in the middle of its arguments. */
const CALL = [
  part({ role: 'assistant', content: null }),
  call({ id: 'call_1', type: 'function', function: { name: 'find', arguments: '' } }),
  call({ function: { arguments: '{"q":"ra' } }),
];

/** What the caller gets when the stream is cut behind these. */
function cutBehind(lines: readonly string[], parts: Partial<Cut> = {}, hideUsage = false): string {
  const reader = openaiChat.openStream(ASK, { hideUsage, collectAnswer: false });
  const passed = lines.filter(
    (one) => reader.take({ event: '', data: one.slice('data: '.length).trimEnd() }) === 'pass',
  );
  return passed.join('') + reader.cut({ ...CUT, ...parts });
}

const answering = (text: string) => (): Promise<Response> =>
  Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } }));

const official = (text: string): OpenAI =>
  new OpenAI({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:9/v1',
    maxRetries: 0,
    fetch: answering(text),
  });
const messages = [{ role: 'user' as const, content: 'hi' }];

const finder = {
  type: 'function' as const,
  function: { name: 'find', parameters: { type: 'object', properties: { q: { type: 'string' } } } },
};

describe('the ending', () => {
  const endings = (text: string): unknown[] =>
    text
      .split('\n\n')
      .filter((one) => one !== '')
      .map((one) => one.slice('data: '.length))
      .map((one) => (one.startsWith('{') ? (JSON.parse(one) as unknown) : one));
  const added = (lines: readonly string[], parts?: Partial<Cut>, hideUsage = false): unknown[] => {
    const passed = lines.filter((one) => !(hideUsage && one.includes('"usage":{')));
    return endings(cutBehind(lines, parts, hideUsage).slice(passed.join('').length));
  };
  const base = { id: 'c1', object: 'chat.completion.chunk', created: 7, model: MODEL };
  const ended = (index: number) => ({ index, delta: {}, finish_reason: 'length' });
  const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
  const report = { ...base, choices: [], usage };

  it('ends each choice that is open, reports what is charged, and says that it is the end', () => {
    expect(added([...HELLO, ASIDE])).toEqual([
      { ...base, choices: [ended(0)] },
      { ...base, choices: [ended(1)] },
      report,
      '[DONE]',
    ]);
  });

  it('reports nothing to a caller who did not ask', () => {
    expect(added(HELLO, {}, true)).toEqual([{ ...base, choices: [ended(0)] }, '[DONE]']);
  });

  it('does not end twice what has ended, and does not report twice', () => {
    const stopped = [...HELLO, part({}, 0, 'stop')];
    expect(added(stopped)).toEqual([report, '[DONE]']);
    // OpenRouter goes on with empty deltas.
    expect(added([...stopped, part({ content: '' })])).toEqual([report, '[DONE]']);
    const said = chunk([], { usage });
    expect(added([...stopped, said])).toEqual(['[DONE]']);
    expect(added([...stopped, said, 'data: [DONE]\n\n'])).toEqual([]);
    expect(added([...HELLO, line({ error: { message: 'x' } })])).toEqual([]);
  });

  it('of a stream that had not begun names the model that was asked for', () => {
    const delta = { role: 'assistant', content: '' };
    expect(added([], {}, true)).toEqual([
      { ...base, id: '', created: 0, choices: [{ index: 0, delta, finish_reason: 'length' }] },
      '[DONE]',
    ]);
  });

  it('as an error is the error and nothing behind it', () => {
    expect(added(HELLO, { as: 'error' })).toEqual([
      { error: { message: SENTENCE, type: 'weighbridge', param: null, code: 'stream_ended' } },
    ]);
  });
});

describe('the package openai', () => {
  const chunks = async (text: string) => {
    const stream = await official(text).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    const all: OpenAI.ChatCompletionChunk[] = [];
    for await (const one of stream) all.push(one);
    return all;
  };

  it('reads a cut to its end, whatever had come', async () => {
    for (const lines of [[], HELLO, [...HELLO, ASIDE], CALL]) {
      const all = await chunks(cutBehind(lines));
      expect(all.at(-1)?.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 5 });
      expect(all.at(-2)?.choices[0]?.finish_reason).toBe('length');
    }
  });

  it('puts a cut answer together, also without a word of it and in the middle of a call', async () => {
    for (const lines of [[], HELLO, CALL]) {
      const stream = official(cutBehind(lines)).chat.completions.stream({
        model: MODEL,
        messages,
        tools: [finder],
      });
      const { choices } = await stream.finalChatCompletion();
      expect(choices[0]?.finish_reason).toBe('length');
    }
  });

  it('runs no tool on half of its arguments, and says why', async () => {
    let runs = 0;
    const run = (): string => `found ${String((runs += 1))}`;
    const parameters = { type: 'object' };
    const finds = { name: 'find', parameters, parse: JSON.parse, function: run };
    const tools = [{ type: 'function' as const, function: finds }] as never;
    const asked = { model: MODEL, messages, stream: true as const, tools };
    const runner = official(cutBehind(CALL)).chat.completions.runTools(asked);
    await expect(runner.done()).rejects.toThrow('the length limit was reached');
    expect(runs).toBe(0);
  });

  it('throws our sentence for an error', async () => {
    await expect(chunks(cutBehind(HELLO, { as: 'error' }))).rejects.toThrow(SENTENCE);
    const stream = official(cutBehind(CALL, { as: 'error' })).chat.completions.stream({
      model: MODEL,
      messages,
    });
    await expect(stream.finalChatCompletion()).rejects.toThrow(SENTENCE);
  });

  it('takes a stream that is only closed for a whole answer: why we never do that', async () => {
    const all = await chunks(HELLO.join(''));
    expect(all.at(-1)?.choices[0]?.finish_reason).toBeNull();
  });
});

describe('the AI SDK', () => {
  const stream = (text: string) => {
    const errors: unknown[] = [];
    const result = streamText({
      model: createOpenAI({ apiKey: 'k', fetch: answering(text) }).chat(MODEL),
      messages,
      maxRetries: 0,
      stopWhen: stepCountIs(1),
      tools: { find: tool({ inputSchema: z.object({ q: z.string() }) }) },
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    return { result, errors };
  };

  it('finishes a cut answer with its length and its usage', async () => {
    const { result, errors } = stream(cutBehind(HELLO));
    expect(await result.text).toBe('Hel');
    expect(await result.finishReason).toBe('length');
    expect((await result.usage).outputTokens).toBe(5);
    expect(errors).toEqual([]);
  });

  it('finishes one cut in the middle of a call, and runs nothing', async () => {
    const { result, errors } = stream(cutBehind(CALL));
    expect(await result.finishReason).toBe('length');
    expect((await result.toolCalls).filter((one) => one.invalid !== true)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('reports our sentence for an error', async () => {
    const { result, errors } = stream(cutBehind(HELLO, { as: 'error' }));
    await result.consumeStream();
    expect(JSON.stringify(errors)).toContain(SENTENCE);
  });
});

describe('LangChain', () => {
  const stream = async (text: string) => {
    const model = new ChatOpenAI({
      model: MODEL,
      apiKey: 'k',
      maxRetries: 0,
      configuration: { fetch: answering(text) },
    });
    let all;
    for await (const one of await model.stream('hi')) {
      all = all === undefined ? one : all.concat(one);
    }
    return all;
  };

  it('reads a cut answer, its reason and its usage', async () => {
    const all = await stream(cutBehind(HELLO));
    expect(all?.text).toBe('Hel');
    expect(all?.response_metadata['finish_reason']).toBe('length');
    expect(all).toHaveProperty('usage_metadata.output_tokens', 5);
    expect((await stream(cutBehind(CALL)))?.tool_calls?.[0]?.name).toBe('find');
  });

  it('throws our sentence for an error', async () => {
    await expect(stream(cutBehind(HELLO, { as: 'error' }))).rejects.toThrow(SENTENCE);
  });
});
