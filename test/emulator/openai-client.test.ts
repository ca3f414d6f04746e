/**
 * OpenAI's own client as a black box on the Responses API, the corners of Chat Completions and the
 * servers that copy it: what it reads from the emulator is what was scripted.
 */
import OpenAI, { APIError } from 'openai';
import type { FunctionTool } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { DIALECT_CASES } from './dialect-cases.ts';
import { readEvents, useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();
const client = (path = '/v1') =>
  new OpenAI({ baseURL: emulator.url + path, apiKey: 'test-key', maxRetries: 0 });
const model = 'gpt-5-mini';
const input = 'Weigh this.';
const parameters = { type: 'object', properties: { load: { type: 'string' } }, required: ['load'] };
const tool: FunctionTool = { type: 'function', name: 'weigh', parameters, strict: true };

type LegacyChunk = {
  choices: { delta: { function_call?: { arguments: string } }; finish_reason: string | null }[];
};

describe('the official client on Responses', () => {
  it.each([true, false])(
    'reads text, hidden reasoning and usage (stream: %s)',
    async (isStream) => {
      await emulator.script({ text: 'One tonne.', reasoningTokens: 7, chunkDelayMs: 0 });
      const response = isStream
        ? await client().responses.stream({ model, input }).finalResponse()
        : await client().responses.create({ model, input });
      expect(response).toMatchObject({ status: 'completed', output_text: 'One tonne.' });
      expect(response.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
      expect(response.usage).toMatchObject({
        output_tokens: 10,
        output_tokens_details: { reasoning_tokens: 7 },
      });
      const call = await emulator.endedCall();
      expect(call).toMatchObject({ id: response.id, outputTokens: 10, auth: ['bearer'] });
      // 10 tokens in at $0.25, 10 out at $2 a million.
      expect([call.inputTokens, call.billedNanoUsd]).toEqual([10, 10 * 250 + 10 * 2_000]);
    },
  );

  it.each([true, false])('reads parallel function calls (stream: %s)', async (isStream) => {
    const toolCalls = [
      { name: 'weigh', arguments: { load: 'grain' } },
      { name: 'weigh', arguments: { load: 'salt 🧂' } },
    ];
    await emulator.script({ toolCalls, chunkDelayMs: 0 });
    const wish = { model, input, tools: [tool] };
    const response = isStream
      ? await client().responses.stream(wish).finalResponse()
      : await client().responses.create(wish);
    const calls = response.output.map((item) =>
      item.type === 'function_call' ? (JSON.parse(item.arguments) as object) : null,
    );
    expect(calls).toEqual([{ load: 'grain' }, { load: 'salt 🧂' }]);
  });

  it('reads a refusal and a summary of the reasoning', async () => {
    await emulator.script({ refusal: 'I will not.', thinking: 'Heavy.', chunkDelayMs: 0 });
    const wish = { model, input, reasoning: { summary: 'auto' as const } };
    const response = await client().responses.stream(wish).finalResponse();
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'Heavy.' }] },
      { type: 'message', content: [{ type: 'refusal', refusal: 'I will not.' }] },
    ]);
  });

  it('reads response.incomplete at the ceiling, reasoning counted', async () => {
    await emulator.script({ chunks: 50, reasoningTokens: 10, chunkDelayMs: 0 });
    const wish = { model, input, max_output_tokens: 16 };
    const response = await client().responses.stream(wish).finalResponse();
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 16 },
    });
  });

  it('raises an error that comes in mid-stream', async () => {
    await emulator.script({ errorMidStream: true, chunks: 4, chunkDelayMs: 0 });
    const stream = await client().responses.create({ model, input, stream: true });
    const read = async () => {
      for await (const _event of stream);
    };
    await expect(read()).rejects.toBeInstanceOf(APIError);
  });

  it('sees the searches that were run, which are billed', async () => {
    await emulator.script({ text: 'Yes.', searches: 2, chunkDelayMs: 0 });
    const response = await client().responses.create({ model, input });
    expect(response.output.filter((item) => item.type === 'web_search_call')).toHaveLength(2);
    expect((await emulator.endedCall()).billedNanoUsd).toBe(10 * 250 + 2_000 + 20_000_000);
  });
});

describe('the official client on Chat Completions', () => {
  const messages = [{ role: 'user' as const, content: input }];
  const chat = { model: 'gpt-4o-mini', messages };

  it.each([true, false])('reads a refusal (stream: %s)', async (isStream) => {
    await emulator.script({ refusal: 'I will not.', chunkDelayMs: 0 });
    const completion = isStream
      ? await client().chat.completions.stream(chat).finalChatCompletion()
      : await client().chat.completions.create(chat);
    expect(completion.choices[0]?.message).toMatchObject({ content: null, refusal: 'I will not.' });
  });

  it('reads log probabilities of every token', async () => {
    await emulator.script({ text: 'Two tonnes.', chunkDelayMs: 0 });
    const completion = await client().chat.completions.create({ ...chat, logprobs: true });
    const tokens = completion.choices[0]?.logprobs?.content?.map(({ token }) => token);
    expect(tokens?.join('')).toBe('Two tonnes.');
  });

  // The client has deprecated the members, so the bytes are read.
  it('is sent a legacy function call where functions are offered', async () => {
    await emulator.script({ tool: 'always', chunkDelayMs: 0 });
    const functions = [{ name: 'weigh', parameters }];
    const { text } = await emulator.chat({ functions, stream: true });
    const chunks = readEvents(text) as unknown as LegacyChunk[];
    const said = chunks.map(({ choices }) => choices[0]?.delta.function_call?.arguments ?? '');
    expect(said.join('')).toBe('{"load":"salt"}');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('function_call');
  });

  it('with tool: always calls the first tool in every step, for ever', async () => {
    await emulator.script({ tool: 'always', chunkDelayMs: 0 });
    const tools = [{ type: 'function' as const, function: { name: 'weigh', parameters } }];
    for (let step = 0; step < 5; step += 1) {
      const { choices } = await client().chat.completions.create({ ...chat, tools });
      expect(choices[0]?.finish_reason).toBe('tool_calls');
    }
    const bare = await client().chat.completions.create({ ...chat, tools, tool_choice: 'none' });
    expect(bare.choices[0]?.finish_reason).toBe('stop');
  });
});

describe('the official client on the servers that copy OpenAI', () => {
  const compatible = DIALECT_CASES.filter(({ path }) => /^\/[a-z]+\/.*chat/.test(path));

  it.each(compatible)('reads a stream, a whole answer and tools of $name', async (server) => {
    const { path, name } = server;
    const api = client(path.replace('/chat/completions', ''));
    const chat = {
      model: String(server.body['model']),
      messages: [{ role: 'user' as const, content: input }],
      ...(name === 'mistral' ? {} : { stream_options: { include_usage: true } }),
    };
    await emulator.script({ text: 'One tonne.', thinking: 'Heavy.', chunkDelayMs: 0 });
    const streamed = await api.chat.completions.stream(chat).finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe('One tonne.');
    const { stream_options: _options, ...plain } = { stream_options: {}, ...chat };
    const whole = await api.chat.completions.create(plain);
    expect(whole.choices[0]).toMatchObject({
      message: { content: 'One tonne.' },
      finish_reason: 'stop',
    });
    expect(whole.usage?.total_tokens).toBe((whole.usage?.prompt_tokens ?? 0) + 5);
    await emulator.script({ toolCalls: [{ name: 'weigh', arguments: '{}' }], chunkDelayMs: 0 });
    const called = await api.chat.completions.stream(chat).finalChatCompletion();
    expect(called.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'weigh', arguments: '{}' },
    });
  });
});
