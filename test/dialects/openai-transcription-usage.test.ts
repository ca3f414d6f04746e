// What a transcription is held for, and what it comes to. Attack: a long recording in few bytes, a
// report of the kind that costs nothing.

import OpenAI, { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import type { Ask, EventReader, FormField } from '../../core/dialects/dialect.ts';
import { openaiTranscription } from '../../core/dialects/openai-transcription.ts';
import { allowanceOf } from '../../core/pricing/allowance.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { estimateCall } from '../../core/pricing/estimate.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { present } from '../../core/result.ts';
import { askForRecordings, recordedBody, recordings } from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('recorded transcriptions');

const text = (name: string, value: string): FormField => ({ name, text: value });
const file = (fileName = 'a.mp3', type = 'audio/mpeg', size = 4_000): FormField => ({
  name: 'file',
  fileName,
  type,
  bytes: new Uint8Array(size).fill(7),
});
const BASE = [file(), text('model', 'whisper-1')];

const read = (...form: readonly FormField[]) =>
  openaiTranscription.readRequest(requestOf(null, { form, contentType: 'multipart/form-data' }));
function ask(...form: readonly FormField[]): Ask {
  const asked = read(...form);
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const ALLOW = { audio: { most: 1, bytesPerSecondMin: 2_000, tokensPerSecond: 12 } };
const holdOf = (asked: Ask, outputTokensMax: number): number =>
  estimateCall(present(priceOf('openai', asked.model), 'price'), {
    ask: asked,
    forwardedBytes: asked.media.payloadBytes + 400,
    outputTokensMax,
    allowance: allowanceOf(ALLOW, asked),
  }).totalNanoUsd;

describe('the hold of a recording', () => {
  it('is a need, with its bytes', () => {
    expect(ask(...BASE)).toMatchObject({
      needs: ['audio'],
      isFixed: true,
      outputTokensMax: null,
      media: { audios: 1, audioBytes: 4_000, payloadBytes: 4_000 },
    });
  });

  // Complaint about others: audio by the second priced at nothing (BerriAI/litellm#14447).
  it('is every second it can play, where seconds are sold', () => {
    const minute = ask(file('a.mp3', 'audio/mpeg', 120_000), text('model', 'whisper-1'));
    // $0.006 a minute.
    expect(holdOf(minute, 2_000)).toBe(6_000_000);
    expect(holdOf(ask(file('a.mp3', '', 120_001), text('model', 'whisper-1')), 16)).toBe(6_100_000);
  });

  it('is every token it can have, where tokens are sold', () => {
    const dated = 'gpt-4o-mini-transcribe-2025-12-15';
    const minute = ask(file('a.mp3', 'audio/mpeg', 120_000), text('model', dated));
    const tokens = 60 * 12;
    expect(holdOf(minute, 2_000)).toBeGreaterThanOrEqual(tokens * 3_000 + 2_000 * 5_000);
  });
});

const usageOf = (model: string, usage: unknown): Usage | null =>
  openaiTranscription.readUsage({ text: '', usage }, ask(file(), text('model', model)));
const TOKENS = {
  type: 'tokens',
  input_tokens: 100,
  input_token_details: { text_tokens: 20, audio_tokens: 80 },
  output_tokens: 30,
  total_tokens: 130,
};

describe('usage of a transcription', () => {
  it('is its seconds, begun ones whole', () => {
    const usage = present(usageOf('whisper-1', { type: 'duration', seconds: 36.71 }), 'usage');
    expect(usage.extras).toEqual({ audioSecond: 37 });
    expect(priceUsage(present(priceOf('openai', 'whisper-1'), 'price'), usage, () => null)).toBe(
      3_700_000,
    );
  });

  it('is its tokens, sound at the price of sound', () => {
    const usage = present(usageOf('gpt-4o-transcribe', TOKENS), 'usage');
    const price = present(priceOf('openai', 'gpt-4o-transcribe'), 'price');
    // 20 at $2.50, 80 at $6, 30 at $10 a million.
    expect(priceUsage(price, usage, () => null)).toBe(20 * 2_500 + 80 * 6_000 + 30 * 10_000);
  });

  // What breaks if this fails: a report in the unit that a row does not sell costs nothing.
  it('is none where it is of the kind that the model does not sell', () => {
    expect(
      usageOf('gpt-4o-mini-transcribe-2025-12-15', { type: 'duration', seconds: 7 }),
    ).toBeNull();
    expect(usageOf('whisper-1', TOKENS)).toBeNull();
    expect(usageOf('gpt-transcribe', TOKENS)).toBeNull();
  });

  it.each([
    null,
    undefined,
    {},
    { type: 'duration' },
    { type: 'duration', seconds: -1 },
    { type: 'duration', seconds: '7' },
    { type: 'duration', seconds: Number.NaN },
    { ...TOKENS, type: 'other' },
    { ...TOKENS, input_tokens: 0.5 },
  ])('is none where it is %j', (usage) => {
    expect(usageOf('a-compatible-model', usage)).toBeNull();
  });

  it('is none of a text, which says nothing of it', () => {
    expect(openaiTranscription.readUsage(null, ask(...BASE))).toBeNull();
  });

  const recorded = recordings('openai-other').filter(
    ({ file: name }) => name.includes('audio') || name.includes('transcription'),
  );
  it.each(recorded)('of the recording $file is what it says', (one) => {
    const body = JSON.parse(new TextDecoder().decode(recordedBody(one))) as object;
    const { seconds } = one.expected.usage as unknown as { seconds: number };
    const usage = openaiTranscription.readUsage(body, ask(...BASE));
    expect(usage?.extras).toEqual({ audioSecond: seconds });
  });
});

const openStream = (): EventReader =>
  openaiTranscription.openStream(
    ask(file(), text('model', 'gpt-4o-transcribe'), text('stream', 'true')),
    {
      hideUsage: false,
      collectAnswer: false,
    },
  );
const delta = (words: string): string =>
  JSON.stringify({ type: 'transcript.text.delta', delta: words });

describe('a stream of words', () => {
  it('shows what it shows, and says its usage at its end', () => {
    const reader = openStream();
    reader.take({ event: '', data: delta('Good – ') });
    expect([reader.visibleBytes(), reader.events(), reader.usage()]).toEqual([9, 1, null]);
    const done = { type: 'transcript.text.done', text: 'Good – ', usage: TOKENS };
    reader.take({ event: '', data: JSON.stringify(done) });
    expect(reader.finished()).toBe(true);
    expect(reader.usage()).toMatchObject({ inputTokens: 100, extras: { inputAudio: 80 } });
    expect(reader.cut({ as: 'length', sentence: '', inputTokens: 1, outputTokens: 1 })).toBe('');
  });

  it('that is cut ends with the words so far to the openai package', async () => {
    const reader = openStream();
    for (const words of ['Good ', 'morn']) reader.take({ event: '', data: delta(words) });
    const end = reader.cut({ as: 'length', sentence: '', inputTokens: 5, outputTokens: 9 });
    const headers = { 'content-type': 'text/event-stream' };
    const body = `data: ${delta('Good ')}\n\ndata: ${delta('morn')}\n\n${end}`;
    const fetch = (): Promise<Response> => Promise.resolve(new Response(body, { headers }));
    const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch });
    const stream = await client.audio.transcriptions.create({
      file: await toFile(new Uint8Array([1]), 'a.wav'),
      model: 'gpt-4o-transcribe',
      stream: true,
    });
    const seen = [];
    for await (const event of stream) seen.push(event);
    expect(seen.at(-1)).toMatchObject({
      type: 'transcript.text.done',
      text: 'Good morn',
      usage: { total_tokens: 14 },
    });
  });
});
