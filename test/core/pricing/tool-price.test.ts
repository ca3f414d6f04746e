// What tools with a price of their own are held and charged. What breaks if this fails: a caller
// offers a cheap tool and calls a dear one, or a call that was made costs nothing.

import { expect, test } from 'vitest';
import { type CalledTools, PLAIN_ASK } from '../../../core/dialects/dialect.ts';
import {
  estimateAfterCalls,
  toolNanoUsd,
  toolNanoUsdMax,
} from '../../../core/pricing/tool-price.ts';
import { FREE_ESTIMATE } from '../../../core/pricing/estimate.ts';
import { nanoUsd } from '../../../core/money.ts';
import { openaiChat } from '../../../core/dialects/openai-chat.ts';
import { openaiCompletions } from '../../../core/dialects/openai-completions.ts';
import { describedTool, routeOf } from '../edit/tooled-dialects.ts';

const PRICES = { cheap: 10, dear: 1_000, free: 0 };

function priced(callsPerAnswerMax?: number, prices: Readonly<Record<string, number>> = PRICES) {
  const base = routeOf({ dialect: openaiChat }, {});
  const known = new Map(
    Object.entries(prices).map(([name, nanoUsdPerCall]) => [
      name,
      { ...describedTool(name), nanoUsdPerCall },
    ]),
  );
  const most = callsPerAnswerMax === undefined ? {} : { callsPerAnswerMax };
  return { ...base, tools: { callers: 'allow' as const, names: null, known, ...most } };
}

const offering = (...names: readonly string[]) => ({
  ...PLAIN_ASK,
  model: 'm',
  body: { tools: names.map((name) => ({ type: 'function', function: { name } })) },
});

test.each<[offered: string[], callsMax: number | undefined, held: number]>([
  [[], undefined, 0],
  [['free'], undefined, 0],
  [['unknown'], undefined, 0],
  [['cheap'], undefined, 160],
  [['cheap', 'dear'], undefined, 16_000],
  [['dear'], 0, 0],
  [['dear'], 1, 1_000],
  [['Dear'], 1, 0],
])('%j with at most %s calls holds %d', (offered, callsMax, held) => {
  expect(toolNanoUsdMax(priced(callsMax), offering(...offered))).toBe(held);
});

test('what has no tools, and tools without prices, hold nothing', () => {
  const free = { free: 0 };
  expect(toolNanoUsdMax(priced(2, free), offering('free'))).toBe(0);
  const dialect = openaiCompletions;
  expect(toolNanoUsdMax({ ...priced(2), dialect }, offering('dear'))).toBe(0);
});

const called = (times: Readonly<Record<string, number>>): CalledTools => ({
  times: new Map(Object.entries(times)),
  inputs: { checked: 0, invalid: [] },
  refused: null,
});

test.each<[times: Record<string, number> | null, toolCalls: number, nanoUsd: number]>([
  [{}, 0, 0],
  [{ cheap: 2 }, 2, 20],
  [{ cheap: 1, dear: 1, free: 5 }, 7, 1_010],
  // Not told apart, or not even named: the dearest.
  [{ '': 1 }, 1, 1_000],
  [{ cheap: 1 }, 2, 1_010],
  [null, 3, 3_000],
  // Never more than was held.
  [{ dear: 99 }, 99, 16_000],
])('%j of %d calls costs %d', (times, toolCalls, charged) => {
  const calledTools = times === null ? null : called(times);
  const ask = offering('cheap', 'dear', 'free');
  expect(toolNanoUsd(priced(), ask, { toolCalls, calledTools })).toBe(charged);
});

test('an estimate keeps everything but the calls that were not made', () => {
  const estimate = { ...FREE_ESTIMATE, inputNanoUsd: nanoUsd(17_000) };
  expect(estimateAfterCalls(estimate, 16_000, 10).inputNanoUsd).toBe(1_010);
  expect(estimateAfterCalls(estimate, 0, 0)).toBe(estimate);
});
