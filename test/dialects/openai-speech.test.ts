// Speech: what it may cost is known from the words before any sound is made. Attack: words that are
// short to write and long to read aloud, a slower voice, a model whose price is of another kind.

import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { Ask, EventReader } from '../../core/dialects/dialect.ts';
import { openaiSpeech } from '../../core/dialects/openai-speech.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { estimateCall } from '../../core/pricing/estimate.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import { present } from '../../core/result.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = { model: 'tts-1', input: 'Good morning.', voice: 'alloy' };
const NEWER = { model: 'gpt-4o-mini-tts' };
const read = (parts: object) => openaiSpeech.readRequest(requestOf({ ...BASE, ...parts }));
function ask(parts: object): Ask {
  const asked = read(parts);
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}
const holdOf = (asked: Ask): number =>
  estimateCall(present(priceOf('openai', asked.model), 'price'), {
    ask: asked,
    forwardedBytes: 200,
    outputTokensMax: asked.outputTokensMax ?? 0,
    allowance: { inputTokens: 0, nanoUsd: 0 },
  }).totalNanoUsd;

describe('speech by the character', () => {
  // Complaint about others: audio priced at nothing (BerriAI/litellm#14447).
  it.each([
    ['tts-1', 15_000],
    ['tts-1-hd', 30_000],
  ])('in %s is held, and costs, %i nano-dollars each', (model, each) => {
    const asked = ask({ model, input: 'x'.repeat(1_000) });
    expect(asked).toMatchObject({ outputTokensMax: 0, isFixed: true, promptChars: 1_000 });
    expect(holdOf(asked)).toBe(1_000 * each);
    const usage = present(openaiSpeech.readUsage(null, asked), 'usage');
    expect(priceUsage(present(priceOf('openai', model), 'price'), usage, () => null)).toBe(
      1_000 * each,
    );
  });

  it('is told before a byte has come, because it is billed for what was asked', () => {
    const reader = openaiSpeech.openStream(ask({}), { hideUsage: false, collectAnswer: false });
    expect(reader.usage()?.extras).toEqual({ character: 13 });
    expect(reader.cut({ as: 'length', sentence: '', inputTokens: 0, outputTokens: 0 })).toBe('');
    const framings = ['audio/mpeg', 'application/octet-stream', 'text/event-stream', ''].map(
      (type) => openaiSpeech.framing(ask({}), type),
    );
    expect(framings).toEqual(['bytes', 'bytes', 'sse', 'sse']);
  });
});

describe('speech by the token', () => {
  it('is held for more than was ever measured', () => {
    // 4,096 characters of English came to 256 seconds, 5,262 tokens.
    const english = 'the quick brown fox jumps over the lazy dog '.repeat(100).slice(0, 4_096);
    expect(ask({ ...NEWER, input: english }).outputTokensMax).toBeGreaterThan(5 * 5_262);
    expect(ask({ ...NEWER, input: '7'.repeat(100) }).outputTokensMax).toBe(256 + 2_100);
    expect(ask({ ...NEWER, input: '你'.repeat(100) }).outputTokensMax).toBe(256 + 800);
    expect(ask({ ...NEWER, input: 'a'.repeat(100), speed: 0.25 }).outputTokensMax).toBe(
      256 + 3_200,
    );
    expect(ask({ ...NEWER, input: 'a'.repeat(100), speed: 4 }).outputTokensMax).toBe(256 + 800);
  });

  it('holds no characters beside its tokens', () => {
    expect(ask(NEWER).pieces).toEqual({});
    expect(holdOf(ask({ ...NEWER, input: 'a' }))).toBeLessThan(5_000_000);
  });

  it('of raw sound tells no usage: the hold is the charge', () => {
    expect(openaiSpeech.readUsage(null, ask(NEWER))).toBeNull();
    const reader = openaiSpeech.openStream(ask(NEWER), { hideUsage: false, collectAnswer: false });
    expect(reader.usage()).toBeNull();
  });

  it('of a model that is not known is held by tokens and by characters', () => {
    const asked = ask({ model: 'another', input: 'abc' });
    expect(asked.pieces).toEqual({ character: 3 });
    expect(asked.outputTokensMax).toBe(256 + 24);
    expect(openaiSpeech.readUsage(null, asked)).toBeNull();
  });
});

describe('a request for speech', () => {
  it.each([
    ['input', { input: '' }],
    ['input', { input: 'x'.repeat(4_097) }],
    ['instructions', { instructions: 'x'.repeat(4_097) }],
    ['speed', { speed: 0.1 }],
    ['speed', { speed: 5 }],
    ['response_format', { response_format: 'midi' }],
    ['stream_format', { stream_format: 'audio/sse' }],
    ['voice', { voice: '' }],
  ])('is refused for %s', (field, parts) => {
    expect(read(parts)).toMatchObject({ error: { kind: 'shape-refused', field } });
  });

  it.each(['stream', 'n', 'user', 'service_tier', 'Input'])(
    'is refused by the name of %s',
    (field) => {
      expect(read({ [field]: 1 })).toMatchObject({ error: { kind: 'field-unknown', field } });
    },
  );

  it('goes up as it was checked', () => {
    const narrowing = { outputTokensMax: 1, safetyIdentifier: 'p', provider: 'openai' } as const;
    const parts = { voice: { id: 'voice_1' }, instructions: 'softly', speed: null };
    expect(openaiSpeech.narrow(ask(parts), narrowing)).toEqual({
      ...BASE,
      voice: { id: 'voice_1' },
      instructions: 'softly',
    });
  });
});

const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
const event = (json: { type: string; [field: string]: unknown }): string =>
  `event: ${json.type}\ndata: ${JSON.stringify(json)}\n\n`;
const sound = event({ type: 'speech.audio.delta', audio: 'AAAA' });

const open = (): EventReader =>
  openaiSpeech.openStream(ask({ ...NEWER, stream_format: 'sse' }), {
    hideUsage: false,
    collectAnswer: false,
  });
const tell = (
  reader: EventReader,
  json: { type: string; [field: string]: unknown },
): EventReader => {
  reader.take({ event: '', data: JSON.stringify(json) });
  return reader;
};

describe('a stream of speech', () => {
  it('says its usage at its end', () => {
    const reader = tell(open(), { type: 'speech.audio.done', usage });
    expect(reader.finished()).toBe(true);
    const told = present(reader.usage(), 'usage');
    expect(told).toMatchObject({
      inputTokens: 14,
      outputTokens: 101,
      extras: { outputAudio: 101 },
    });
  });

  it.each([undefined, null, {}, { ...usage, output_tokens: -1 }])(
    'has none where it is %j',
    (bad) => {
      expect(tell(open(), { type: 'speech.audio.done', usage: bad }).usage()).toBeNull();
    },
  );

  it('that is cut ends as one that is done to the openai package', async () => {
    const end = open().cut({ as: 'length', sentence: '', inputTokens: 5, outputTokens: 9 });
    const headers = { 'content-type': 'text/event-stream' };
    const fetch = (): Promise<Response> => Promise.resolve(new Response(sound + end, { headers }));
    const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch });
    const answer = await client.audio.speech.create({ ...BASE, stream_format: 'sse' });
    const text = await answer.text();
    expect(text).toContain('"type":"speech.audio.done"');
    expect(text).toContain('"total_tokens":14');
  });
});
