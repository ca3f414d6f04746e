/**
 * The AI SDK's providers and LangChain as black boxes: text, thinking, tools, refusals and loops
 * over every dialect they speak.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, jsonSchema, isStepCount, streamText, tool } from 'ai';
import type { LanguageModel } from 'ai';
import { describe, expect, it } from 'vitest';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();
const apiKey = 'test-key';
const v1 = () => ({ apiKey, baseURL: `${emulator.url}/v1` });

const MODELS: readonly (readonly [string, () => LanguageModel, readonly [number, number]])[] = [
  ['@ai-sdk/openai chat', () => createOpenAI(v1()).chat('gpt-4o-mini'), [150, 600]],
  ['@ai-sdk/openai responses', () => createOpenAI(v1()).responses('gpt-5-mini'), [250, 2_000]],
  ['@ai-sdk/anthropic', () => createAnthropic(v1())('claude-haiku-4-5'), [1_000, 5_000]],
  [
    '@ai-sdk/google',
    () =>
      createGoogleGenerativeAI({ apiKey, baseURL: `${emulator.url}/v1beta` })('gemini-2.5-flash'),
    [300, 2_500],
  ],
];

const tools = {
  weigh: tool({
    inputSchema: jsonSchema<{ load: string }>({
      type: 'object',
      properties: { load: { type: 'string' } },
      required: ['load'],
      additionalProperties: false,
    }),
    execute: ({ load }) => `${load}: one tonne`,
  }),
};

describe.each(MODELS)('%s', (_name, model, [inputNanoUsd, outputNanoUsd]) => {
  const wish = () => ({ model: model(), prompt: 'Weigh this.', maxRetries: 0 });

  it('reads a whole answer and its usage', async () => {
    await emulator.script({ text: 'One tonne.', reasoningTokens: 7, chunkDelayMs: 0 });
    const { text, usage, finishReason } = await generateText(wish());
    expect([text, finishReason, usage.outputTokens]).toEqual(['One tonne.', 'stop', 10]);
    const call = await emulator.endedCall();
    expect(call.inputTokens).toBe(usage.inputTokens);
    expect(call.billedNanoUsd).toBe(call.inputTokens * inputNanoUsd + 10 * outputNanoUsd);
  });

  it('reads a stream and its usage', async () => {
    await emulator.script({ text: 'One tonne.', reasoningTokens: 7, chunkDelayMs: 0 });
    const errors: unknown[] = [];
    const result = streamText({ ...wish(), onError: ({ error }) => void errors.push(error) });
    let text = '';
    for await (const part of result.textStream) text += part;
    expect([text, await result.finishReason]).toEqual(['One tonne.', 'stop']);
    expect((await result.usage).outputTokens).toBe(10);
    expect(errors).toEqual([]);
  });

  it('loops over tools until it is stopped, because the model always calls one', async () => {
    await emulator.script({ tool: 'always', chunkDelayMs: 0 });
    const { steps } = await generateText({ ...wish(), tools, stopWhen: isStepCount(4) });
    expect(steps).toHaveLength(4);
    for (const { toolResults } of steps) expect(toolResults[0]?.output).toBe('salt: one tonne');
    expect((await emulator.ledger()).calls).toHaveLength(4);
  });

  it('ends at the ceiling', async () => {
    await emulator.script({ chunks: 100, chunkDelayMs: 0 });
    const result = streamText({ ...wish(), maxOutputTokens: 20 });
    expect(await result.finishReason).toBe('length');
    expect((await emulator.endedCall()).outputTokens).toBe(20);
  });

  it('is told of an error in mid-stream', async () => {
    await emulator.script({ errorMidStream: true, chunks: 6, chunkDelayMs: 0 });
    const errors: unknown[] = [];
    const result = streamText({ ...wish(), onError: ({ error }) => void errors.push(error) });
    await result.consumeStream();
    expect(errors.length).toBeGreaterThan(0);
  });
});

describe('@langchain/openai', () => {
  const chat = (isResponses: boolean) =>
    new ChatOpenAI({
      model: 'gpt-4o-mini',
      apiKey,
      maxRetries: 0,
      useResponsesApi: isResponses,
      configuration: { baseURL: `${emulator.url}/v1` },
    });

  it.each([false, true])(
    'reads answers, streams and tools (Responses: %s)',
    async (isResponses) => {
      await emulator.script({ text: 'One tonne.', chunkDelayMs: 0 });
      const whole = await chat(isResponses).invoke('Weigh this.');
      expect(whole.text).toBe('One tonne.');
      expect(whole).toMatchObject({ usage_metadata: { output_tokens: 3 } });
      let text = '';
      for await (const chunk of await chat(isResponses).stream('Weigh this.')) text += chunk.text;
      expect(text).toBe('One tonne.');
      await emulator.script({ tool: 'always', chunkDelayMs: 0 });
      const schema = {
        type: 'object',
        properties: { load: { type: 'string' } },
        required: ['load'],
      };
      const weigh = { type: 'function', function: { name: 'weigh', parameters: schema } };
      const called = await chat(isResponses).bindTools([weigh]).invoke('Weigh this.');
      expect(called.tool_calls).toMatchObject([{ name: 'weigh', args: { load: 'salt' } }]);
    },
  );
});
