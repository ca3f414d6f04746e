// Chunks of Gemini that are counted without being read. Attack: a chunk that looks like more text
// of the same and is a call, an end, another candidate, or a count in another place.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { gemini } from '../../core/dialects/gemini.ts';
import { plainChunk } from '../../core/dialects/gemini-plain.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { inPiecesOf } from '../support/recordings.ts';

const ASK = { ...PLAIN_ASK, model: 'gemini-2.5-flash', upstreamTarget: '/x?alt=sse', body: {} };

type Parts = readonly object[];

const usage = (output: number, prompt = 12) => ({
  promptTokenCount: prompt,
  candidatesTokenCount: output,
  totalTokenCount: prompt + output,
});
const chunk = (parts: Parts, usageMetadata: object = usage(3), more: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  usageMetadata,
  modelVersion: 'm',
});

/** `isRead`: every chunk is read, because the answer is collected. */
function read(chunks: readonly object[], isRead: boolean, size = 700) {
  const options = { hideUsage: false, collectAnswer: isRead };
  const reader = streamReader(gemini.openStream(ASK, options), 'sse');
  const text = chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('');
  for (const piece of inPiecesOf(new TextEncoder().encode(text), size)) reader.feed(piece);
  reader.end();
  return {
    usage: reader.usage(),
    soFar: reader.usageSoFar?.(),
    finished: reader.finished(),
    visibleBytes: reader.visibleBytes(),
    events: reader.events(),
    toolCalls: reader.toolCalls(),
  };
}

const plain = (parts: Parts, usageMetadata?: object, more?: object) =>
  plainChunk({ event: '', data: JSON.stringify(chunk(parts, usageMetadata, more)) });

describe('a chunk', () => {
  it('is plain where it is only more text and grown counts', () => {
    const told = { index: 0, visibleBytes: 2, inputTokens: 12 };
    expect(plain([{ text: '°' }])).toEqual(told);
    expect(plain([{ text: 'hm', thought: true }])).toEqual(told);
    expect(plain([{ text: 'hm' }], { ...usage(3), toolUsePromptTokenCount: 8 })).toMatchObject({
      inputTokens: 20,
    });
  });

  it.each([
    ['the end', [{ text: 'a' }], usage(3), { finishReason: 'STOP' }],
    ['a call', [{ functionCall: { name: 'f', args: { text: 'a' } } }], usage(3), {}],
    ['two parts', [{ text: 'a' }, { text: 'b' }], usage(3), {}],
    ['no part', [], usage(3), {}],
    ['a signature', [{ text: 'a', thoughtSignature: 'x' }], usage(3), {}],
    ['a search', [{ text: 'a' }], usage(3), { groundingMetadata: {} }],
    ['no counts', [{ text: 'a' }], {}, {}],
    ['no total', [{ text: 'a' }], { promptTokenCount: 1, candidatesTokenCount: 1 }, {}],
    [
      'the total first',
      [{ text: 'a' }],
      { totalTokenCount: 9, promptTokenCount: 1, candidatesTokenCount: 1 },
      {},
    ],
    ['an odd prompt', [{ text: 'a' }], { ...usage(3), promptTokenCount: '12' }, {}],
  ])('is not plain where it is %s', (_, parts, counts, more) => {
    expect(plain(parts, counts, more)).toBeNull();
  });

  it('is not plain with an error, a block, or another candidate beside it', () => {
    const one = chunk([{ text: 'a' }]);
    const two = { ...one, candidates: [...one.candidates, ...one.candidates] };
    for (const odd of [{ ...one, error: {} }, { ...one, promptFeedback: {} }, two, {}, []]) {
      expect(plainChunk({ event: '', data: JSON.stringify(odd) })).toBeNull();
    }
  });
});

describe('a stream', () => {
  it('says the same whether its plain chunks are read or counted, in any mixture', () => {
    const words = fc.constantFrom('a', 'more', '°é…', '"totalTokenCount": 7', '\\', '');
    const output = fc.nat(5_000);
    const one = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(words, output).map(([t, n]) => chunk([{ text: t }], usage(n))),
      },
      fc.tuple(words, output).map(([t, n]) => chunk([{ text: t, thought: true }], usage(n))),
      fc.tuple(words, output).map(([t, n]) => chunk([{ text: t }], usage(n), { index: 1 })),
      fc.tuple(words, output).map(([t, n]) => chunk([{ text: t }], usage(n, 15))),
      output.map((n) => chunk([{ functionCall: { name: 'f', args: {} } }], usage(n))),
      output.map((n) => chunk([{ text: '' }], usage(n), { finishReason: 'STOP' })),
      fc.constant({ error: { code: 500 } }),
    );
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 60 }),
        fc.integer({ min: 1, max: 900 }),
        (all, size) => {
          expect(read(all, false, size)).toEqual(read(all, true));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of plain chunks alone says how much there is so far, and is not finished', () => {
    const chunks = Array.from({ length: 300 }, (_, n) => chunk([{ text: 'word ' }], usage(n * 2)));
    expect(read(chunks, false)).toMatchObject({
      usage: null,
      finished: false,
      soFar: { inputTokens: 12, outputTokens: 598 },
      visibleBytes: 1_500,
      events: 300,
    });
  });
});
