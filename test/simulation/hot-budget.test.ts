// A budget that everybody spends from at once. Breaks if sharing it costs a message per call again,
// or if part of it lies idle in shards while callers are refused.

import { expect, it } from 'vitest';
import { HOT_BUDGET, hotBudget } from '../../simulation/hot-budget.ts';

const TIMEOUT_MS = 120_000;

it(
  'asks its root for few calls, is spent to the end, and never past it',
  async () => {
    const skewed = await hotBudget(HOT_BUDGET);
    expect(skewed.rootCallsPerCall).toBeLessThanOrEqual(0.02);
    expect(skewed.firstRefusalPercent).toBeGreaterThanOrEqual(99.9);
    expect(skewed.overshoot).toBe(0);
  },
  TIMEOUT_MS,
);

it(
  'lets 16 shards serve at least eight times what one object serves',
  async () => {
    const { gain, overshoot } = await hotBudget({ ...HOT_BUDGET, skew: 0 });
    expect(gain).toBeGreaterThanOrEqual(8);
    expect(overshoot).toBe(0);
  },
  TIMEOUT_MS,
);
