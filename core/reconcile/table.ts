// A comparison as text for a terminal: a line for each day and model, totals, hints, and one
// closing sentence. Shows every figure it was given and computes none; a cell says `ours / theirs`
// where the two differ.

import type { Comparison, Total } from './compare.ts';
import { dollars } from './dollars.ts';
import { COUNT_NAMES, type Line } from './line.ts';

type Cell = string;

const HEADER: readonly Cell[] = [
  'day',
  'model',
  'calls',
  'input',
  'cached',
  'cache write',
  'output',
  'ours',
  'theirs',
  'theirs - ours',
  '',
];
/** Columns of words; all others are figures and stand to the right. */
const LEFT = new Set([0, 1, HEADER.length - 1]);

const signed = (nanoUsd: bigint): string =>
  nanoUsd > 0n ? `+${dollars(nanoUsd)}` : dollars(nanoUsd);

function countCell(line: Line, name: (typeof COUNT_NAMES)[number]): Cell {
  const ours = line.ours === null ? 0 : (line.ours[name] ?? 0);
  const theirs = line.theirs === null ? 0 : line.theirs[name];
  if (theirs === null) return `${String(ours)} / ?`;
  return ours === theirs ? String(ours) : `${String(ours)} / ${String(theirs)}`;
}

function remarks(line: Line): string {
  const others = line.theirNames.filter((name) => name !== line.model);
  return [
    ...line.reasons,
    ...(line.priced ? ['priced by us'] : []),
    ...(others.length > 0 ? [`there: ${others.join(', ')}`] : []),
    ...(line.estimatedCalls > 0 ? [`${String(line.estimatedCalls)} estimated`] : []),
  ].join('; ');
}

const lineCells = (line: Line): readonly Cell[] => [
  line.day,
  line.model,
  ...COUNT_NAMES.map((name) => countCell(line, name)),
  dollars(line.ours?.nanoUsd ?? 0n),
  line.differenceNanoUsd === null ? '?' : dollars(line.theirs?.nanoUsd ?? 0n),
  line.differenceNanoUsd === null ? '?' : signed(line.differenceNanoUsd),
  remarks(line),
];

const without = (total: Total): string =>
  total.linesWithoutMoney === 0
    ? ''
    : `without ${String(total.linesWithoutMoney)} of unknown money`;

const totalCells = (title: string, total: Total): readonly Cell[] => [
  title,
  total.name,
  dollars(total.oursNanoUsd),
  dollars(total.theirsNanoUsd),
  signed(total.differenceNanoUsd),
  without(total),
];

function aligned(rows: readonly (readonly Cell[])[], left: ReadonlySet<number>): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, [...cell].length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const space = ' '.repeat((widths[index] ?? 0) - [...cell].length);
        return left.has(index) ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

function closing({ lines, overall, equal }: Comparison): string {
  const differing = lines.filter((line) => !line.agrees).length;
  const share = `${String(differing)} of ${String(lines.length)} lines`;
  if (lines.length === 0) return 'Nothing to compare: neither side has anything in these days.';
  if (equal) return `Equal to the nano-dollar: ${dollars(overall.oursNanoUsd)} on both sides.`;
  const gap = overall.differenceNanoUsd;
  const unknown =
    overall.linesWithoutMoney === 0
      ? ''
      : ` ${String(overall.linesWithoutMoney)} of them could not be compared in money.`;
  if (gap === 0n) return `Different: ${share} differ, though the sums are the same.${unknown}`;
  const more = gap > 0n ? 'more than' : 'less than';
  const size = dollars(gap < 0n ? 0n - gap : gap);
  return `Different: ${share} differ. The provider says ${size} ${more} we do.${unknown}`;
}

export function comparisonTable(comparison: Comparison): string {
  const { lines, byDay, byModel, overall, hints } = comparison;
  const totals = [
    ['total', '', 'ours', 'theirs', 'theirs - ours', ''],
    ...byDay.map((total) => totalCells('day', total)),
    ...byModel.map((total) => totalCells('model', total)),
    totalCells('overall', overall),
  ];
  return [
    ...(lines.length === 0 ? [] : [...aligned([HEADER, ...lines.map(lineCells)], LEFT), '']),
    ...(lines.length === 0 ? [] : [...aligned(totals, new Set([0, 1, 5])), '']),
    ...hints.map((hint) => `- ${hint}`),
    ...(hints.length === 0 ? [] : ['']),
    closing(comparison),
    '',
  ].join('\n');
}
