// The benchmark still runs and still measures what it says: every row has a figure per round. At
// this size the figures mean nothing, so none is judged.

import { expect, it } from 'vitest';
import { runBench } from '../../bench/main.ts';

it('gives a finite figure for every row of the benchmark', async () => {
  const rows = await runBench(true, 1, 'tmpfs');
  expect(rows.map((row) => row.name).filter((name) => name.includes('× floor'))).toHaveLength(3);
  for (const { values } of rows) {
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(Number.isFinite(value)).toBe(true);
  }
});
