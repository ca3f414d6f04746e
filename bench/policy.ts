// The shipped policy with the least work and budgets that do not end: a benchmark measures the
// path, not the refusals. Proof checks, reservations and settlements are all on.

import { definePolicy } from '../core/policy/policy.ts';
import shipped from '../weighbridge.config.ts';

type List = (typeof shipped)['limits']['key'];

const PLENTY: List = [
  { window: 'day', usd: '1000000' },
  { window: 'month', usd: '4000000' },
  { window: 'day', requests: 1_000_000_000 },
  { window: 'month', requests: 1_000_000_000 },
  { window: 'now', concurrentCalls: 4_000 },
];
/** Spent from slices, which have no calls at once. */
export const SHARED: List = PLENTY.slice(0, 4);

export default definePolicy({
  ...shipped,
  proof: {
    floorHashes: 32,
    capHashes: 32,
    asks: { atOnce: 1_000_000, perSecond: 1_000_000 },
  },
  limits: {
    key: PLENTY,
    device: PLENTY,
    ip: PLENTY,
    ipWithKey: PLENTY,
    ipWide: PLENTY,
    cohort: SHARED,
    global: SHARED,
  },
});
