// Negative controls: ledgers with a known mistake behind the same port. Breaks if the auditor would
// not notice the mistakes it is there for.

import { describe, expect, it } from 'vitest';
import { NAIVE_LEDGERS } from '../../simulation/naive/ledgers.ts';
import { runSeeds } from '../../simulation/seeds.ts';

const SEEDS_MAX = 6;
const EVENTS = 2_000;

describe('the auditor', () => {
  it.each(NAIVE_LEDGERS.map((naive) => [naive.name, naive] as const))(
    'catches a ledger that %s',
    async (_name, { make, breaks }) => {
      const { failure } = await runSeeds({
        first: 1,
        seeds: SEEDS_MAX,
        events: EVENTS,
        makeLedger: make,
      });
      expect(breaks).toContain(failure?.invariant);
      expect(failure?.again).toMatch(/^npm run simulate -- --seed \d+ --events \d+$/);
    },
  );
});
