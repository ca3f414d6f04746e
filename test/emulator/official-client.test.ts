/**
 * OpenAI's own client as a black box: what it reads from the emulator is what was scripted.
 */
import OpenAI, { APIError } from 'openai';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources';
import { describe, expect, it } from 'vitest';
import { useEmulator } from './emulator-harness.ts';

const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weigh this.' }];
const model = 'gpt-4o-mini';
const tools: ChatCompletionTool[] = [
  { type: 'function', function: { name: 'weigh', parameters: { type: 'object' } } },
];
const toolCalls = [
  { name: 'weigh', arguments: { load: 'grain', count: 12 } },
  { name: 'weigh', arguments: '{"load":"salt 🧂"}' },
];

describe('the official client', () => {
  const emulator = useEmulator();
  const client = () =>
    new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: 'test-key', maxRetries: 0 });

  it('reads a stream with usage', async () => {
    await emulator.script({ text: 'One tonne and a half.', chunkDelayMs: 1 });
    const stream = client().chat.completions.stream({
      model,
      messages,
      stream_options: { include_usage: true },
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe('One tonne and a half.');
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(completion.usage?.completion_tokens).toBe(6);
    expect((await emulator.endedCall()).id).toBe(completion.id);
  });

  it('reads a JSON answer with two choices', async () => {
    await emulator.script({ text: 'Two tonnes.', chunkDelayMs: 0 });
    const completion = await client().chat.completions.create({ model, messages, n: 2 });
    expect(completion.choices.map((choice) => choice.message.content)).toEqual([
      'Two tonnes.',
      'Two tonnes.',
    ]);
    expect(completion.usage?.completion_tokens).toBe(6);
  });

  it('reads tool calls, streamed and whole, with ids and a token a piece', async () => {
    await emulator.script({ toolCalls, chunkDelayMs: 0 });
    const streamed = await client()
      .chat.completions.stream({ model, messages, tools })
      .finalChatCompletion();
    const whole = await client().chat.completions.create({ model, messages, tools });
    for (const completion of [streamed, whole]) {
      const choice = completion.choices[0];
      expect(choice?.finish_reason).toBe('tool_calls');
      expect(choice?.message.content).toBeNull();
      const calls = choice?.message.tool_calls ?? [];
      expect(calls).toHaveLength(2);
      expect(new Set(calls.map((call) => call.id)).size).toBe(2);
      expect(calls.map((call) => call.type === 'function' && call.function)).toMatchObject([
        { name: 'weigh', arguments: '{"load":"grain","count":12}' },
        { name: 'weigh', arguments: '{"load":"salt 🧂"}' },
      ]);
    }
    const [first, second] = (await emulator.ledger()).calls;
    expect(first?.outputTokens).toBe(1 + 7 + 1 + 5);
    expect(second?.outputTokens).toBe(first?.outputTokens);
  });

  it('raises the provider’s errors as its own', async () => {
    const refused = client().chat.completions.create({ model: 'gpt-9', messages });
    await expect(refused).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    await emulator.script({ fault: '429' });
    const limited = client().chat.completions.create({ model, messages });
    await expect(limited).rejects.toBeInstanceOf(APIError);
  });

  it('is noticed when it aborts a stream', async () => {
    await emulator.script({ chunks: 5_000, chunkDelayMs: 5 });
    const stream = await client().chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    stream.controller.abort();
    expect((await emulator.endedCall()).endedBy).toBe('client-abort');
  });
});
