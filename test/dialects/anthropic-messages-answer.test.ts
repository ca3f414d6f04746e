// What an answer of Claude comes to when the next request repeats it. What breaks if this fails: an
// honest client's next turn is taken for an invention, or an invention for an answer.

import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { chained } from '../support/chained.ts';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import { ANSWER_CHARS_MAX } from '../../core/dialects/anthropic-messages-answer.ts';
import { type CollectedAnswer, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { askForRecordings, isStream, recordedBody, recordings } from '../support/recordings.ts';

askForRecordings('answers of Claude as the official package puts them together');

const ASK = { ...PLAIN_ASK, model: 'claude-sonnet-5', body: {} };

function asStreamed(body: Uint8Array): CollectedAnswer | null {
  const options = { hideUsage: false, collectAnswer: true };
  const reader = streamReader(anthropicMessages.openStream(ASK, options), 'sse');
  reader.feed(body);
  reader.end();
  return reader.answer();
}

const written = (...events: object[]): CollectedAnswer | null =>
  asStreamed(
    new TextEncoder().encode(events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')),
  );

const asRepeated = (content: unknown): string | null =>
  chained(anthropicMessages).lastAnswer({
    messages: [
      { role: 'assistant', content: 'an earlier one' },
      { role: 'user', content: 'hello' },
      { role: 'assistant', content },
      { role: 'user', content: 'and then?' },
    ],
  });
const asGiven = (content: unknown) =>
  chained(anthropicMessages).readAnswer({ type: 'message', content });

const block = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const more = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
const words = (index: number, text: string) => more(index, { type: 'text_delta', text });
const call = (input: unknown, id = 't') => ({ type: 'tool_use', id, name: 'f', input });

describe('an answer', () => {
  it('is the same streamed, in one piece and repeated, thinking apart', () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'text', text: 'Good morning.' },
      call({ a: 1 }),
    ];
    const streamed = written(
      block(0, { type: 'thinking', thinking: '' }),
      more(0, { type: 'thinking_delta', thinking: 'hm' }),
      block(1, { type: 'text', text: '' }),
      words(1, 'Good '),
      words(1, 'morning.'),
      block(2, call({})),
      more(2, { type: 'input_json_delta', partial_json: '{"a":' }),
      more(2, { type: 'input_json_delta', partial_json: ' 1}' }),
    );
    expect(streamed?.whole).toBe(asRepeated(content));
    expect(asGiven(content)?.whole).toBe(asRepeated(content));
    expect(asRepeated(content.slice(1))).toBe(asRepeated(content));
    expect(asRepeated('Good morning.')).toBe(asRepeated([content[1]]));
  });

  it('is another when anything in it is another', () => {
    const texts = [
      'Good morning.',
      'Good morning',
      '',
      '[]\n',
      [call({ a: 1 })],
      [call({ a: 2 })],
      [call({ a: 1 }, 'u')],
      [call({}), call({ a: 1 })],
      [call({ a: 1 }), call({})],
    ].map(asRepeated);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('that is cut short begins as the whole one does, piece by piece', () => {
    const { head = '', pieces = [] } = written(words(0, 'Good '), words(0, 'morning.')) ?? {};
    expect(`${head}${pieces.slice(0, 1).join('')}`).toBe(asRepeated('Good '));
  });

  it('that begins again is what came since', () => {
    const again = written(words(0, 'lost'), { type: 'message_start' }, words(0, 'kept'));
    expect(again?.whole).toBe(asRepeated('kept'));
  });

  it('that is none is null', () => {
    expect(written()).toBeNull();
    for (const nothing of [null, 7, {}, { type: 'error' }, { content: [] }]) {
      expect(chained(anthropicMessages).readAnswer(nothing)).toBeNull();
      expect(chained(anthropicMessages).lastAnswer(nothing)).toBeNull();
    }
  });

  // What breaks if this fails: a provider that never stops fills the memory of an isolate.
  it('is collected up to a limit and then forgotten', () => {
    const half = 'x'.repeat(32_768);
    const many = Array.from({ length: ANSWER_CHARS_MAX / half.length }, () => words(0, half));
    expect(written(...many)).not.toBeNull();
    expect(written(...many, words(0, 'x'))).toBeNull();
    expect(asGiven([{ type: 'text', text: 'x'.repeat(ANSWER_CHARS_MAX) }])).toBeNull();
    const calls = Array.from({ length: 1_001 }, (_, index) => block(index, call({})));
    expect(written(...calls)).toBeNull();
  });
});

const streams = recordings('anthropic').filter((one) => isStream(one) && one.status === 200);

/** What the package would send back, or null where it cannot read the stream. */
async function repeatedByThePackage(body: Uint8Array): Promise<unknown> {
  const headers = { 'Content-Type': 'text/event-stream' };
  const fetch = () => Promise.resolve(new Response(Buffer.from(body), { headers }));
  const client = new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 });
  const parts = { model: ASK.model, max_tokens: 1, messages: [] };
  return client.messages
    .stream(parts)
    .finalMessage()
    .then(({ content }) => content)
    .catch(() => null);
}

describe.skipIf(streams.length === 0)('recorded streams', () => {
  it('come to what the official package repeats', async () => {
    let compared = 0;
    for (const recording of streams) {
      const body = recordedBody(recording);
      const content = await repeatedByThePackage(body);
      const collected = asStreamed(body);
      if (content === null || collected === null) continue;
      expect(asRepeated(content), recording.file).toBe(collected.whole);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(streams.length / 2);
  });
});
