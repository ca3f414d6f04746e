// What a call cost once it is over: hand-computed rows, and every way a call can end. What breaks
// if this fails: a caller who hangs up at the right moment pays less than the provider bills.

import { describe, expect, it } from 'vitest';
import {
  countedOutputTokens,
  type Ending,
  OUTPUT_TOKENS_PER_SECOND_MAX,
  priceUsage,
  producibleNanoUsdPerSecond,
  producibleTokens,
  weighActual,
  type Weighing,
} from '../../../core/pricing/actual.ts';
import { estimateCall } from '../../../core/pricing/estimate.ts';
import { isCount, partOf, TOKENS_MAX, type Usage } from '../../../core/pricing/usage.ts';
import { IN_FULL, PLAIN, REASONING, usage } from './money-table.ts';

describe('priceUsage', () => {
  it.each([
    ['nothing', {}, 0],
    ['plain input', { inputTokens: 10 }, 10_000],
    ['output', { outputTokens: 10 }, 40_000],
    ['cached input is not charged twice', { inputTokens: 10, cachedInputTokens: 4 }, 6_400],
    ['all input cached', { inputTokens: 10, cachedInputTokens: 10 }, 1_000],
    ['written input', { inputTokens: 10, cacheWriteTokens: 4 }, 11_000],
    [
      'cached and written',
      { inputTokens: 10, cachedInputTokens: 4, cacheWriteTokens: 2 },
      4 * 1_000 + 4 * 100 + 2 * 1_250,
    ],
    [
      'cached and written that are more than all input',
      { inputTokens: 10, cachedInputTokens: 8, cacheWriteTokens: 8 },
      8 * 100 + 2 * 1_250,
    ],
    ['reasoning is inside the output', { outputTokens: 10, reasoningTokens: 9 }, 40_000],
    ['everything', { inputTokens: 100, cachedInputTokens: 50, outputTokens: 7 }, 83_000],
  ] as const)('of %s is the hand-computed amount', (_, parts, nanoUsd) => {
    expect(priceUsage(PLAIN, usage(parts))).toBe(nanoUsd);
  });
});

describe('a count', () => {
  it.each([0, 1, TOKENS_MAX])('is %d', (value) => {
    expect(isCount(value)).toBe(true);
  });

  it.each([-1, 0.5, TOKENS_MAX + 1, 2 ** 53 + 1, Number.NaN, '7', null, undefined, {}, [7], true])(
    'is not %s',
    (value) => {
      expect(isCount(value)).toBe(false);
    },
  );

  it('of a part is never more than the whole, and nothing where it is no count', () => {
    expect([partOf(11, 10), partOf(9, 10), partOf(0, 10)]).toEqual([10, 9, 0]);
    expect([partOf(-1, 10), partOf('9', 10), partOf(null, 10)]).toEqual([0, 0, 0]);
  });
});

const estimate = estimateCall(PLAIN, { forwardedBytes: 0, choices: 1, outputTokensMax: 10_000 });
const INPUT = 1_024 * 1_250;
const HELD = INPUT + 10_000 * 4_000;
const SEEN = { visibleBytes: 200, events: 50, elapsedMs: 1_000 };
/** 200 visible bytes are at most 100 tokens, plus the constant. */
const COUNTED = INPUT + (100 + 160) * 4_000;
/** A second out of sight is 2,000 tokens on top. */
const COUNTED_HIDDEN = COUNTED + 2_000 * 4_000;
const SILENT = INPUT + 2_000 * 4_000;

const REPORTED: Usage = usage({ inputTokens: 100, outputTokens: 50 });
const REPORTED_NANO = 100 * 1_000 + 50 * 4_000;
const DEAR: Usage = usage({ inputTokens: 1_000, outputTokens: 9_000 });
const DEAR_NANO = 1_000 * 1_000 + 9_000 * 4_000;

const weighing = (parts: Partial<Weighing>): Weighing => ({
  price: PLAIN,
  estimate,
  heldNanoUsd: HELD,
  ending: 'complete',
  streamed: true,
  usage: null,
  seen: SEEN,
  ...parts,
});

type Case = readonly [Partial<Weighing>, number, 'provider' | 'counted' | 'hold'];
const AFTER_THE_START: readonly Ending[] = [
  'caller-left',
  'origin-failed',
  'origin-timeout',
  'lease-lost',
  'meter-fault',
];

describe('a call that ran to its end', () => {
  it.each<Case>([
    [{ usage: REPORTED }, REPORTED_NANO, 'provider'],
    [{ usage: REPORTED, streamed: false }, REPORTED_NANO, 'provider'],
    [{ usage: usage({}) }, 0, 'provider'],
    [{ usage: REPORTED, heldNanoUsd: 7 }, REPORTED_NANO, 'provider'],
    [{ usage: REPORTED, price: REASONING }, REPORTED_NANO, 'provider'],
    [{ usage: REPORTED, price: IN_FULL }, REPORTED_NANO, 'provider'],
    [{}, HELD, 'hold'],
    [{ streamed: false }, HELD, 'hold'],
    [{ price: REASONING }, HELD, 'hold'],
  ])('%j is charged %d by the word of the %s', (parts, nanoUsd, source) => {
    const actual = weighActual(weighing(parts));
    expect(actual).toEqual({ nanoUsd, source, estimated: source !== 'provider' });
  });
});

describe.each(AFTER_THE_START)('a call that ended early: %s', (ending) => {
  it.each<Case>([
    [{}, COUNTED, 'counted'],
    [{ price: REASONING }, COUNTED_HIDDEN, 'counted'],
    [{ streamed: false }, SILENT, 'counted'],
    [{ streamed: false, price: REASONING }, SILENT, 'counted'],
    [{ price: IN_FULL }, HELD, 'hold'],
    [{ price: IN_FULL, usage: REPORTED }, HELD, 'hold'],
    [{ usage: REPORTED }, COUNTED, 'counted'],
    [{ usage: DEAR }, DEAR_NANO, 'provider'],
    [{ usage: usage({ inputTokens: 1_280, outputTokens: 260 }) }, COUNTED, 'provider'],
    [{ usage: DEAR, price: REASONING }, DEAR_NANO, 'provider'],
    [{ heldNanoUsd: 1_000 }, 1_000, 'counted'],
    [{ seen: { visibleBytes: 0, events: 900, elapsedMs: 500 } }, INPUT + 900 * 4_000, 'counted'],
    // A burst of 64 is a network's; one more in no time is a provider without bounds.
    [{ seen: { visibleBytes: 0, events: 64, elapsedMs: 0 } }, INPUT + 160 * 4_000, 'counted'],
    [{ seen: { visibleBytes: 0, events: 65, elapsedMs: 0 } }, HELD, 'hold'],
    [{ seen: { visibleBytes: 0, events: 65, elapsedMs: 0 }, usage: DEAR }, DEAR_NANO, 'provider'],
    [{ seen: { visibleBytes: 0, events: 0, elapsedMs: -5_000 } }, INPUT + 160 * 4_000, 'counted'],
    [{ streamed: false, seen: { ...SEEN, elapsedMs: -5_000 } }, INPUT, 'counted'],
    [{ streamed: false, seen: { ...SEEN, elapsedMs: 3_600_000 } }, HELD, 'counted'],
  ])('%j is charged %d, %s', (parts, nanoUsd, source) => {
    const actual = weighActual(weighing({ ending, ...parts }));
    expect(actual).toEqual({ nanoUsd, source, estimated: source !== 'provider' });
  });

  it('is never charged less than what the provider reported', () => {
    for (const outputTokens of [0, 100, 259, 260, 261, 5_000]) {
      const reported = usage({ inputTokens: 1_024, outputTokens });
      const actual = weighActual(weighing({ ending, usage: reported }));
      expect(actual.nanoUsd).toBeGreaterThanOrEqual(priceUsage(PLAIN, reported));
    }
  });
});

describe('a call that never began', () => {
  it('costs nothing where the provider refused it', () => {
    for (const parts of [{}, { price: REASONING }, { price: IN_FULL }, { streamed: false }]) {
      const actual = weighActual(weighing({ ending: 'origin-refused', ...parts }));
      expect(actual).toEqual({ nanoUsd: 0, source: 'provider', estimated: false });
    }
  });

  it('costs its input where nobody knows whether the provider read it', () => {
    for (const streamed of [true, false]) {
      const actual = weighActual(weighing({ ending: 'origin-unreachable', streamed }));
      expect(actual).toEqual({ nanoUsd: INPUT, source: 'counted', estimated: true });
    }
    const full = weighActual(weighing({ ending: 'origin-unreachable', price: IN_FULL }));
    expect(full.nanoUsd).toBe(HELD);
  });
});

describe('what can be generated', () => {
  it('grows with time and choices, and is never negative', () => {
    expect(producibleTokens(1_000, 1)).toBe(OUTPUT_TOKENS_PER_SECOND_MAX);
    expect(producibleTokens(500, 3)).toBe(3_000);
    expect(producibleTokens(0.1, 1)).toBe(1);
    expect(producibleTokens(-1, 4)).toBe(0);
    expect(producibleNanoUsdPerSecond(PLAIN, 2)).toBe(2 * 2_000 * 4_000);
  });

  it('is counted from bytes or events, whichever is more', () => {
    const seen = (visibleBytes: number, events: number) => ({ visibleBytes, events, elapsedMs: 0 });
    expect(countedOutputTokens(PLAIN, seen(0, 0), 1)).toBe(160);
    expect(countedOutputTokens(PLAIN, seen(3, 0), 1)).toBe(162);
    expect(countedOutputTokens(PLAIN, seen(3, 163), 1)).toBe(163);
  });
});
