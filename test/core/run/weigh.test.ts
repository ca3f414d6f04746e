// What a run costs, whoever said what of it. What breaks if this fails: an origin that keeps silent
// is cheaper than one that speaks, or the same tokens are charged twice.

import { describe, expect, it } from 'vitest';
import {
  reportLimits,
  type RunStanding,
  SETTLED_CAP,
  standingOf,
} from '../../../core/run/account.ts';
import { isKnown, type RunEnd, weighRun } from '../../../core/run/weigh.ts';
import type { ModelPrice } from '../../../core/pricing/rates.ts';

const HELD = 20_000_000;
const LEAST = 1_000_000;

const PRICE: ModelPrice = {
  model: 'm',
  provider: 'openai',
  rates: { input: 1_000_000, output: 2_000_000 },
  longContext: [],
  tiers: {},
  hiddenOutput: false,
  billsAbandonedInFull: false,
};
const USAGE = {
  inputTokens: 10,
  outputTokens: 5,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};
const USAGE_NANO_USD = 20_000;

const NOTHING: RunStanding = {
  usedNanoUsd: 0,
  heldNanoUsd: 0,
  steps: 0,
  openSteps: 0,
  toolCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  reports: 0,
  isSettled: false,
};
const END: RunEnd = {
  ending: 'complete',
  originStatus: 200,
  usage: null,
  price: PRICE,
  heldNanoUsd: HELD,
  leastNanoUsd: LEAST,
};

const STEPS = { ...NOTHING, steps: 2, usedNanoUsd: 300 };
const OPEN = { ...STEPS, openSteps: 1, heldNanoUsd: 50 };
const ZERO_REPORT = { ...NOTHING, reports: 1 };
const OVER = { ...NOTHING, reports: 1, usedNanoUsd: HELD + 5 };
const WITH_USAGE = { ...END, usage: USAGE };
const refused = (originStatus: number): RunEnd => ({
  ...END,
  ending: 'origin-refused',
  originStatus,
});
const ended = (ending: RunEnd['ending'], originStatus: number | null): RunEnd => ({
  ...END,
  ending,
  originStatus,
});

describe('a run is charged', () => {
  it.each<[string, RunStanding, RunEnd, number, string, boolean]>([
    ['what its steps came to', STEPS, END, 300, 'steps', false],
    ['that and what open steps hold', OPEN, END, 350, 'steps', true],
    ['what its steps came to, whatever its stream says', STEPS, WITH_USAGE, 300, 'steps', false],
    [
      'what its steps came to when the caller left',
      STEPS,
      ended('caller-left', 200),
      300,
      'steps',
      false,
    ],
    ['what its steps came to when the origin failed', STEPS, refused(500), 300, 'steps', false],
    ['nothing where a zero was reported', ZERO_REPORT, END, 0, 'origin', false],
    ['more than its hold where that is the truth', OVER, END, HELD + 5, 'origin', false],
    ['what its stream said', NOTHING, WITH_USAGE, USAGE_NANO_USD, 'origin', false],
    ['its hold where nobody said anything', NOTHING, END, HELD, 'hold', true],
    [
      'its hold where the stream speaks of no priced model',
      NOTHING,
      { ...WITH_USAGE, price: null },
      HELD,
      'hold',
      true,
    ],
    [
      'its hold where the caller left before a word',
      NOTHING,
      ended('caller-left', null),
      HELD,
      'hold',
      true,
    ],
    ['its hold where the time was up', NOTHING, ended('origin-timeout', null), HELD, 'hold', true],
    ['its hold where the origin broke', NOTHING, refused(500), HELD, 'hold', true],
    ['nothing where the origin turned it away', NOTHING, refused(403), 0, 'origin', false],
    ['nothing where the origin sent it elsewhere', NOTHING, refused(307), 0, 'origin', false],
    [
      'its least where no origin was reached',
      NOTHING,
      ended('origin-unreachable', null),
      LEAST,
      'hold',
      true,
    ],
  ])('%s', (_what, standing, end, nanoUsd, source, estimated) => {
    expect(weighRun(standing, end)).toEqual({ nanoUsd, source, estimated });
  });

  it('only when there is nothing more to wait for', () => {
    expect(isKnown(STEPS, END)).toBe(true);
    expect(isKnown(ZERO_REPORT, END)).toBe(true);
    expect(isKnown(NOTHING, WITH_USAGE)).toBe(true);
    expect(isKnown(NOTHING, refused(404))).toBe(true);
    expect(isKnown(OPEN, END)).toBe(false);
    expect(isKnown(NOTHING, END)).toBe(false);
    expect(isKnown(NOTHING, refused(500))).toBe(false);
  });
});

describe('the account of a run', () => {
  it('tells steps from reports, and whether it is settled', () => {
    const ticket = {
      id: 'x',
      home: 'edge:1:0',
      nanoUsdMax: 100,
      outputTokensMax: 1,
      stepsMax: 3,
      toolCallsMax: 4,
      expiresAtSeconds: 1,
    };
    const counters = reportLimits(ticket).map((limit) => ({
      ...limit,
      name: limit.unit,
      used: limit.unit === 'requests' ? 2 : 1,
      held: limit.unit === 'requests' ? 0 : 1,
      cap: limit.unit === 'nanoUsd' ? SETTLED_CAP : limit.cap,
      resetsAtMs: null,
    }));
    expect(standingOf({ counters })).toEqual({
      usedNanoUsd: 1,
      heldNanoUsd: 1,
      steps: 2,
      openSteps: 1,
      toolCalls: 2,
      inputTokens: 2,
      outputTokens: 2,
      reports: 2,
      isSettled: true,
    });
  });
});
