/**
 * OpenAI's own client on what is not a conversation: legacy completions, embeddings, images,
 * speech and transcriptions. Every bill is a figure by hand.
 */
import OpenAI, { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();
const client = () =>
  new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: 'test-key', maxRetries: 0 });
const billed = async () => (await emulator.endedCall()).billedNanoUsd;

describe('legacy completions', () => {
  const wish = { model: 'gpt-3.5-turbo-instruct', prompt: ['Weigh it', 'Lift it'] };

  it('multiply by prompts, n and best_of', async () => {
    await emulator.script({ text: 'One tonne.', chunkDelayMs: 0 });
    const { choices, usage } = await client().completions.create({ ...wish, n: 2, best_of: 4 });
    expect(choices.map(({ text }) => text)).toEqual(Array(4).fill('One tonne.'));
    // 3 tokens × 2 prompts × best of 4, though only two of each four are shown.
    expect(usage).toEqual({ prompt_tokens: 4, completion_tokens: 24, total_tokens: 28 });
    expect(await billed()).toBe(4 * 1_500 + 24 * 2_000);
  });

  it('stop at 16 tokens where no ceiling is set, streamed', async () => {
    await emulator.script({ chunks: 50, chunkDelayMs: 0 });
    const options = { stream: true as const, stream_options: { include_usage: true } };
    const stream = await client().completions.create({ ...wish, prompt: 'Weigh', ...options });
    const finishes: (string | null)[] = [];
    for await (const { choices } of stream) finishes.push(...choices.map((c) => c.finish_reason));
    expect(finishes.at(-1)).toBe('length');
    expect((await emulator.endedCall()).outputTokens).toBe(16);
  });
});

describe('embeddings', () => {
  const model = 'text-embedding-3-small';

  it.each([
    ['a text', 'How heavy is it?', 4],
    ['texts', ['How heavy?', 'Salt.'], 5],
    ['tokens', [4438, 656, 358], 3],
    [
      'token arrays',
      [
        [1, 2],
        [3, 4, 5],
      ],
      5,
    ],
  ])('of %s bill their input', async (_what, input, tokens) => {
    // The client asks for base64 and decodes it.
    const { data, usage } = await client().embeddings.create({ model, input });
    expect(data[0]?.embedding).toHaveLength(1_536);
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
    expect(await billed()).toBe(tokens * 20);
  });

  it('come as floats of the asked length, and not of a negative one', async () => {
    const wish = { model, input: 'x', encoding_format: 'float' as const };
    const { data } = await client().embeddings.create({ ...wish, dimensions: 8 });
    expect(data[0]?.embedding).toHaveLength(8);
    const refused = client().embeddings.create({ ...wish, dimensions: -1 });
    await expect(refused).rejects.toThrow(/-1 is less than the minimum of 1/);
  });
});

describe('images', () => {
  const prompt = 'A cart of salt.';

  it('of gpt-image-1 bill tokens by size and quality', async () => {
    await emulator.script({ chunkDelayMs: 0 });
    const wish = { model: 'gpt-image-1', prompt, n: 2, quality: 'medium' as const };
    const { data, usage } = await client().images.generate({ ...wish, size: '1024x1536' });
    expect(data).toHaveLength(2);
    expect(usage).toMatchObject({ input_tokens: 4, output_tokens: 3_168 });
    expect(await billed()).toBe(4 * 5_000 + 3_168 * 40_000);
  });

  it('stream partial images, each of 100 tokens, with usage at the end', async () => {
    await emulator.script({ chunkDelayMs: 0 });
    const wish = { model: 'gpt-image-1', prompt, quality: 'low' as const, partial_images: 2 };
    const types: string[] = [];
    let outputTokens = 0;
    for await (const event of await client().images.generate({ ...wish, stream: true })) {
      types.push(event.type);
      if (event.type === 'image_generation.completed') outputTokens = event.usage.output_tokens;
    }
    expect(types).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    expect(outputTokens).toBe(472);
    expect(await billed()).toBe(4 * 5_000 + 472 * 40_000);
  });

  it.each([
    ['dall-e-3', 'standard', '1024x1024', 40_000_000],
    ['dall-e-3', 'hd', '1792x1024', 120_000_000],
  ] as const)('of %s %s %s have a price each', async (model, quality, size, nanoUsd) => {
    await emulator.script({ chunkDelayMs: 0 });
    const { usage } = await client().images.generate({ model, prompt, quality, size });
    expect(usage).toBeUndefined();
    expect(await billed()).toBe(nanoUsd);
  });
});

describe('speech', () => {
  const speak = { input: 'Salt, one tonne. 🧂', voice: 'alloy' as const };

  it('of tts-1 is raw audio, billed by the character', async () => {
    await emulator.script({ chunks: 5, chunkDelayMs: 0 });
    const response = await client().audio.speech.create({ model: 'tts-1', ...speak });
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect((await response.arrayBuffer()).byteLength).toBe(5 * 320);
    // 18 characters at $15 a million.
    expect(await billed()).toBe(18 * 15_000);
  });

  it('as events ends in speech.audio.done with usage', async () => {
    await emulator.script({ chunks: 5, chunkDelayMs: 0 });
    const wish = { model: 'gpt-4o-mini-tts', stream_format: 'sse' as const, ...speak };
    const text = await (await client().audio.speech.create(wish)).text();
    expect(text).toMatch(/"speech.audio.done","usage":\{"input_tokens":6,"output_tokens":5,/);
    expect(await billed()).toBe(6 * 600 + 5 * 12_000);
    const refused = client().audio.speech.create({ ...wish, model: 'tts-1' });
    await expect(refused).rejects.toMatchObject({ status: 400 });
  });
});

describe('transcriptions', () => {
  const file = () => toFile(new Uint8Array(100_000), 'weigh.mp3');

  it('of whisper-1 are billed by the second', async () => {
    await emulator.script({ text: 'One tonne.', chunkDelayMs: 0 });
    const wish = { model: 'whisper-1', file: await file() };
    const read = await client().audio.transcriptions.create(wish);
    // 100,000 bytes at 16,000 a second are 7 seconds begun, $0.006 a minute.
    expect(read).toMatchObject({ text: 'One tonne.', usage: { type: 'duration', seconds: 7 } });
    expect(await billed()).toBe(700_000);
  });

  it.each(['text', 'verbose_json'] as const)('come as %s', async (format) => {
    await emulator.script({ text: 'One tonne.', chunkDelayMs: 0 });
    const wish = { model: 'whisper-1', file: await file(), response_format: format };
    const read: unknown = await client().audio.transcriptions.create(wish);
    if (format === 'text') expect(read).toBe('One tonne.\n');
    else expect(read).toMatchObject({ task: 'transcribe', duration: 7, text: 'One tonne.' });
  });

  it('of gpt-4o-transcribe are billed by the token, streamed', async () => {
    await emulator.script({ text: 'One tonne.', chunkDelayMs: 0 });
    const wish = { model: 'gpt-4o-transcribe', file: await file(), stream: true as const };
    let text = '';
    let usage: object | undefined;
    for await (const event of await client().audio.transcriptions.create(wish)) {
      if (event.type === 'transcript.text.delta') text += event.delta;
      if (event.type === 'transcript.text.done') usage = event.usage;
    }
    expect(text).toBe('One tonne.');
    expect(usage).toMatchObject({ type: 'tokens', input_tokens: 70, output_tokens: 3 });
    expect(await billed()).toBe(70 * 6_000 + 3 * 10_000);
  });
});
