// The event splitter against an independent parser, on recorded streams and on written ones,
// however the bytes are cut. What breaks if this fails: a stream that meters differently when the
// network cuts it differently, or a byte that is changed on its way.

import { createParser } from 'eventsource-parser';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSplitter, EVENT_BYTES_MAX, type RawEvent, readEvent } from '../../core/sse.ts';
import {
  askForRecordings,
  inPiecesOf,
  isStream,
  joined,
  recordedBody,
  recordings,
} from '../support/recordings.ts';

type Seen = { readonly event: string; readonly data: string };

/** What an independent implementation of the standard sees. */
function oracle(bytes: Uint8Array): Seen[] {
  const seen: Seen[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => seen.push({ event: event ?? '', data }),
  });
  parser.feed(new TextDecoder().decode(bytes));
  return seen;
}

function split(
  pieces: readonly Uint8Array[],
  eventBytesMax = EVENT_BYTES_MAX,
): {
  readonly raw: readonly RawEvent[];
  readonly rest: Uint8Array;
} {
  const splitter = eventSplitter(eventBytesMax);
  const raw = pieces.flatMap((piece) => splitter.feed(piece));
  return { raw, rest: splitter.rest() };
}

const read = (raw: readonly RawEvent[]): Seen[] =>
  raw.map(({ bytes }) => readEvent(bytes)).filter((event) => event !== null);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

askForRecordings('the event splitter on recorded streams');

const DIALECTS = [
  'openai-chat',
  'openai-responses',
  'openai-completions',
  'openai-other',
  'anthropic',
  'gemini',
  'ui-message-stream',
] as const;
const streams = recordings(...DIALECTS).filter(isStream);

describe.skipIf(streams.length === 0)('a recorded stream', () => {
  it.each(streams)('$file reads as an independent parser reads it, cut anyhow', (recording) => {
    const body = recordedBody(recording);
    const expected = oracle(body);
    for (const size of [body.length, 1, 2, 3, 97]) {
      const { raw, rest } = split(inPiecesOf(body, size));
      expect(read(raw), `pieces of ${String(size)}`).toEqual(expected);
      expect(joined([...raw.map(({ bytes }) => bytes), rest])).toEqual(body);
    }
  });

  it.each(streams)('$file reads the same cut at each boundary of its events', (recording) => {
    const body = recordedBody(recording);
    const expected = oracle(body);
    const boundaries = split([body]).raw.map(({ bytes }) => bytes.length);
    let at = 0;
    for (const length of boundaries.slice(0, 60)) {
      at += length;
      for (const cut of [at - 1, at, at + 1]) {
        const { raw } = split([body.slice(0, cut), body.slice(cut)]);
        expect(read(raw), `cut at ${String(cut)}`).toEqual(expected);
      }
    }
  });
});

const LINES = ['data: a', 'data:b', 'data', 'data:  c', 'event: e', ': note', 'id: 7', 'x: y', ''];

describe('a written stream', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('with %s line ends reads as an independent parser reads it', (_, end) => {
    const text = ['data: one', '', 'event: e', 'data: two', 'data: more', '', ': hush', '', ''];
    const bytes = bytesOf(text.join(end) + end);
    for (const size of [bytes.length, 1, 2, 3]) {
      expect(read(split(inPiecesOf(bytes, size)).raw)).toEqual([
        { event: '', data: 'one' },
        { event: 'e', data: 'two\nmore' },
      ]);
    }
  });

  it('of any lines, any line ends and any cuts reads as an independent parser reads it', () => {
    const line = fc.tuple(fc.constantFrom(...LINES), fc.constantFrom('\n', '\r\n', '\n', '\r'));
    const lines = fc.array(line, { maxLength: 16 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 9 }), (all, size) => {
        // A last line end that is not a lone CR: the oracle waits to see whether an LF follows it.
        const bytes = bytesOf(`${all.map(([text, end]) => text + end).join('')}data: z\n\n`);
        const { raw, rest } = split(inPiecesOf(bytes, size));
        expect(read(raw)).toEqual(oracle(bytes));
        expect(joined([...raw.map((event) => event.bytes), rest])).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps the two halves of a CRLF in one event where they come together', () => {
    const { raw } = split([bytesOf('data: a\r\n\r\ndata: b\r\n\r\n')]);
    expect(raw.map(({ bytes }) => bytes.length)).toEqual([11, 11]);
  });

  it('keeps a character that is cut in half whole', () => {
    const bytes = bytesOf('data: 20 °C — ✓ 👍\n\n');
    expect(read(split(inPiecesOf(bytes, 1)).raw)).toEqual([{ event: '', data: '20 °C — ✓ 👍' }]);
  });

  it('that ends without a blank line keeps its last bytes for whoever asks for the rest', () => {
    const { raw, rest } = split([bytesOf('data: a\n\ndata: b\n')]);
    expect(read(raw)).toHaveLength(1);
    expect(new TextDecoder().decode(rest)).toBe('data: b\n');
  });
});

describe('an event past the limit', () => {
  const LIMIT = 64;
  // Wherever it is cut, what is left of it looks like an event.
  const big = `${'data: y '.repeat(25)}\n\n`;
  const bytes = bytesOf(`data: a\n\n${big}data: b\n\n`);

  it.each([1, 2, 3, 8, 10, 63, 64, 65, 97, 215, 1_000])(
    'passes unread and byte for byte in pieces of %d, and the next one is read',
    (size) => {
      const { raw, rest } = split(inPiecesOf(bytes, size), LIMIT);
      expect(joined([...raw.map((event) => event.bytes), rest])).toEqual(bytes);
      const known = raw.filter((event) => !event.unread);
      expect(read(known)).toEqual([
        { event: '', data: 'a' },
        { event: '', data: 'b' },
      ]);
    },
  );

  it('is read where it is exactly as large as the limit, and not one byte larger', () => {
    const ofLength = (length: number): Uint8Array => bytesOf(`data: ${'x'.repeat(length - 8)}\n\n`);
    for (const size of [1, 7, 1_000]) {
      expect(split(inPiecesOf(ofLength(LIMIT), size), LIMIT).raw).toMatchObject([
        { unread: false },
      ]);
      const over = split(inPiecesOf(ofLength(LIMIT + 1), size), LIMIT).raw;
      expect(over.every((event) => event.unread)).toBe(true);
    }
  });

  it('is counted from its own beginning, not from that of the bytes it came with', () => {
    const many = bytesOf(`data: ${'z'.repeat(50)}\n\n`.repeat(40));
    for (const size of [1, 97, 150, many.length]) {
      const { raw } = split(inPiecesOf(many, size), LIMIT);
      expect(raw.map(({ unread }) => unread)).toEqual(Array.from({ length: 40 }, () => false));
    }
  });

  it('never holds back more than the limit and one piece', () => {
    const splitter = eventSplitter(LIMIT);
    let fed = 0;
    let passed = 0;
    for (let i = 0; i < 1_000; i += 1) {
      fed += 10;
      for (const event of splitter.feed(bytesOf('y'.repeat(10)))) passed += event.bytes.length;
      expect(fed - passed).toBeLessThanOrEqual(LIMIT + 10);
    }
  });
});

describe('readEvent', () => {
  it.each([
    [': only a comment\n\n', null],
    ['event: ping\n\n', null],
    ['\n', null],
    ['data\n\n', { event: '', data: '' }],
    ['data:\n\n', { event: '', data: '' }],
    ['data: a\ndata:\ndata: b\n\n', { event: '', data: 'a\n\nb' }],
    ['event: a\nevent: b\ndata: c\n\n', { event: 'b', data: 'c' }],
    ['data : a\n\n', null],
    ['Data: a\n\n', null],
  ])('reads %j', (text, expected) => {
    expect(readEvent(bytesOf(text))).toEqual(expected);
  });
});
