// One line of a comparison: one model on one UTC day, what we say, what the provider says, and
// whether that is the same. A count that a side does not state is not compared.

import type { ProviderRow } from './export.ts';
import type { Statement } from './statement.ts';
import { isStated, moneyOf, type PriceOf, type TheirMoney } from './their-money.ts';

export type Counts = {
  readonly calls: number | null;
  /** Neither read from a cache nor written to one, on both sides. */
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly outputTokens: number | null;
};

export const COUNT_NAMES = [
  'calls',
  'inputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'outputTokens',
] as const;

export type Side = Counts & { readonly nanoUsd: bigint | null };

export type Reason =
  /** The provider knows it and we do not, or the other way round. */
  | 'missing-here'
  | 'missing-there'
  /** Tokens without money, and the catalogue has no price for them. */
  | 'no-price'
  /** The export states money for this day, but none for this model. */
  | 'no-cost';

export type Line = {
  readonly day: string;
  readonly model: string;
  /** The names the export has for it. */
  readonly theirNames: readonly string[];
  readonly ours: Side | null;
  readonly theirs: Side | null;
  /** Their money was not stated: it is their tokens at the catalogue's price. */
  readonly priced: boolean;
  /** Theirs was finer than a nano-dollar, and was rounded to the nearest one. */
  readonly rounded: boolean;
  readonly estimatedCalls: number;
  readonly estimatedNanoUsd: bigint;
  /** Rates other than the standard one that the export names, such as `batch`. */
  readonly terms: readonly string[];
  /** Theirs − ours; null where there is no telling theirs. */
  readonly differenceNanoUsd: bigint | null;
  readonly agrees: boolean;
  readonly reasons: readonly Reason[];
};

export type Group = {
  readonly day: string;
  readonly model: string;
  readonly statements: Statement[];
  readonly rows: ProviderRow[];
};

const sumOf = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0);

function oursOf(statements: readonly Statement[]): Side | null {
  if (statements.length === 0) return null;
  return {
    calls: sumOf(statements, (one) => one.calls),
    inputTokens: sumOf(
      statements,
      (one) => one.inputTokens - one.cachedInputTokens - one.cacheWriteTokens,
    ),
    cachedInputTokens: sumOf(statements, (one) => one.cachedInputTokens),
    cacheWriteTokens: sumOf(statements, (one) => one.cacheWriteTokens),
    outputTokens: sumOf(statements, (one) => one.outputTokens),
    nanoUsd: statements.reduce(
      (sum, one) => sum + BigInt(one.nanoUsd) + BigInt(one.adjustmentsNanoUsd),
      0n,
    ),
  };
}

/** Null where no row of the export counts it. */
const countOf = (
  rows: readonly ProviderRow[],
  value: (row: ProviderRow) => number | null | undefined,
): number | null => {
  const counted = rows.map(value).filter((count) => typeof count === 'number');
  return counted.length === 0 ? null : sumOf(counted, (count) => count);
};

const theirsOf = (rows: readonly ProviderRow[], money: TheirMoney): Side | null =>
  rows.length === 0
    ? null
    : {
        calls: countOf(rows, (row) => row.requests),
        inputTokens: countOf(rows, (row) => row.tokens?.inputTokens),
        cachedInputTokens: countOf(rows, (row) => row.tokens?.cachedInputTokens),
        cacheWriteTokens: countOf(rows, (row) => row.tokens?.cacheWriteTokens),
        outputTokens: countOf(rows, (row) => row.tokens?.outputTokens),
        nanoUsd: money.nanoUsd,
      };

const countsAgree = (ours: Side | null, theirs: Side | null): boolean =>
  COUNT_NAMES.every((name) => {
    const there = theirs === null ? 0 : theirs[name];
    return there === null || there === (ours?.[name] ?? 0);
  });

export function lineOf(group: Group, statedDays: ReadonlySet<string>, priceOf: PriceOf): Line {
  const { day, model, statements, rows } = group;
  const ours = oursOf(statements);
  const money = moneyOf(rows, model, statedDays.has(day), priceOf);
  const theirs = theirsOf(rows, money);
  const difference = money.nanoUsd === null ? null : money.nanoUsd - (ours?.nanoUsd ?? 0n);
  const agrees = difference === 0n && countsAgree(ours, theirs);
  const reasons: Reason[] = [];
  if (!agrees && ours === null) reasons.push('missing-here');
  if (!agrees && theirs === null) reasons.push('missing-there');
  if (money.reason !== null) reasons.push(money.reason);
  return {
    day,
    model,
    theirNames: [...new Set(rows.map((row) => row.model))],
    ours,
    theirs,
    priced: rows.length > 0 && money.nanoUsd !== null && !rows.some(isStated),
    rounded: money.rounded,
    estimatedCalls: sumOf(statements, (one) => one.estimatedCalls),
    estimatedNanoUsd: statements.reduce((sum, one) => sum + BigInt(one.estimatedNanoUsd), 0n),
    terms: [...new Set(rows.flatMap((row) => row.terms ?? []))],
    differenceNanoUsd: difference,
    agrees,
    reasons,
  };
}
