// A stream of Gemini that is ended by us, behind every chunk, in both of its framings. What breaks
// if this fails: the official packages throw in the hands of an honest app.

import { inspect } from 'node:util';
import { createGoogle } from '@ai-sdk/google';
import { type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { streamText } from 'ai';
import { describe, expect, it } from 'vitest';
import { type Cut, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { gemini } from '../../core/dialects/gemini.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';

const MODEL = 'gemini-2.5-flash';

const chunk = (parts: readonly object[], candidates: number, more: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  usageMetadata: {
    promptTokenCount: 12,
    candidatesTokenCount: candidates,
    totalTokenCount: 12 + candidates,
  },
  modelVersion: MODEL,
  responseId: 'r',
});

/** Thoughts, text, and a call of a function. */
const CHUNKS = [
  chunk([{ text: 'The weather…', thought: true }], 0),
  chunk([{ text: 'Let me ' }], 2),
  chunk([{ text: 'look.', thoughtSignature: 'c2ln' }], 4),
  chunk([{ functionCall: { name: 'weather', args: { city: 'Bonn' } } }], 40),
  chunk([{ text: '' }], 40, { finishReason: 'STOP' }),
];

const CUT: Cut = {
  as: 'length',
  sentence: 'The budget of this call is used up.',
  inputTokens: 12,
  outputTokens: 33,
};

const asEvents = (count: number): string =>
  CHUNKS.slice(0, count)
    .map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`)
    .join('');

/** As it comes without `alt=sse`: the bracket with the first, and closed behind the last. */
const asArray = (count: number): string =>
  CHUNKS.slice(0, count)
    .map((one, index) => `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(one, null, 2)}`)
    .join('') + (count === CHUNKS.length ? '\n]\n' : '');

/** The stream as it reaches the caller: so many chunks, and our ending. */
function cutAfter(came: string, query: string, cut: Cut = CUT): string {
  const upstreamTarget = `/${MODEL}:streamGenerateContent${query}`;
  const ask = { ...PLAIN_ASK, model: MODEL, stream: true, upstreamTarget, body: {} };
  const options = { hideUsage: false, collectAnswer: false };
  const reader = streamReader(gemini.openStream(ask, options), gemini.framing(ask, ''));
  const passed = reader.feed(new TextEncoder().encode(came));
  const ending = reader.cut(cut) ?? new Uint8Array(0);
  return new TextDecoder().decode(passed) + new TextDecoder().decode(ending);
}

const answering =
  (body: string): typeof fetch =>
  () =>
    Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));

async function withOfficial(body: string): Promise<GenerateContentResponse[]> {
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch: answering(body) } });
  const chunks: GenerateContentResponse[] = [];
  const stream = await client.models.generateContentStream({ model: MODEL, contents: 'hi' });
  for await (const one of stream) chunks.push(one);
  return chunks;
}

async function withAiSdk(body: string) {
  const errors: unknown[] = [];
  const result = streamText({
    model: createGoogle({ apiKey: 'k', fetch: answering(body) })(MODEL),
    prompt: 'hi',
    maxRetries: 0,
    onError: ({ error }) => {
      errors.push(error);
    },
  });
  await result.consumeStream();
  const finishReason = await Promise.resolve(result.finishReason).catch(() => null);
  return { errors, finishReason };
}

const COUNTS = CHUNKS.map((_, index) => index);

describe('a stream of events that is cut', () => {
  it.each(COUNTS)('after %i chunks ends cleanly in the official package', async (count) => {
    const chunks = await withOfficial(cutAfter(asEvents(count), '?alt=sse'));
    expect(chunks).toHaveLength(count + 1);
    expect(chunks.at(-1)).toMatchObject({
      candidates: [{ finishReason: 'MAX_TOKENS' }],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 33, totalTokenCount: 45 },
    });
  });

  it.each(COUNTS)('after %i chunks ends cleanly in the AI SDK', async (count) => {
    const ended = await withAiSdk(cutAfter(asEvents(count), '?alt=sse'));
    expect(ended).toEqual({ errors: [], finishReason: 'length' });
  });

  it('after its last chunk is left as it is', () => {
    const whole = asEvents(CHUNKS.length);
    expect(cutAfter(whole, '?alt=sse')).toBe(whole);
  });

  // The naive ending inside of a chunk.
  it('in the middle of a chunk would throw in the official package', async () => {
    await expect(withOfficial(asEvents(2).slice(0, -20))).rejects.toThrow();
  });

  it.each(COUNTS)('by an error after %i chunks is an error, in a sentence', async (count) => {
    const body = cutAfter(asEvents(count), '?alt=sse', { ...CUT, as: 'error' });
    await expect(withOfficial(body)).rejects.toThrow(CUT.sentence);
    const { errors } = await withAiSdk(body);
    expect(errors.length).toBeGreaterThan(0);
    expect(inspect(errors, { depth: 6 })).toContain(CUT.sentence);
  });

  it('ends every candidate that is open', () => {
    const two = { candidates: [{ index: 1 }, { index: 0 }, { index: 2, finishReason: 'STOP' }] };
    const body = cutAfter(`data: ${JSON.stringify(two)}\r\n\r\n`, '?alt=sse');
    const ending = JSON.parse(body.split('data: ').at(-1) ?? '') as typeof two;
    expect(ending.candidates.map(({ index }) => index)).toEqual([1, 0]);
  });
});

describe('a JSON array that is cut', () => {
  it.each(COUNTS)('after %i chunks is a JSON array', (count) => {
    const chunks = JSON.parse(cutAfter(asArray(count), '')) as unknown[];
    expect(chunks.slice(0, -1)).toEqual(CHUNKS.slice(0, count));
    expect(chunks.at(-1)).toMatchObject({ candidates: [{ finishReason: 'MAX_TOKENS' }] });
  });

  it.each(COUNTS)('by an error after %i chunks is a JSON array with it', (count) => {
    const chunks = JSON.parse(cutAfter(asArray(count), '', { ...CUT, as: 'error' })) as unknown[];
    expect(chunks.at(-1)).toMatchObject({ error: { message: CUT.sentence, code: 503 } });
  });
});
