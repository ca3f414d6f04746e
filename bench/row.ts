// One line of the benchmark: what was measured, what it should be, every value, and whether the
// median keeps the goal.

import { median } from './load.ts';

export type Goal = { readonly most: number } | { readonly least: number };

export type Row = {
  readonly name: string;
  readonly goal: Goal | null;
  readonly values: readonly number[];
};

export const isMissed = ({ goal, values }: Row): boolean => {
  if (goal === null) return false;
  const value = median(values);
  return 'most' in goal ? !(value <= goal.most) : !(value >= goal.least);
};

const goalText = (goal: Goal | null): string => {
  if (goal === null) return '';
  return 'most' in goal ? `≤ ${String(goal.most)}` : `≥ ${String(goal.least)}`;
};

const figure = (value: number): string => {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 1_000 ? value.toPrecision(3) : value.toFixed(0);
};

/** A table, and below it by name what was missed. */
export function tableOf(rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map((row) => row.name.length));
  const lines = rows.map((row) => {
    const mark = isMissed(row) ? 'MISSED' : '';
    const goal = goalText(row.goal).padEnd(8);
    const raw = row.values.map(figure).join(' ');
    const value = figure(median(row.values)).padStart(8);
    return `${row.name.padEnd(width)} ${value}  ${goal} ${mark.padEnd(6)} [${raw}]`;
  });
  const missed = rows.filter(isMissed);
  const withGoal = rows.filter((row) => row.goal !== null).length;
  lines.push(
    `${String(withGoal - missed.length)} of ${String(withGoal)} goals kept`,
    ...missed.map(
      (row) => `missed: ${row.name}: ${figure(median(row.values))}, goal ${goalText(row.goal)}`,
    ),
  );
  return `${lines.join('\n')}\n`;
}

/** The same for a program. */
export const jsonOf = (rows: readonly Row[]): string =>
  `${JSON.stringify(
    rows.map((row) => ({
      name: row.name,
      median: median(row.values),
      goal: goalText(row.goal),
      missed: isMissed(row),
      values: row.values,
    })),
    null,
    2,
  )}\n`;
