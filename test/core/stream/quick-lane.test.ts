// Most events are counted without being read. It must never show: what is counted, what passes and
// what is remembered is the same as if every event had been read, whatever stands in them and
// however they are cut. What breaks if this fails: a provider's odd spelling changes what a call
// costs.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventReader } from '../../../core/dialects/dialect.ts';
import { LESSONS_MAX } from '../../../core/stream/limits.ts';
import { streamReader } from '../../../core/stream/stream-reader.ts';
import { littleStream, parseMessage, sizeOf } from '../../support/little-dialect.ts';
import { inPiecesOf, joined } from '../../support/recordings.ts';

function run(pieces: readonly Uint8Array[], withPlain: boolean) {
  const { reader, read, last } = littleStream(withPlain);
  const out = joined([...pieces.map((piece) => reader.feed(piece)), reader.end()]);
  const seen = { visible: reader.visibleBytes(), events: reader.events(), last: last() };
  return { seen, out: Buffer.from(out).toString('latin1'), read: read() };
}

/** UTF-8, and bytes that are none where the text says so (U+00FF). */
const wire = (text: string): Uint8Array =>
  joined([...text].map((char) => (char === 'ÿ' ? Uint8Array.of(0xff) : Buffer.from(char))));

const sse = (json: string): string => `data: ${json}\n\n`;
const plainEvent = (text: string, padding = '', number = 1): string =>
  sse(`{"id":"x","t":"${text}","p":"${padding}","n":${String(number)}}`);

describe('events that differ in their text only', () => {
  it('are counted without being read, and count the same', () => {
    const texts = ['one', 'two', ' \\n', 'é€😀', '\\u00e9\\ud83d\\ude00', '', '\\"\\\\\\/'];
    const stream = wire(texts.map((one, i) => plainEvent(one, 'pad'.slice(i % 4), i)).join(''));
    const quick = run([stream], true);
    expect(quick.seen).toEqual(run([stream], false).seen);
    expect(quick.read).toBe(1);
  });

  it.each([
    ['a control character', 'a\tb'],
    ['a byte that is no character', 'aÿb'],
    ['half of a surrogate pair', '\\ud83d!'],
    ['the wrong half first', '\\ude00\\ud83d'],
    ['an escape that is none', '\\x41'],
    ['a broken escape', '\\u12g4'],
    ['a quote too many', 'a"b'],
    ['another member', 'a","t":"bcd'],
  ])('are read where there is %s', (_, odd) => {
    const stream = wire(
      [plainEvent('a'), plainEvent('b'), plainEvent(odd), plainEvent('c')].join(''),
    );
    const quick = run([stream], true);
    const full = run([stream], false);
    expect(quick.seen).toEqual(full.seen);
    expect(quick.out).toBe(full.out);
    expect(quick.read).toBeGreaterThanOrEqual(2);
  });

  it.each(['01', '1.5', '-1', '1e3', '12345678901234567890', '"1"', 'null', ''])(
    'are read where a number is %j',
    (number) => {
      const odd = sse(`{"id":"x","t":"abc","p":"","n":${number}}`);
      const stream = wire(plainEvent('a') + plainEvent('b') + odd + plainEvent('c'));
      expect(run([stream], true).seen).toEqual(run([stream], false).seen);
    },
  );

  it('are read again behind one that changes how they count', () => {
    const other = sse('{"type":"other"}');
    const back = sse('{"type":"back"}');
    const stream = wire([plainEvent('a'), plainEvent('b'), other, plainEvent('c'), back].join(''));
    const twice = joined([stream, stream]);
    expect(run([twice], true).seen).toEqual(run([twice], false).seen);
    // Negative control: a template that is believed for ever counts `c` once instead of twice.
    const naive = run([wire(plainEvent('a') + other)], true).seen.visible + 1;
    expect(run([wire(plainEvent('a') + other + plainEvent('c'))], true).seen.visible).toBe(
      naive + 1,
    );
  });

  it.each([
    ['twice in an object', '{"t":"%","t":"%"}'],
    ['in an object that does not show', '{"t":1,"x":{"t":"%"}}'],
    ['as a list', '{"t":["%"]}'],
    ['in a comment', '{"t":"same"}\n: "t":"%"'],
    ['over two lines of data', '{"t":\ndata: "%"}'],
  ])('are read where the name stands %s', (_, shape) => {
    const texts = ['a', 'bb', 'ccc', 'dddd'];
    const stream = wire(texts.map((one) => sse(shape.replaceAll('%', one))).join(''));
    expect(run([stream], true).seen).toEqual(run([stream], false).seen);
  });

  it('are not looked at for ever where no two are alike', () => {
    const many = 2_000;
    let weighed = 0;
    const stream = Array.from({ length: many }, (_, i) => sse(`{"id":${String(i)},"t":"x"}`)).join(
      '',
    );
    const { reader } = littleStream(true);
    const events: EventReader = {
      ...reader,
      take: () => 'pass',
      takeLarge: () => undefined,
      cut: () => '',
      plain: {
        shown: ['t'],
        varying: [],
        weigh({ data }) {
          weighed += 1;
          return sizeOf(parseMessage(data)?.t);
        },
        counter: () => () => undefined,
      },
    };
    streamReader(events, 'sse').feed(wire(stream));
    expect(weighed).toBeLessThanOrEqual(4 * LESSONS_MAX);
  });
});

const CHARS = [
  'a',
  'ß',
  '€',
  '😀',
  '\\n',
  '\\"',
  '\\\\',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\ud83d',
].concat(['ÿ', ' ', '}', '{', '"', '\t', ':', ',', 'data: ']);
const char = fc.constantFrom(...CHARS);
const odd = fc.array(char, { maxLength: 4 }).map((chars) => chars.join(''));
const even = fc.constantFrom('', 'hello', ' wörld', '.', '\\n', '😀');
const content = fc.oneof({ weight: 6, arbitrary: even }, { weight: 1, arbitrary: odd });
const blanks = fc.constantFrom('', '', ' ', '    ');
const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r');
const anEvent = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(content, content, fc.nat(99)).map((all) => plainEvent(...all)),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(content, blanks, lineEnd)
      .map(([text, space, end]) => `event: d${end}data: {"d":{"t":"${text}"}${space}}${end}${end}`),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(content, blanks)
      .map(([text, space]) => `event: d\ndata: {"t":"${text}","k":[1]${space}}\n\n`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      sse('{"type":"other"}'),
      sse('{"type":"back","t":"x"}'),
      sse('{"usage":1,"t":"u"}'),
      sse('[DONE]'),
      ': hush\n\n',
      '\n',
    ),
  },
);

describe('any stream', () => {
  it('counts, passes and remembers the same, read whole or not, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anEvent, { maxLength: 24 }),
        fc.integer({ min: 1, max: 120 }),
        (all, size) => {
          const stream = wire(all.join(''));
          const full = run([stream], false);
          const { seen, out } = run([stream], true);
          expect({ seen, out }).toEqual({ seen: full.seen, out: full.out });
          const cut = run(inPiecesOf(stream, size), true);
          expect({ seen: cut.seen, out: cut.out }).toEqual({ seen: full.seen, out: full.out });
        },
      ),
      { numRuns: 4_000 },
    );
  });

  it('with one byte changed counts, passes and remembers the same', () => {
    const events = Array.from({ length: 6 }, (_, i) => plainEvent('word'.slice(i % 3), 'pp', i));
    const stream = wire(events.join(''));
    fc.assert(
      fc.property(fc.nat(stream.length - 1), fc.nat(255), (at, byte) => {
        const changed = stream.slice();
        changed[at] = byte;
        const full = run([changed], false);
        const quick = run([changed], true);
        expect({ seen: quick.seen, out: quick.out }).toEqual({ seen: full.seen, out: full.out });
      }),
      { numRuns: 6_000 },
    );
  });
});
