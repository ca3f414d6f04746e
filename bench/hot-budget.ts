// A shared budget that everybody spends from at once, in simulation: sixteen shards against one
// object, each serving so many messages a second. Nothing is timed here; figures are counts, and
// the same on every machine. Addresses are spread over shards by a hash, so even demand is the
// rule; with the other row the second shard has half of the first one's callers, and so on.

import { HOT_BUDGET, hotBudget } from '../simulation/hot-budget.ts';
import type { Goal, Row } from './row.ts';
import { progress, type Size } from './subject.ts';

const EVEN = 0;
const SKEWED = 1;

export async function hotBudgetRows(size: Size): Promise<Row[]> {
  progress('hot budget, in simulation');
  const rows: Row[] = [];
  for (const skew of [EVEN, SKEWED]) {
    const figures = await hotBudget({ ...HOT_BUDGET, budget: size.hotBudget, skew });
    const row = (name: string, goal: Goal | null, value: number): Row => ({
      name: `hot budget, ${skew === EVEN ? 'even' : 'skewed'} demand: ${name}`,
      goal,
      values: [value],
    });
    rows.push(
      // A shard that everybody calls is one object again: with this skew 3.4 is all there can be.
      row('calls/s, × one object', skew === EVEN ? { least: 8 } : null, figures.gain),
      row('calls to the root per call', { most: 0.02 }, figures.rootCallsPerCall),
      row('spent at the first refusal, %', { least: 99.9 }, figures.firstRefusalPercent),
      row('overshoot, NanoUsd', { most: 0 }, figures.overshoot),
    );
  }
  return rows;
}
