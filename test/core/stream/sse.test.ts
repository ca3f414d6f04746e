// Server-sent events against an independent parser, on recorded streams and on written ones,
// however the bytes are cut. What breaks if this fails: a stream that meters differently when the
// network cuts it differently, or a byte that is changed on its way.

import { createParser } from 'eventsource-parser';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../core/stream/event.ts';
import { readSse } from '../../../core/stream/sse.ts';
import {
  askForRecordings,
  inPiecesOf,
  isStream,
  recordedBody,
  recordings,
} from '../../support/recordings.ts';
import { through } from '../../support/seen-events.ts';

/** What an independent implementation of the standard sees. */
function oracle(bytes: Uint8Array): StreamEvent[] {
  const seen: StreamEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => seen.push({ event: event ?? '', data }),
  });
  parser.feed(new TextDecoder().decode(bytes));
  return seen;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

askForRecordings('server-sent events on recorded streams');

const DIALECTS = [
  'openai-chat',
  'openai-responses',
  'openai-completions',
  'openai-other',
  'anthropic',
  'gemini',
  'ui-message-stream',
] as const;
const streams = recordings(...DIALECTS)
  .filter(isStream)
  .filter(({ file }) => !file.endsWith('.txt'));

describe.skipIf(streams.length === 0)('a recorded stream', () => {
  it.each(streams)('$file reads as an independent parser reads it, cut anyhow', (recording) => {
    const body = recordedBody(recording);
    const expected = oracle(body);
    for (const size of [body.length, 1, 2, 3, 97]) {
      const { events, out } = through('sse', inPiecesOf(body, size));
      expect(events, `pieces of ${String(size)}`).toEqual(expected);
      expect(out).toEqual(body);
    }
  });
});

const LINES = ['data: a', 'data:b', 'data', 'data:  c', 'data: ', 'event: e', 'event', 'events: f'];
const OTHERS = [': note', 'id: 7', 'x: y', 'datas', 'dat', ' data: a', '', '', '\uFEFFdata: m'];
const ENDS = ['\n', '\r\n', '\n', '\r'];

describe('a written stream', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('with %s line ends reads as an independent parser reads it', (_, end) => {
    const lines = ['data: one', '', 'event: e', 'data: two', 'data: more', '', ': hush', '', ''];
    const bytes = bytesOf(lines.join(end) + end);
    for (const size of [bytes.length, 1, 2, 3]) {
      expect(through('sse', inPiecesOf(bytes, size)).events).toEqual([
        { event: '', data: 'one' },
        { event: 'e', data: 'two\nmore' },
      ]);
    }
  });

  it('of any lines, any line ends and any cuts reads as an independent parser reads it', () => {
    const line = fc.tuple(fc.constantFrom(...LINES, ...OTHERS), fc.constantFrom(...ENDS));
    const lines = fc.array(line, { maxLength: 16 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 9 }), (all, size) => {
        // A last line end that is not a lone CR: the oracle waits to see whether an LF follows it.
        const bytes = bytesOf(`${all.map(([one, end]) => one + end).join('')}data: z\n\n`);
        const { events, out } = through('sse', inPiecesOf(bytes, size));
        expect(events).toEqual(oracle(bytes));
        expect(out).toEqual(bytes);
      }),
      { numRuns: 3_000 },
    );
  });

  it('has the same events withheld however it is cut, and nothing else', () => {
    const line = fc.tuple(fc.constantFrom(...LINES), fc.constantFrom(...ENDS));
    const withheld = ({ data }: StreamEvent): boolean => data.includes('b');
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (all, size) => {
          const bytes = bytesOf(`${all.map(([one, end]) => one + end).join('')}data: z\n\n`);
          const whole = through('sse', [bytes], withheld);
          const cut = through('sse', inPiecesOf(bytes, size), withheld);
          expect(text(cut.out)).toBe(text(whole.out));
          const kept = oracle(bytes).filter((event) => !withheld(event));
          expect(oracle(cut.out)).toEqual(kept);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('may begin with a byte order mark, and only begin with it', () => {
    const bytes = bytesOf('\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: c\n\n');
    for (const size of [1, 2, 5, bytes.length]) {
      const { events, out } = through('sse', inPiecesOf(bytes, size));
      expect(events.map(({ data }) => data)).toEqual(['a', 'c']);
      expect(out).toEqual(bytes);
    }
  });

  it('keeps a character that is cut in half whole', () => {
    const bytes = bytesOf('data: 20 °C — ✓ 👍\n\n');
    const { events } = through('sse', inPiecesOf(bytes, 1));
    expect(events).toEqual([{ event: '', data: '20 °C — ✓ 👍' }]);
  });

  it('passes bytes that are no characters as they are', () => {
    const bytes = Uint8Array.from([...bytesOf('data: '), 0xff, 0xc3, 0x28, 0x80, 10, 10]);
    for (const size of [1, 3, 99]) {
      expect(through('sse', inPiecesOf(bytes, size)).out).toEqual(bytes);
    }
  });
});

describe('the fields of an event', () => {
  it.each([
    [': only a comment\n\n', null],
    ['event: ping\n\n', null],
    ['\n', null],
    ['', null],
    ['data\n\n', { event: '', data: '' }],
    ['data:\n\n', { event: '', data: '' }],
    ['data: a\ndata:\ndata: b\n\n', { event: '', data: 'a\n\nb' }],
    ['event: a\nevent: b\ndata: c\n\n', { event: 'b', data: 'c' }],
    ['event: a\nevent\ndata: c\n\n', { event: '', data: 'c' }],
    ['data : a\n\n', null],
    ['Data: a\n\n', null],
    ['data: no blank line', { event: '', data: 'no blank line' }],
    ['data:\rdata: \r\ndata:  \n\n', { event: '', data: '\n\n ' }],
  ])('are read from %j', (event, expected) => {
    expect(readSse(event)).toEqual(expected);
  });
});
