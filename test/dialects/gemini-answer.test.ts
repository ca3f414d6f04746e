// What an answer of Gemini comes to when the next request repeats it. What breaks if this fails: an
// honest client's next turn is taken for an invention, or an invention for an answer.

import { GoogleGenAI } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { chained } from '../support/chained.ts';
import { type CollectedAnswer, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { gemini } from '../../core/dialects/gemini.ts';
import { ANSWER_CHARS_MAX } from '../../core/dialects/gemini-answer.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { askForRecordings, isStream, recordedBody, recordings } from '../support/recordings.ts';

askForRecordings('answers of Gemini as the official package puts them together');

const MODEL = 'gemini-2.5-flash';
const ASK = { ...PLAIN_ASK, model: MODEL, upstreamTarget: '/x?alt=sse', body: {} };

function asStreamed(body: Uint8Array): CollectedAnswer | null {
  const options = { hideUsage: false, collectAnswer: true };
  const reader = streamReader(gemini.openStream(ASK, options), 'sse');
  reader.feed(body);
  reader.end();
  return reader.answer();
}

const candidate = (parts: readonly object[], index = 0) => ({
  candidates: [{ index, content: { role: 'model', parts } }],
});
const written = (...chunks: object[]): CollectedAnswer | null =>
  asStreamed(
    new TextEncoder().encode(chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('')),
  );

/** Each list of parts is a content of its own. */
const asRepeated = (...contents: readonly (readonly object[])[]): string | null =>
  chained(gemini).lastAnswer({
    contents: [
      { role: 'user', parts: [{ text: 'hello' }] },
      { role: 'model', parts: [{ text: 'an earlier one' }] },
      { role: 'user', parts: [{ text: 'and then?' }] },
      ...contents.map((parts) => ({ role: 'model', parts })),
      { role: 'user', parts: [{ text: 'and now?' }] },
    ],
  });

const text = (words: string) => ({ text: words });
const call = (args?: object, name = 'f') => ({ functionCall: { name, args } });

describe('an answer', () => {
  it('is the same streamed, in one piece and repeated, in one content or in many', () => {
    const thought = { text: 'hm', thought: true };
    const parts = [thought, text('Good '), text('morning.'), call({ a: 1 })];
    const whole = asRepeated(parts);
    expect(asRepeated(...parts.map((part) => [part]))).toBe(whole);
    expect(asRepeated([text('Good morning.'), call({ a: 1 })])).toBe(whole);
    expect(chained(gemini).readAnswer(candidate(parts))?.whole).toBe(whole);
    expect(written(...parts.map((part) => candidate([part])))?.whole).toBe(whole);
    expect(asRepeated([call()])).toBe(asRepeated([call({})]));
  });

  it('is another when anything in it is another', () => {
    const texts = [
      [text('Good morning.')],
      [text('Good morning')],
      [text('')],
      [text('[]\n')],
      [call({ a: 1 })],
      [call({ a: 2 })],
      [call({ a: 1 }, 'g')],
      [call({}), call({ a: 1 })],
      [call({ a: 1 }), call({})],
    ].map((parts) => asRepeated(parts));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('is the first candidate, whatever others say', () => {
    const streamed = written(candidate([text('b')], 1), candidate([text('a')]));
    expect(streamed?.whole).toBe(asRepeated([text('a')]));
  });

  it('that is cut short begins as the whole one does, piece by piece', () => {
    const came = written(candidate([text('Good ')]), candidate([text('morning.')]));
    const { head = '', pieces = [] } = came ?? {};
    expect(`${head}${pieces.slice(0, 1).join('')}`).toBe(asRepeated([text('Good ')]));
  });

  it('that is none is null', () => {
    expect(written()).toBeNull();
    for (const nothing of [null, 7, {}, { candidates: [{}] }, { contents: [{ role: 'user' }] }]) {
      expect(chained(gemini).readAnswer(nothing)).toBeNull();
      expect(chained(gemini).lastAnswer(nothing)).toBeNull();
    }
  });

  // What breaks if this fails: a provider that never stops fills the memory of an isolate.
  it('is collected up to a limit and then forgotten', () => {
    const half = candidate([text('x'.repeat(32_768))]);
    const many = Array.from({ length: ANSWER_CHARS_MAX / 32_768 }, () => half);
    expect(written(...many)).not.toBeNull();
    expect(written(...many, candidate([text('x')]))).toBeNull();
    expect(chained(gemini).readAnswer(candidate([text('x'.repeat(ANSWER_CHARS_MAX))]))).toBeNull();
    expect(written(...Array.from({ length: 1_001 }, () => candidate([call()])))).toBeNull();
  });
});

const streams = recordings('gemini').filter((one) => isStream(one) && one.status === 200);

/** What the package keeps as history, or null where it takes the answer for none. */
async function keptByThePackage(body: Uint8Array): Promise<unknown[] | null> {
  const headers = { 'Content-Type': 'text/event-stream' };
  const fetch = () => Promise.resolve(new Response(Buffer.from(body), { headers }));
  const chat = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } }).chats.create({
    model: MODEL,
  });
  for await (const _ of await chat.sendMessageStream({ message: 'hi' }));
  const history = chat.getHistory(true);
  return history.length > 1 ? history : null;
}

describe.skipIf(streams.length === 0)('recorded streams', () => {
  it('come to what the official package repeats', async () => {
    let compared = 0;
    for (const recording of streams) {
      const body = recordedBody(recording);
      const contents = await keptByThePackage(body);
      const collected = asStreamed(body);
      if (contents === null || collected === null) continue;
      expect(chained(gemini).lastAnswer({ contents }), recording.file).toBe(collected.whole);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(streams.length / 2);
  });
});
