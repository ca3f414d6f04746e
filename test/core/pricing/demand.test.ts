// For how many tokens a running answer needs money. What breaks if this fails: an answer is passed
// on for less than it costs, a budget is passed by whoever finds the script that does it, or an
// honest answer is taken for one that ignores its ceiling.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_ASK } from '../../../core/dialects/dialect.ts';
import {
  type Demand,
  isPastCeiling,
  MARGIN_TOKENS,
  neededOutputTokens,
  STEP_TOKENS,
  stepFor,
} from '../../../core/pricing/demand.ts';
import { denseBytesIn } from '../../../core/pricing/dense-bytes.ts';
import { estimateCall } from '../../../core/pricing/estimate.ts';
import { PLAIN, usage } from './money-table.ts';

const demandOf = (choices: number, ceiling: number): Demand => ({
  price: PLAIN,
  estimate: estimateCall(PLAIN, {
    ask: { ...PLAIN_ASK, model: PLAIN.model, stream: true, choices, body: {} },
    forwardedBytes: 1_000,
    outputTokensMax: ceiling,
    allowance: { inputTokens: 0, nanoUsd: 0 },
  }),
  ceilingTokens: ceiling * choices,
});

const seenOf = (text: string, parts: object = {}) => {
  const bytes = new TextEncoder().encode(text);
  return {
    visibleBytes: bytes.length,
    denseBytes: denseBytesIn(bytes),
    events: 1,
    elapsedMs: 60_000,
    unreadMs: 0,
    ...parts,
  };
};

const base64 = Buffer.from(Array.from({ length: 750 }, (_, at) => (at * 131 + 17) % 256));

/** What o200k makes of a byte of them at the most (js-tiktoken). */
const HOSTILE = [
  ['Cherokee', 'Ꭰ'.repeat(333), 1],
  ['Linear B', '𐀀𐀁𐀂'.repeat(80), 1],
  ['emoji', '🫨🪿🫎🪼'.repeat(60), 0.64],
  ['Chinese', '漢字仮名交'.repeat(60), 0.4],
  ['Russian', 'съешьещёэтихмягкихфранцузскихбулок'.repeat(20), 0.5],
  ['English', 'what the scale says is what is paid '.repeat(28), 0.23],
  ['a hundred thousand a', 'a'.repeat(100_000), 0.13],
  ['random letters', 'qzxvkjwpfy'.repeat(100), 0.53],
] as const;

describe('the need of a running answer', () => {
  it.each(HOSTILE)('is enough for %s', (_, text, tokensPerByte) => {
    const seen = seenOf(text);
    const tokens = seen.visibleBytes * tokensPerByte;
    const needed = neededOutputTokens(demandOf(1, 1_000_000), seen, null);
    expect(needed).toBeGreaterThanOrEqual(tokens);
  });

  it('would be too little for half of them at half a token a byte (negative control)', () => {
    const short = HOSTILE.filter(([, text, tokensPerByte]) => {
      const { visibleBytes } = seenOf(text);
      return visibleBytes / 2 + 160 < visibleBytes * tokensPerByte;
    });
    expect(short.map(([name]) => name)).toEqual(['Cherokee', 'Linear B']);
  });

  it('counts a token an event where those are more: dense ASCII of one token each', () => {
    const seen = seenOf(base64.toString('base64'), { events: 682 });
    expect(neededOutputTokens(demandOf(1, 10_000), seen, null)).toBeGreaterThanOrEqual(682);
  });

  it('is what the provider says where that is more, and never more than the ceiling', () => {
    const said = usage({ outputTokens: 900 });
    expect(neededOutputTokens(demandOf(1, 4_000), seenOf('yes'), said)).toBe(900);
    expect(neededOutputTokens(demandOf(2, 300), seenOf('yes'), said)).toBe(600);
  });

  it('is the whole ceiling once more came than can have been generated in the time', () => {
    const seen = { ...seenOf('yes'), elapsedMs: 0, events: 65 };
    expect(neededOutputTokens(demandOf(1, 4_000), seen, null)).toBe(4_000);
  });

  it('grows with the time in which nobody reads', () => {
    const at = (unreadMs: number): number =>
      neededOutputTokens(demandOf(1, 10_000), seenOf('yes', { unreadMs }), null);
    expect(at(1_000) - at(0)).toBe(2_000);
  });
});

describe('a step', () => {
  it('pays for what is needed and a margin, and not beyond the ceiling', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.integer({ min: 16, max: 50_000 }), (some, most) => {
        const needed = Math.min(some, most);
        const target = stepFor(needed, most);
        expect(target).toBeLessThanOrEqual(most);
        expect(target === most || target >= needed + MARGIN_TOKENS).toBe(true);
        expect(target).toBeLessThanOrEqual(needed + Math.max(STEP_TOKENS, needed * 0.25 + 1));
      }),
    );
  });
});

describe('a ceiling', () => {
  it('is broken by what no text of so many tokens can be, or by the word of the provider', () => {
    expect(isPastCeiling(100, 100 * 16 + 4_096, null)).toBe(false);
    expect(isPastCeiling(100, 100 * 16 + 4_097, null)).toBe(true);
    expect(isPastCeiling(100, 0, usage({ outputTokens: 100 }))).toBe(false);
    expect(isPastCeiling(100, 0, usage({ outputTokens: 101 }))).toBe(true);
  });
});

const RUSSIAN = /[\u0410-\u044f]/g;
const bytesIn = (text: string): number => new TextEncoder().encode(text).length;

describe('dense bytes', () => {
  it('are the bytes that are neither ASCII nor Russian, wherever they stand', () => {
    const signs = fc.constantFrom('a', ' ', 'é', 'Ё', 'А', 'я', 'ѐ', '漢', 'Ꭰ', '𐀀');
    fc.assert(
      fc.property(fc.array(signs), fc.nat({ max: 3 }), (parts, from) => {
        const text = parts.join('');
        const rest = text.replace(RUSSIAN, '').replace(/[ -~]/g, '');
        const padded = new TextEncoder().encode('a'.repeat(from) + text);
        expect(denseBytesIn(padded.subarray(from))).toBe(bytesIn(rest));
      }),
    );
  });

  it('are no fewer where a chunk ends in the middle of a sign, or is no text at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 64 }), (bytes, at) => {
        const split = denseBytesIn(bytes.slice(0, at)) + denseBytesIn(bytes.slice(at));
        expect(split).toBeGreaterThanOrEqual(denseBytesIn(bytes));
      }),
    );
  });

  it('are counted as well where JSON writes them in ASCII, wherever a chunk ends', () => {
    const text = 'ᎠᎡ𐀀é';
    const bytes = new TextEncoder().encode(text).length;
    const written = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
      .map((code) => `\\u${code.toString(16).padStart(4, '0')}`)
      .join('');
    const chunk = new TextEncoder().encode(`{"content":"${written}"}`);
    for (let at = 0; at <= chunk.length; at += 1) {
      const counted = denseBytesIn(chunk.subarray(0, at)) + denseBytesIn(chunk.subarray(at));
      expect([at, counted >= bytes]).toEqual([at, true]);
    }
    expect(denseBytesIn(new TextEncoder().encode('{"content":"a\\n\\"b\\""}'))).toBe(0);
  });
});
