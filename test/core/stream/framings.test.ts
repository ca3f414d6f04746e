// Framings beside server-sent events: an array of JSON, lines, and bytes without any. What breaks
// if this fails: such a stream is not metered, or ends as something its reader cannot parse.

import { describe, expect, it } from 'vitest';
import { inPiecesOf, joined } from '../../support/recordings.ts';
import { through, watched } from '../../support/seen-events.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const CUT = { as: 'length', sentence: '', inputTokens: 1, outputTokens: 2 } as const;

const SIZES = [1, 2, 3, 7, 97, 1_000_000];

describe('an array of JSON that comes piece by piece', () => {
  const elements = ['{"a":1}', '{"b":"]},{\\"["}', '{"c":[{"d":"\\\\"}]}', '{}', '[1,[2]]'];

  it.each([
    ['as Gemini writes it', `[${elements.join(',\n')}\n]\n`],
    ['with blanks everywhere', ` [ ${elements.join(' ,\r\n ')} ] `],
    ['without any', `[${elements.join(',')}]`],
  ])('shows each element (%s)', (_, array) => {
    const bytes = bytesOf(array);
    for (const size of SIZES) {
      const { events, out } = through('json-array', inPiecesOf(bytes, size));
      expect(events.map(({ data }) => data)).toEqual(elements);
      expect(out).toEqual(bytes);
    }
  });

  it('shows an object that stands alone, as an error does', () => {
    const { events } = through('json-array', inPiecesOf(bytesOf('{"error":{"code":429}}\n'), 3));
    expect(events).toEqual([{ event: '', data: '{"error":{"code":429}}' }]);
  });

  it.each([
    ['before anything came', ''],
    ['within its first element', '[{"a":1'],
    ['behind an element', '[{"a":1}'],
    ['behind an element and a comma', '[{"a":1},'],
    ['behind two and a half', '[{"a":1},\n{"b":2},\n{"c'],
  ])('ends as an array %s', (_, begun) => {
    const ending = 'data: {"end":1}\r\n\r\ndata: {"end":2}\n\n';
    for (const size of SIZES) {
      const { reader } = watched('json-array', undefined, ending);
      const passed = inPiecesOf(bytesOf(begun), size).map((piece) => reader.feed(piece));
      const cut = reader.cut(CUT);
      const whole = text(joined([...passed, cut ?? new Uint8Array()]));
      const parsed = JSON.parse(whole) as unknown[];
      expect(parsed.slice(-2)).toEqual([{ end: 1 }, { end: 2 }]);
    }
  });
});

describe('lines', () => {
  it('are shown as a name and its data', () => {
    const bytes = bytesOf('f:{"messageId":"m"}\n0:"a:b"\r\n\nodd\nd:{}\n');
    for (const size of SIZES) {
      const { events, out } = through('lines', inPiecesOf(bytes, size));
      expect(events).toEqual([
        { event: 'f', data: '{"messageId":"m"}' },
        { event: '0', data: '"a:b"' },
        { event: 'd', data: '{}' },
      ]);
      expect(out).toEqual(bytes);
    }
  });
});

describe('bytes without events', () => {
  it('pass as they are, are counted, and end where they end', () => {
    const { reader, events } = watched('bytes', undefined, 'data: end\n\n');
    const chunk = bytesOf('data: a\n\n');
    expect(reader.feed(chunk)).toBe(chunk);
    expect(reader.visibleBytes()).toBe(chunk.length);
    expect(reader.cut(CUT)).toHaveLength(0);
    expect(reader.finished()).toBe(false);
    expect(reader.end()).toHaveLength(0);
    expect(reader.finished()).toBe(true);
    expect(events).toEqual([]);
  });
});
