// A comparison says every difference and no other. What breaks if this fails: a leak of money
// between the ledger and the bill that looks like agreement, or a false alarm.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeUnits } from '../../../core/money.ts';
import { priceOf } from '../../../core/pricing/catalog.ts';
import { rateOf } from '../../../core/pricing/rates.ts';
import { compare } from '../../../core/reconcile/compare.ts';
import { type ExactUsd, readUsd } from '../../../core/reconcile/exact-usd.ts';
import type { ProviderRow, ProviderTokens } from '../../../core/reconcile/export.ts';
import type { Statement } from '../../../core/reconcile/statement.ts';
import { comparisonTable } from '../../../core/reconcile/table.ts';

const DAY = '2026-11-20';
const MODEL = 'gpt-4o-mini';

const statement = (fields: Partial<Statement> = {}): Statement => ({
  day: DAY,
  provider: 'openai',
  model: MODEL,
  calls: 2,
  estimatedCalls: 0,
  nanoUsd: 150 * 60 + 75 * 30 + 150 * 10 + 600 * 5,
  estimatedNanoUsd: 0,
  inputTokens: 100,
  cachedInputTokens: 30,
  cacheWriteTokens: 10,
  outputTokens: 5,
  adjustmentsNanoUsd: 0,
  ...fields,
});

const TOKENS: ProviderTokens = {
  inputTokens: 60,
  cachedInputTokens: 30,
  cacheWriteTokens: 10,
  cacheWriteHourTokens: 0,
  outputTokens: 5,
};

const row = (fields: Partial<ProviderRow> = {}): ProviderRow => ({
  provider: 'openai',
  day: DAY,
  model: MODEL,
  requests: 2,
  tokens: TOKENS,
  exactUsd: null,
  terms: null,
  ...fields,
});

const cost = (text: string, fields: Partial<ProviderRow> = {}): ProviderRow =>
  row({ requests: null, tokens: null, exactUsd: readUsd(text, 'dollars') as ExactUsd, ...fields });

describe('compare', () => {
  it('finds equal what is equal: our input includes what was cached, theirs does not', () => {
    const result = compare([statement()], [row()], priceOf);
    expect(result.lines).toMatchObject([{ agrees: true, priced: true, differenceNanoUsd: 0n }]);
    expect(result).toMatchObject({ equal: true, overall: { differenceNanoUsd: 0n } });
  });

  it.each([1, -1])('sees a difference of %d nano-dollar', (nano) => {
    const ours = statement({ nanoUsd: statement().nanoUsd - nano });
    expect(compare([ours], [row()], priceOf)).toMatchObject({
      equal: false,
      lines: [{ differenceNanoUsd: BigInt(nano) }],
    });
  });

  it.each([
    ['calls', { calls: 3 }],
    ['input', { inputTokens: 101 }],
    ['cached', { inputTokens: 101, cachedInputTokens: 31 }],
    ['cache write', { inputTokens: 101, cacheWriteTokens: 11 }],
    ['output', { outputTokens: 6 }],
  ] as const)('sees a difference in %s where the money is the same', (_, fields) => {
    const result = compare([statement(fields)], [row()], priceOf);
    expect([result.equal, result.overall.differenceNanoUsd]).toEqual([false, 0n]);
  });

  it('adds up rows and statements of one model and day', () => {
    const twice = compare([statement(), statement()], [row(), row()], priceOf);
    expect(twice.lines).toHaveLength(1);
    expect(twice.equal).toBe(true);
  });

  it('counts adjustments to ours', () => {
    const ours = statement({ nanoUsd: statement().nanoUsd + 7, adjustmentsNanoUsd: -7 });
    expect(compare([ours], [row()], priceOf).equal).toBe(true);
  });

  it('takes the money the export states before any price', () => {
    const result = compare([statement({ nanoUsd: 1 })], [row(), cost('1e-9')], priceOf);
    expect(result.lines).toMatchObject([{ priced: false, agrees: true }]);
  });

  it('compares nothing that a cost export does not state', () => {
    expect(compare([statement({ nanoUsd: 3 })], [cost('3e-9')], priceOf).equal).toBe(true);
  });

  it('rounds stated money once a line, and says so', () => {
    const rows = [cost('0.0000000004'), cost('0.0000000004')];
    const result = compare([statement({ nanoUsd: 1 })], rows, priceOf);
    expect(result).toMatchObject({ equal: true, lines: [{ rounded: true }] });
    expect(result.hints.join()).toContain('fraction of a nano-dollar');
  });

  it('rounds priced tokens up once a line, however many rows they are in', () => {
    const price = { rates: { input: 400 } };
    const one = row({
      tokens: {
        ...TOKENS,
        inputTokens: 1,
        cachedInputTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 0,
      },
    });
    const result = compare([], [one, one], () => price);
    expect(result.lines[0]?.theirs?.nanoUsd).toBe(1n);
  });

  it('prices as the ledger does, at any size', () => {
    const price = priceOf('openai', MODEL);
    if (price === null) throw new Error(MODEL);
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.nat(1e9), (input, cached, output) => {
        const tokens = {
          ...TOKENS,
          inputTokens: input,
          cachedInputTokens: cached,
          cacheWriteTokens: 0,
          outputTokens: output,
        };
        const { rates } = price;
        const expected = chargeUnits([
          { count: input, picoUsd: rateOf(rates, 'input') },
          { count: cached, picoUsd: rateOf(rates, 'cachedInput') },
          { count: output, picoUsd: rateOf(rates, 'output') },
        ]);
        const [line] = compare([], [row({ tokens })], priceOf).lines;
        expect(line?.theirs?.nanoUsd).toBe(BigInt(expected));
      }),
    );
  });

  it.each([
    ['missing-here', [], [row()]],
    ['missing-there', [statement()], []],
    ['no-price', [statement({ model: 'x' })], [row({ model: 'x' })]],
    ['no-price', [], [row({ tokens: { ...TOKENS, cacheWriteHourTokens: 1 } })]],
    ['no-cost', [statement()], [row(), cost('1', { model: 'other' })]],
  ] as const)('gives the reason %s', (reason, ours, theirs) => {
    const result = compare(ours, theirs, priceOf);
    expect(result.equal).toBe(false);
    expect(result.lines.flatMap((line) => line.reasons)).toContain(reason);
  });

  it('keeps money that cannot be told out of both sums, and counts it', () => {
    const ours = [statement(), statement({ model: 'x', nanoUsd: 5 })];
    expect(compare(ours, [row(), row({ model: 'x' })], priceOf).overall).toMatchObject({
      linesWithoutMoney: 1,
      differenceNanoUsd: 0n,
      oursNanoUsd: BigInt(statement().nanoUsd),
    });
  });

  it('leaves out days outside the range, on both sides, and counts them', () => {
    const other = '2026-11-21';
    const result = compare(
      [statement(), statement({ day: other })],
      [row({ day: other })],
      priceOf,
      {
        from: other,
        to: other,
      },
    );
    expect(result).toMatchObject({ equal: true, leftOut: { statements: 1, rows: 0 } });
  });

  it('has totals whose differences add up to the whole', () => {
    const ours = [statement({ nanoUsd: 1 }), statement({ day: '2026-11-21', model: 'gpt-4o' })];
    const { byDay, byModel, overall } = compare(ours, [row()], priceOf);
    for (const totals of [byDay, byModel]) {
      const sum = totals.reduce((all, one) => all + one.differenceNanoUsd, 0n);
      expect(sum).toBe(overall.differenceNanoUsd);
    }
  });
});

describe('names', () => {
  const dated = row({ model: 'gpt-4o-mini-2024-07-18' });

  it('are never matched because they look alike; a hint says that they do', () => {
    const result = compare([statement()], [dated], priceOf);
    expect(result.lines).toHaveLength(2);
    expect(result.hints).toContain(
      '"gpt-4o-mini-2024-07-18" there looks like "gpt-4o-mini" here. ' +
        "If they are one model, say so: --alias 'gpt-4o-mini-2024-07-18=gpt-4o-mini'.",
    );
  });

  it('are matched by an alias, and priced by ours where theirs has no price', () => {
    const aliases = new Map([['GPT-4o mini', MODEL]]);
    const result = compare([statement()], [row({ model: 'GPT-4o mini' })], priceOf, { aliases });
    expect(result).toMatchObject({ equal: true, lines: [{ theirNames: ['GPT-4o mini'] }] });
  });

  it('of an alias are one on our side too, where callers used both', () => {
    const aliases = new Map([[dated.model, MODEL]]);
    const ours = [statement(), statement({ model: dated.model })];
    expect(compare(ours, [dated, dated], priceOf, { aliases }).lines).toMatchObject([
      { model: MODEL, agrees: true },
    ]);
  });

  it('in a hint offer a shell nothing but letters', () => {
    const odd = "gpt-4o'$(x)";
    const result = compare([statement({ model: odd })], [row({ model: `${odd}-latest` })], priceOf);
    expect(result.hints.join()).toContain('looks like');
    expect(result.hints.join()).not.toContain('--alias');
  });

  it('of an alias that nothing has are mentioned', () => {
    const { hints } = compare([], [row()], priceOf, { aliases: new Map([['nobody', MODEL]]) });
    expect(hints).toEqual(['The alias "nobody" names nothing in the export.']);
  });

  it('in great number take no more time than they have to', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `m${String(index)}`);
    const ours = names.map((model) => statement({ model }));
    const theirs = names.map((model) => row({ model: `${model}-2024-07-18` }));
    expect(compare(ours, theirs, () => null).hints.length).toBeLessThanOrEqual(40);
  });
});

describe('comparisonTable', () => {
  it('shows nine decimals, the sign of the difference, and one closing sentence', () => {
    const text = comparisonTable(compare([statement({ nanoUsd: 1 })], [cost('12')], priceOf));
    expect(text).toContain('$0.000000001  $12.000000000  +$11.999999999');
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      'Different: 1 of 1 lines differ. The provider says $11.999999999 more than we do.',
    );
    expect(comparisonTable(compare([], [], priceOf))).toContain('Nothing to compare');
  });
});
