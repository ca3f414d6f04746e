// What passes of a stream and when, whatever its framing: whole events, byte for byte, without a
// copy where none is needed; and what is kept of it, which is bounded and linear in what came. What
// breaks if this fails: a stream that cannot be ended validly, or a provider (or a stranger behind
// one) who makes the gateway hold or copy without end.

import { describe, expect, it } from 'vitest';
import {
  EVENT_BYTES_MAX,
  LARGE_HEAD_BYTES,
  LARGE_TAIL_BYTES,
  STREAM_BYTES_MAX,
  TEMPLATE_BYTES_MAX,
  TEMPLATES_MAX,
} from '../../../core/stream/limits.ts';
import { KEPT_CHARS_MAX } from '../../../core/dialects/openai-responses-output.ts';
import { littleStream } from '../../support/little-dialect.ts';
import { inPiecesOf, joined } from '../../support/recordings.ts';
import { through, watched } from '../../support/seen-events.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const CUT = { as: 'length', sentence: '', inputTokens: 1, outputTokens: 2 } as const;

/** Of the meter, which reads ahead; and the largest chunk that a runtime hands over. */
const READ_AHEAD_BYTES = 65_536;
const CHUNK_BYTES = 16_384;

const SIZES = [1, 2, 3, 7, 97, 1_000_000];

describe('what passes', () => {
  it('is the chunk itself where it ends with an event', () => {
    const { reader } = watched('sse');
    const chunk = bytesOf('data: a\n\ndata: b\n\n');
    expect(reader.feed(chunk)).toBe(chunk);
    expect(reader.feed(chunk)).toBe(chunk);
  });

  it('is whole events only, and the rest with its end', () => {
    const { reader } = watched('sse');
    expect(text(reader.feed(bytesOf('data: a\n\ndata: b')))).toBe('data: a\n\n');
    expect(text(reader.feed(bytesOf('b')))).toBe('');
    expect(text(reader.feed(bytesOf('b\n\ndata')))).toBe('data: bbb\n\n');
    expect(text(reader.feed(bytesOf(': c\n\ndata: d\n\n')))).toBe('data: c\n\ndata: d\n\n');
  });

  it('is no part of memory that is written to later', () => {
    const { reader } = watched('sse');
    reader.feed(bytesOf('data: a'));
    const first = reader.feed(bytesOf('a\n\ndata: bbbbbbbb'));
    reader.feed(bytesOf('b'));
    expect(text(first)).toBe('data: aa\n\n');
  });

  it('is everything but the withheld events, which leave no trace', () => {
    const bytes = bytesOf('data: a\n\ndata: x\n\ndata: b\n\ndata: x\n\ndata: x\n\ndata: c\n\n');
    for (const size of SIZES) {
      const { out } = through('sse', inPiecesOf(bytes, size), ({ data }) => data === 'x');
      expect(text(out)).toBe('data: a\n\ndata: b\n\ndata: c\n\n');
    }
  });

  it('ends with what was held back, unless that was an event to withhold', () => {
    const kept = watched('sse');
    kept.reader.feed(bytesOf('data: a'));
    expect(text(kept.reader.end())).toBe('data: a');
    const withheld = watched('sse', () => true);
    withheld.reader.feed(bytesOf('data: a'));
    expect(withheld.reader.end()).toHaveLength(0);
  });
});

describe('an event at the limit', () => {
  const ofLength = (length: number): Uint8Array => bytesOf(`data: ${'x'.repeat(length - 8)}\n\n`);

  it.each([1_000, 16_384, 1_000_000])(
    'is read whole, and one byte more is not (pieces of %d)',
    (size) => {
      const whole = through('sse', inPiecesOf(ofLength(EVENT_BYTES_MAX), size));
      expect(whole.events).toHaveLength(1);
      expect(whole.large).toEqual([]);
      const more = through('sse', inPiecesOf(ofLength(EVENT_BYTES_MAX + 1), size));
      expect(more.events).toEqual([]);
      expect(more.large).toHaveLength(1);
    },
  );

  it('is counted from its own beginning, not from that of the bytes it came with', () => {
    const many = joined(Array.from({ length: 5 }, () => ofLength(40_000)));
    for (const size of [1_000, 97_000, many.length]) {
      expect(through('sse', inPiecesOf(many, size)).events).toHaveLength(5);
    }
  });
});

describe('a larger event', () => {
  const data = `{"type":"big","text":"${'äbc'.repeat(50_000)}","usage":{"output_tokens":7}}`;
  const big = `event: big\ndata: ${data}\n\n`;
  const bytes = bytesOf(`data: a\n\n${big}data: b\n\n`);

  it.each([1, 2, 97, 1_400, 16_384, 1_000_000])(
    'passes byte for byte and is shown by its two ends, the same in pieces of %d',
    (size) => {
      const { events, large, out } = through('sse', inPiecesOf(bytes, size));
      expect(out).toEqual(bytes);
      expect(events.map((event) => event.data)).toEqual(['a', 'b']);
      expect(large).toHaveLength(1);
      const [{ event, head, tail, bytes: length } = { event: '', head: '', tail: '', bytes: 0 }] =
        large;
      expect(event).toBe('big');
      expect(data.startsWith(head.slice(0, -1))).toBe(true);
      expect(data.endsWith(tail.slice(1))).toBe(true);
      expect(bytesOf(head).length).toBeGreaterThan(LARGE_HEAD_BYTES - 64);
      expect(bytesOf(tail).length).toBeGreaterThan(LARGE_TAIL_BYTES - 64);
      expect(length).toBe(bytesOf(big).length);
    },
  );

  it('passes on as it comes, and cannot be cut in its middle', () => {
    const { reader } = watched('sse', undefined, 'data: end\n\n');
    const bigBytes = bytesOf(big);
    expect(reader.feed(bigBytes.subarray(0, 1_000))).toHaveLength(0);
    expect(reader.cut(CUT)).not.toBeNull();
    expect(reader.feed(bigBytes.subarray(1_000, 80_000))).toHaveLength(80_000);
    expect(reader.cut(CUT)).toBeNull();
    expect(reader.feed(bigBytes.subarray(80_000))).toHaveLength(bigBytes.length - 80_000);
    expect(text(reader.cut(CUT) ?? new Uint8Array())).toBe('data: end\n\n');
  });

  it('is shown at the end of the answer if it has no other', () => {
    const { reader, large } = watched('sse');
    reader.feed(bytes.subarray(0, 100_000));
    reader.end();
    expect(large).toHaveLength(1);
  });

  it('of many lines is shown as its data, without the names of its fields', () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `data: {"line":${String(i)}}\n`);
    const [large] = through('sse', [bytesOf(`${lines.join('')}\n`)]).large;
    expect(large?.head.startsWith('{"line":0}\n{"line":1}\n')).toBe(true);
    expect(large?.tail.endsWith('{"line":9998}\n{"line":9999}')).toBe(true);
  });

  it('that is only a comment is shown to nobody', () => {
    const { events, large, out } = through('sse', [bytesOf(`:${'x'.repeat(100_000)}\n\n`)]);
    expect([events, large, out.length]).toEqual([[], [], 100_003]);
  });
});

/** What a reader does that joins what it holds with each chunk, and looks at all of it again. */
function naiveCopies(chunks: number): number {
  let held = 0;
  let copied = 0;
  for (let i = 0; i < chunks; i += 1) {
    held += 1;
    copied += held;
  }
  return copied;
}

describe('what is kept', () => {
  const MEGABYTE = 1_048_576;

  it.each(['sse', 'json-array', 'lines'] as const)(
    'of one endless event in single bytes is bounded, and copied a few times at most (%s)',
    (framing) => {
      const { reader } = watched(framing);
      const begin = bytesOf(framing === 'json-array' ? '[{"a":"' : 'data: ');
      reader.feed(begin);
      const byte = bytesOf('x');
      let passed = 0;
      let peak = 0;
      for (let i = 0; i < MEGABYTE; i += 1) {
        passed += reader.feed(byte).length;
        if (i % 1_024 === 0) peak = Math.max(peak, reader.upkeep().heldBytes);
      }
      expect(passed).toBe(MEGABYTE + begin.length);
      expect(peak).toBeLessThanOrEqual(STREAM_BYTES_MAX);
      expect(reader.upkeep().copiedBytes).toBeLessThanOrEqual(3 * EVENT_BYTES_MAX);
    },
  );

  it('is bounded of a stream that does everything at once', () => {
    const pad = 'k'.repeat(TEMPLATE_BYTES_MAX - 100);
    const plain = (i: number): string => `data: {"id":${String(i)},"t":"a","k":"${pad}"}\n\n`;
    const templates = Array.from({ length: 40 }, (_, i) => plain(i).repeat(3)).join('');
    const large = `data: ${'y'.repeat(2 * EVENT_BYTES_MAX)}\n\n`;
    const nearly = `data: ${'x'.repeat(EVENT_BYTES_MAX - 100)}\n\n`;
    const bytes = bytesOf(`${templates}${nearly}${large}${nearly}${templates}${large}`);
    for (const size of [100, 1_000, 5_000, 40_000]) {
      const { reader } = littleStream(true);
      let peak = 0;
      for (const piece of inPiecesOf(bytes, size)) {
        reader.feed(piece);
        peak = Math.max(peak, reader.upkeep().heldBytes);
      }
      // Most of what it may keep is really kept: the count is of something.
      expect(peak).toBeGreaterThan(EVENT_BYTES_MAX + TEMPLATES_MAX * TEMPLATE_BYTES_MAX);
      expect(peak).toBeLessThanOrEqual(STREAM_BYTES_MAX);
    }
  });

  it('leaves room in 256 KiB for what is read ahead, a chunk, and the text of an answer', () => {
    const readAhead = Math.ceil((READ_AHEAD_BYTES * 4) / 3);
    const whole = STREAM_BYTES_MAX + readAhead + CHUNK_BYTES + 2 * KEPT_CHARS_MAX;
    expect(whole).toBeLessThanOrEqual(256 * 1_024);
  });

  it('pins at most a third more memory than passes', () => {
    for (const [size, event] of [
      [16_384, 16_384],
      [4_096, 4_096],
      [1_400, 331],
      [5_000, 20_000],
      [60_000, 59_999],
    ] as const) {
      const { reader } = watched('sse');
      const stream = bytesOf(`data: ${'x'.repeat(event - 8)}\n\n`.repeat(80));
      const memory = new Set<ArrayBufferLike>();
      let passed = 0;
      // Events begin just before a chunk ends, which is when most is held.
      for (const piece of [
        stream.slice(0, size - 9),
        ...inPiecesOf(stream.slice(size - 9), size),
      ]) {
        const out = reader.feed(piece);
        passed += out.length;
        if (out.length > 0) memory.add(out.buffer);
      }
      const pinned = [...memory].reduce((sum, buffer) => sum + buffer.byteLength, 0);
      expect(pinned, `${String(size)}, ${String(event)}`).toBeLessThan((passed * 4) / 3 + 20_000);
    }
  });

  it('would be copied thousands of times by a reader that joins and looks again', () => {
    expect(naiveCopies(EVENT_BYTES_MAX)).toBeGreaterThan(1_000 * EVENT_BYTES_MAX);
  });

  it('is copied at most three times of a stream of small events in single bytes', () => {
    const { reader } = watched('sse');
    const event = bytesOf(`data: ${'x'.repeat(300)}\n\n`);
    for (let i = 0; i < 1_000; i += 1) for (const piece of inPiecesOf(event, 1)) reader.feed(piece);
    expect(reader.upkeep().copiedBytes).toBeLessThanOrEqual(3 * 1_000 * event.length);
  });
});
