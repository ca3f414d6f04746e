/**
 * Google's own client as a black box: what it reads from the emulator is what was scripted, and
 * the ledger's bill is a figure by hand.
 */
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import type { GenerateContentConfig, GenerateContentResponse } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();
const client = () =>
  new GoogleGenAI({ apiKey: 'test-key', httpOptions: { baseUrl: emulator.url } });
const model = 'gemini-2.5-flash';
const contents = 'How heavy is a cart of salt?';

type Read = { text: string; last: GenerateContentResponse; calls: unknown[]; thoughts: string };

async function ask(isStream: boolean, config: GenerateContentConfig = {}): Promise<Read> {
  const wish = { model, contents, config };
  const answers = isStream
    ? await client().models.generateContentStream(wish)
    : [await client().models.generateContent(wish)];
  let read: Read | undefined;
  for await (const answer of answers) {
    const parts = answer.candidates?.[0]?.content?.parts ?? [];
    const said = (isThought: boolean) =>
      parts
        .filter((part) => (part.thought ?? false) === isThought)
        .map((part) => part.text ?? '')
        .join('');
    read = {
      last: answer,
      text: (read?.text ?? '') + said(false),
      thoughts: (read?.thoughts ?? '') + said(true),
      calls: [...(read?.calls ?? []), ...parts.flatMap((part) => part.functionCall ?? [])],
    };
  }
  if (read === undefined) throw new Error('nothing came');
  return read;
}

describe.each([true, false])('the official client (stream: %s)', (isStream) => {
  it('reads text, and thoughts outside of the candidates', async () => {
    await emulator.script({ text: 'One <tonne>.', reasoningTokens: 7, chunkDelayMs: 0 });
    const { text, last } = await ask(isStream);
    expect(text).toBe('One <tonne>.');
    expect(last.candidates?.[0]?.finishReason).toBe('STOP');
    expect(last.usageMetadata).toMatchObject({
      candidatesTokenCount: 3,
      thoughtsTokenCount: 7,
      totalTokenCount: (last.usageMetadata?.promptTokenCount ?? 0) + 10,
    });
    const ended = await emulator.endedCall();
    expect(ended).toMatchObject({ auth: ['x-goog-api-key'], outputTokens: 10 });
    expect(ended.billedNanoUsd).toBe(ended.inputTokens * 300 + 10 * 2_500);
  });

  it('reads thoughts that were asked for', async () => {
    await emulator.script({ text: 'Yes.', thinking: 'Heavy.', chunkDelayMs: 0 });
    const shown = await ask(isStream, { thinkingConfig: { includeThoughts: true } });
    expect([shown.thoughts, shown.text]).toEqual(['Heavy.', 'Yes.']);
    expect(shown.last.usageMetadata?.thoughtsTokenCount).toBe(2);
    expect((await ask(isStream)).thoughts).toBe('');
  });

  it('reads function calls', async () => {
    const toolCalls = [
      { name: 'weigh', arguments: { load: 'grain' } },
      { name: 'weigh', arguments: { load: 'salt 🧂' } },
    ];
    await emulator.script({ toolCalls, chunkDelayMs: 0 });
    const { calls } = await ask(isStream, {
      tools: [{ functionDeclarations: [{ name: 'weigh' }] }],
    });
    expect(calls).toMatchObject([
      { name: 'weigh', args: { load: 'grain' } },
      { name: 'weigh', args: { load: 'salt 🧂' } },
    ]);
  });

  it('with tool: always calls the first function it is offered', async () => {
    await emulator.script({ tool: 'always', chunkDelayMs: 0 });
    const load = { type: 'object', properties: { load: { type: 'string' } }, required: ['load'] };
    const tools = [{ functionDeclarations: [{ name: 'weigh', parametersJsonSchema: load }] }];
    expect((await ask(isStream, { tools })).calls).toMatchObject([{ args: { load: 'salt' } }]);
    const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.NONE } };
    expect((await ask(isStream, { tools, toolConfig })).calls).toEqual([]);
  });

  it('reads a refusal for safety, and a stop at the ceiling', async () => {
    await emulator.script({ refusal: 'No.', chunkDelayMs: 0 });
    expect((await ask(isStream)).last.candidates?.[0]?.finishReason).toBe('SAFETY');
    await emulator.script({ chunks: 50, reasoningTokens: 4, chunkDelayMs: 0 });
    const cut = await ask(isStream, { maxOutputTokens: 10 });
    expect(cut.last.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    expect(cut.last.usageMetadata).toMatchObject({
      candidatesTokenCount: 6,
      thoughtsTokenCount: 4,
    });
  });

  it('sums candidates, and bills them all', async () => {
    await emulator.script({ text: 'One tonne.', cachedTokens: 10, chunkDelayMs: 0 });
    const { last } = await ask(isStream, { candidateCount: 2 });
    expect(last.candidates).toHaveLength(2);
    const ended = await emulator.endedCall();
    expect(ended.outputTokens).toBe(6);
    expect(last.usageMetadata?.cachedContentTokenCount).toBe(10);
    expect(ended.billedNanoUsd).toBe((ended.inputTokens - 10) * 300 + 10 * 30 + 6 * 2_500);
  });
});

describe('the official client', () => {
  it('counts tokens for nothing', async () => {
    const { totalTokens } = await client().models.countTokens({ model, contents });
    expect(totalTokens).toBeGreaterThan(0);
    expect((await emulator.endedCall()).billedNanoUsd).toBe(0);
  });

  it('raises errors, before the stream and in it', async () => {
    const unknown = client().models.generateContent({ model: 'gemini-99', contents });
    await expect(unknown).rejects.toMatchObject({ status: 404 });
    await emulator.script({ errorMidStream: true, chunks: 4, chunkDelayMs: 0 });
    await expect(ask(true)).rejects.toBeInstanceOf(ApiError);
  });
});
