// Real Responses streams, cut where they were not written to be cut, and streams that nobody would
// write. What breaks if this fails: a client that reads our own streams fails at a provider's.

import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { PLAIN_ASK, type Ask, type Cut, type EventReader } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { askForRecordings, isStream, recordedBody, recordings } from '../support/recordings.ts';
import { RESPONSES_EVENTS } from '../support/responses-stream.ts';

askForRecordings('recorded Responses streams that are cut');

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-5', stream: true, body: {} };
const CUT: Cut = { as: 'length', sentence: '', inputTokens: 70, outputTokens: 30 };
/** Of each stream. */
const CUTS_MAX = 12;

const open = (): EventReader =>
  openaiResponses.openStream(ASK, { hideUsage: false, collectAnswer: true });

const streams = recordings('openai-responses').filter(
  (one) => isStream(one) && one.status === 200 && one.expected.error === null,
);

const answering = (body: string) => (): Promise<Response> =>
  Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));

describe.skipIf(streams.length === 0)('a recorded stream that is cut', () => {
  it.each(streams)('$file ends for length in the official clients', async (recording) => {
    const events: string[] = [];
    const parser = createParser({ onEvent: ({ data }) => events.push(data) });
    parser.feed(new TextDecoder().decode(recordedBody(recording)));
    const step = Math.ceil(events.length / CUTS_MAX);
    for (let count = 1; count < events.length; count += step) {
      const reader = open();
      let body = '';
      for (const data of events.slice(0, count)) {
        reader.take({ event: '', data });
        body += `data: ${data}\n\n`;
      }
      const fetch = answering(body + reader.cut(CUT));
      const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch });
      const response = await client.responses.stream({ model: 'm', input: 'hi' }).finalResponse();
      expect(response.status).toBe('incomplete');
      expect(response.usage?.total_tokens).toBe(100);
      const errors: unknown[] = [];
      const result = streamText({
        model: createOpenAI({ apiKey: 'k', fetch }).responses('gpt-5'),
        prompt: 'hi',
        onError: ({ error }) => errors.push(error),
      });
      await result.consumeStream();
      expect(errors).toEqual([]);
      expect(await result.finishReason).toBe('length');
    }
  });
});

describe('a stream that nobody would write', () => {
  const types = [...new Set(RESPONSES_EVENTS.map(({ type }) => type)), 'error', 'x', '', null];
  const strange = fc.record(
    {
      type: fc.constantFrom(...types),
      output_index: fc.oneof(fc.nat(3), fc.constantFrom(-1, 0.5, 1e300, '0', null)),
      content_index: fc.oneof(fc.nat(3), fc.constantFrom(-1, null, 'a')),
      delta: fc.oneof(fc.string(), fc.anything()),
      item: fc.oneof(fc.anything(), fc.constantFrom(...RESPONSES_EVENTS.map(({ item }) => item))),
      part: fc.anything(),
      response: fc.anything(),
      sequence_number: fc.anything(),
    },
    { requiredKeys: ['type'] },
  );

  it('is read and ended without a fault, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(strange, { maxLength: 30 }), (events) => {
        const reader = open();
        for (const event of [...RESPONSES_EVENTS.slice(0, 6), ...events]) {
          const data = JSON.stringify(event) ?? '';
          reader.take({ event: '', data });
          if (reader.plain?.weigh({ event: '', data }) !== null) {
            reader.plain?.counter({ event: '', data })(1, null, 'x');
          }
        }
        reader.answer();
        const end = reader.cut(CUT);
        const parsed = end.split('\n').filter((line) => line.startsWith('data: '));
        for (const line of parsed) JSON.parse(line.slice('data: '.length));
        expect(Number.isSafeInteger(reader.visibleBytes())).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is never repeated at length, however many items and parts it has', () => {
    const reader = open();
    const take = (event: { type: string; [field: string]: unknown }): void => {
      reader.take({ event: '', data: JSON.stringify(event) });
    };
    for (let at = 0; at < 3_000; at += 1) {
      const item = { type: 'message', id: `m${String(at)}`, role: 'assistant', content: [] };
      take({ type: 'response.output_item.added', output_index: at, item });
      const part = { type: 'output_text', text: '' };
      take({ type: 'response.content_part.added', output_index: 0, content_index: at, part });
    }
    expect(reader.cut(CUT).length).toBeLessThan(2_000);
  });
});
