// Usage of Claude in its parts: writes that last an hour, passes of their own, other models. What
// breaks if this fails: an advisor, or a compaction 250 times the answer, is given away.

import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import { type Ask, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import type { ModelPrice, RateName } from '../../core/pricing/rates.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { askForRecordings, isStream, recordedBody, recordings } from '../support/recordings.ts';

askForRecordings('the cost of recorded passes of Claude');

const ask = (model: string, inputRates: readonly RateName[] = ['input']): Ask => ({
  ...PLAIN_ASK,
  model,
  inputRates,
  body: {},
});

const read = (usage: unknown, asked = ask('claude-sonnet-4-5')) =>
  anthropicMessages.readUsage({ type: 'message', usage }, asked);

const GOOD = { input_tokens: 10, output_tokens: 5 };

/** Dollars per million tokens, of made-up models: the arithmetic is what is checked. */
const priced = (model: string, input: number, cached: number, output: number): ModelPrice => ({
  model,
  provider: 'anthropic',
  rates: {
    input: input * 1e6,
    cachedInput: cached * 1e6,
    cacheWrite: input * 1.25e6,
    cacheWriteHour: input * 2e6,
    output: output * 1e6,
    webSearch: 1e10,
  },
  longContext: [],
  tiers: {},
  hiddenOutput: false,
  billsAbandonedInFull: false,
});

const OPUS = priced('claude-opus-4-8', 5, 0.5, 25);

/** By hand: tokens × dollars per million = micro-dollars; × 1,000 = nano-dollars. */
const BY_HAND = [
  // 281 new at 3, 55,096 from the cache at 0.3, 91 out at 15.
  ['anthropic/compaction-iterations.sse', 'claude-sonnet-4-6', 843_000 + 16_528_800 + 1_365_000],
  // 55,416 new at 3, 133 out at 15; the top level alone would be 780,000.
  ['anthropic/compaction-iterations-json.json', 'claude-sonnet-4-6', 166_248_000 + 1_995_000],
  // 2,411 at 3, 145 out at 15; the advisor: 2,543 at 5, 18 out at 25.
  [
    'anthropic/advisor-other-model.sse',
    'claude-sonnet-5',
    7_233_000 + 2_175_000 + 12_715_000 + 450_000,
  ],
  // 404,500 at 3, 943 out at 15, ten searches at a cent.
  [
    'anthropic/pause-turn-404k-input.sse',
    'claude-sonnet-4-5',
    1_213_500_000 + 14_145_000 + 100_000_000,
  ],
  ['anthropic/web-search.sse', 'claude-opus-4-1', 31_269_000 + 5_115_000 + 10_000_000],
  // 4 new at 3, 1,165 written at 3.75 and then read at 0.3.
  ['anthropic/cache-write.sse', 'claude-3-5-sonnet', 12_000 + 4_368_750 + 3_015_000],
  ['anthropic/cache-read.sse', 'claude-3-5-sonnet', 12_000 + 349_500 + 3_315_000],
  ['anthropic/fable-refusal.sse', 'claude-fable-5', 84_000 + 1_590_000],
  ['anthropic/fable-toolrefusal.sse', 'claude-fable-5', 84_000 + 1_590_000],
  ['anthropic/fallback-sdk.sse', 'claude-opus-4-7', 75_000 + 120_000],
  ['anthropic/fallback-credit.sse', 'claude-sonnet-4-5', 75_000 + 120_000],
] as const;

const all = recordings('anthropic');

describe.skipIf(all.length === 0)('a recorded answer', () => {
  it.each(BY_HAND)('%s of %s costs %i nano-dollars at $3 and $15', (file, model, nanoUsd) => {
    const recording = all.find((one) => one.file === file);
    if (recording === undefined) throw new Error(`no recording ${file}`);
    const body = recordedBody(recording);
    const reader = streamReader(
      anthropicMessages.openStream(ask(model), { hideUsage: false, collectAnswer: false }),
      'sse',
    );
    reader.feed(body);
    reader.end();
    const usage = isStream(recording)
      ? reader.usage()
      : anthropicMessages.readUsage(JSON.parse(new TextDecoder().decode(body)), ask(model));
    if (usage === null) throw new Error('no usage');
    const others = (name: string) => (name === OPUS.model ? OPUS : null);
    expect(priceUsage(priced(model, 3, 0.3, 15), usage, others)).toBe(nanoUsd);
  });
});

describe('usage that is malformed is none', () => {
  it.each([-1, 0.5, '10', 2 ** 53, 1_000_000_001, null, undefined, true, [], {}])(
    'as %s',
    (bad) => {
      expect(read({ ...GOOD, input_tokens: bad })).toBeNull();
      expect(read({ ...GOOD, output_tokens: bad })).toBeNull();
    },
  );

  it.each([-1, 0.5, '10', {}, 1_000_000_001])('in a part of input that is %s', (bad) => {
    expect(read({ ...GOOD, cache_read_input_tokens: bad })).toBeNull();
    expect(read({ ...GOOD, cache_creation_input_tokens: bad })).toBeNull();
    expect(read({ ...GOOD, server_tool_use: { web_search_requests: bad } })).toBeNull();
  });

  it.each([undefined, null, 7, 'usage', [], {}])('as %j', (bad) => {
    expect(read(bad)).toBeNull();
  });

  it('in a pass, or a pass of another model that has no name', () => {
    const own = { ...GOOD, type: 'message' };
    for (const entry of [
      null,
      {},
      { ...own, output_tokens: -1 },
      { ...GOOD, type: 'advisor_message' },
    ]) {
      expect(read({ ...GOOD, iterations: [own, entry] })).toBeNull();
    }
    expect(read({ ...GOOD, iterations: Array.from({ length: 1_001 }, () => own) })).toBeNull();
  });

  it('and zero stays zero', () => {
    expect(read({ input_tokens: 0, output_tokens: 0 })).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    });
  });
});

describe('writes to a cache', () => {
  const split = (short: number, hour: number) => ({
    ...GOOD,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: hour },
  });
  const HOUR = ask('claude-sonnet-4-5', ['input', 'cacheWriteHour']);

  it('are split by how long they last, the hour never being more than all', () => {
    expect(read(split(60, 40))).toMatchObject({
      cacheWriteTokens: 100,
      extras: { cacheWriteHour: 40 },
    });
    expect(read(split(0, 400))).toMatchObject({ extras: { cacheWriteHour: 100 } });
    expect(read(split(100, 0))?.extras).toBeUndefined();
  });

  it('are all of an hour where that was asked for and nothing else is said', () => {
    expect(read({ ...GOOD, cache_creation_input_tokens: 100 }, HOUR)).toMatchObject({
      extras: { cacheWriteHour: 100 },
    });
    expect(read(split(60, 40), HOUR)).toMatchObject({ extras: { cacheWriteHour: 40 } });
  });
});

describe('passes of a call', () => {
  const pass = (type: string, model?: string) => ({ ...GOOD, type, ...(model ? { model } : {}) });
  const totals = (...iterations: object[]) => read({ ...GOOD, iterations });

  it('are the model’s own without a name, under its name, and under its dated one', () => {
    const own = [
      pass('message'),
      pass('compaction'),
      pass('message', 'claude-sonnet-4-5'),
      pass('fallback_message', 'claude-sonnet-4-5-20250929'),
    ];
    expect(totals(...own)).toMatchObject({ inputTokens: 40, outputTokens: 20 });
    expect(totals(...own)?.others).toBeUndefined();
  });

  // What breaks if this fails: a dearer model is charged as the one that was asked for.
  it.each([
    'claude-sonnet-4-5-pro',
    'claude-sonnet-4',
    'claude-opus-4-8',
    'claude-sonnet-4-5-2025092',
  ])('are another model’s as %s', (model) => {
    expect(totals(pass('message'), pass('message', model))).toMatchObject({
      inputTokens: 10,
      others: [{ model, inputTokens: 10, outputTokens: 5 }],
    });
  });

  it('that are an empty list say nothing', () => {
    expect(read({ ...GOOD, iterations: [] })).toMatchObject({ inputTokens: 10, outputTokens: 5 });
  });
});

describe('the tier that was billed', () => {
  it.each([
    ['standard', undefined],
    ['priority', 'priority'],
    ['batch', 'batch'],
    [null, undefined],
    ['toString', undefined],
  ])('is, where it says %s, %s', (said, tier) => {
    expect(read({ ...GOOD, service_tier: said })?.tier).toBe(tier);
  });
});
