// Compares what our statements say with what a provider's export says, for each model and UTC day:
// calls, every class of tokens, and money to the nano-dollar. Names are matched exactly or by an
// alias somebody wrote down, never by likeness. Decides nothing about who is right.

import type { ProviderRow } from './export.ts';
import { hintsOf } from './hints.ts';
import { type Group, type Line, lineOf } from './line.ts';
import type { Statement } from './statement.ts';
import { isStated, type PriceOf } from './their-money.ts';

export type Total = {
  readonly name: string;
  readonly lines: number;
  /** Lines whose difference is null are in neither sum; this counts them. */
  readonly linesWithoutMoney: number;
  readonly oursNanoUsd: bigint;
  readonly theirsNanoUsd: bigint;
  readonly differenceNanoUsd: bigint;
};

export type Comparison = {
  readonly lines: readonly Line[];
  readonly byModel: readonly Total[];
  readonly byDay: readonly Total[];
  readonly overall: Total;
  readonly hints: readonly string[];
  readonly leftOut: { readonly statements: number; readonly rows: number };
  readonly equal: boolean;
};

export type CompareOptions = {
  /** Their name of a model → ours. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** First and last day, both included. */
  readonly from?: string;
  readonly to?: string;
};

function groupsOf(
  statements: readonly Statement[],
  rows: readonly ProviderRow[],
  aliases: ReadonlyMap<string, string>,
): Group[] {
  const groups = new Map<string, Group>();
  const groupOf = (day: string, model: string): Group => {
    const key = `${day} ${model}`;
    const group = groups.get(key) ?? { day, model, statements: [], rows: [] };
    groups.set(key, group);
    return group;
  };
  // On both sides: what callers asked us for under their name is in their figure too.
  const named = (model: string): string => aliases.get(model) ?? model;
  for (const one of statements) groupOf(one.day, named(one.model)).statements.push(one);
  for (const row of rows) groupOf(row.day, named(row.model)).rows.push(row);
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
}

function totalOf(name: string, lines: readonly Line[]): Total {
  const known = lines.filter((line) => line.differenceNanoUsd !== null);
  const ours = known.reduce((sum, line) => sum + (line.ours?.nanoUsd ?? 0n), 0n);
  const theirs = known.reduce((sum, line) => sum + (line.theirs?.nanoUsd ?? 0n), 0n);
  return {
    name,
    lines: lines.length,
    linesWithoutMoney: lines.length - known.length,
    oursNanoUsd: ours,
    theirsNanoUsd: theirs,
    differenceNanoUsd: theirs - ours,
  };
}

function totalsBy(lines: readonly Line[], name: (line: Line) => string): Total[] {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const some = groups.get(name(line)) ?? [];
    groups.set(name(line), some);
    some.push(line);
  }
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, some]) => totalOf(key, some));
}

export function compare(
  statements: readonly Statement[],
  rows: readonly ProviderRow[],
  priceOf: PriceOf,
  options: CompareOptions = {},
): Comparison {
  const { aliases = new Map<string, string>(), from = '', to = '9999-12-31' } = options;
  const within = ({ day }: { readonly day: string }): boolean => day >= from && day <= to;
  const ourPart = statements.filter(within);
  const theirPart = rows.filter(within);
  const statedDays = new Set(theirPart.filter(isStated).map((row) => row.day));
  const lines = groupsOf(ourPart, theirPart, aliases).map((group) =>
    lineOf(group, statedDays, priceOf),
  );
  return {
    lines,
    byModel: totalsBy(lines, (line) => line.model),
    byDay: totalsBy(lines, (line) => line.day),
    overall: totalOf('all', lines),
    hints: hintsOf(lines, aliases),
    leftOut: {
      statements: statements.length - ourPart.length,
      rows: rows.length - theirPart.length,
    },
    equal: lines.every((line) => line.agrees),
  };
}
