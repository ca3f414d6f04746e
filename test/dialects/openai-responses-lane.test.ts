// Most events of a Responses stream are counted without being read. What breaks if this fails: what
// was generated is miscounted, or an answer that is cut is repeated with another text.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_ASK, type Ask, type Cut } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { inPiecesOf } from '../support/recordings.ts';
import {
  RESPONSES_EVENTS,
  responsesBlock,
  type ResponsesEvent,
} from '../support/responses-stream.ts';

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-5', stream: true, body: {} };
const CUT: Cut = { as: 'length', sentence: '', inputTokens: 1, outputTokens: 2 };

/** With its deltas many times, each time with another text. */
function withTexts(texts: readonly string[]): ResponsesEvent[] {
  const events = RESPONSES_EVENTS.slice(0, -1).flatMap((event): ResponsesEvent[] =>
    event.type.endsWith('.delta')
      ? texts.map((delta) => ({ ...event, delta, obfuscation: delta.slice(0, 3) }))
      : [event],
  );
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

type Told = readonly unknown[];

/** Event by event: nothing is counted unread. */
function readOneByOne(events: readonly ResponsesEvent[], collectAnswer: boolean): Told {
  const reader = openaiResponses.openStream(ASK, { hideUsage: false, collectAnswer });
  for (const event of events) reader.take({ event: event.type, data: JSON.stringify(event) });
  const { whole = null } = reader.answer() ?? {};
  return [reader.visibleBytes(), reader.events(), reader.toolCalls(), whole, reader.cut(CUT)];
}

function readFromBytes(
  events: readonly ResponsesEvent[],
  collectAnswer: boolean,
  size: number,
): Told {
  const opened = openaiResponses.openStream(ASK, { hideUsage: false, collectAnswer });
  const reader = streamReader(opened, 'sse');
  const bytes = new TextEncoder().encode(events.map(responsesBlock).join(''));
  for (const piece of inPiecesOf(bytes, size)) reader.feed(piece);
  const { whole = null } = reader.answer() ?? {};
  const cut = new TextDecoder().decode(reader.cut(CUT) ?? undefined);
  return [reader.visibleBytes(), reader.events(), reader.toolCalls(), whole, cut];
}

describe('events that are counted unread', () => {
  it('come to what they come to when each is read, whatever they say and however they are cut', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), {
      minLength: 3,
      maxLength: 40,
    });
    const size = fc.constantFrom(7, 331, 1_400, 16_384);
    fc.assert(
      fc.property(texts, size, fc.boolean(), (some, bytes, collects) => {
        const events = withTexts(some);
        expect(readFromBytes(events, collects, bytes)).toEqual(readOneByOne(events, collects));
      }),
      { numRuns: 200 },
    );
  });

  it('are most of them', () => {
    const events = withTexts(Array.from({ length: 50 }, (_, at) => `word ${String(at)} `));
    const opened = openaiResponses.openStream(ASK, { hideUsage: false, collectAnswer: false });
    let read = 0;
    const counted = new Proxy(opened, {
      get(target, name) {
        const value = Reflect.get(target, name, target) as unknown;
        if (name === 'take') read += 1;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const reader = streamReader(counted, 'sse');
    reader.feed(new TextEncoder().encode(events.map(responsesBlock).join('')));
    expect(read).toBeLessThan(events.length / 2);
  });
});
