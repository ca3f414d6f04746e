// The ledger's guarantees under faults, at a size for every day (`npm run torture -- --only
// simulation` has the full one). Breaks if money is admitted twice, lost, or over a cap, whatever
// order things happen in.

import { describe, expect, it } from 'vitest';
import { failureText, runSeeds } from '../../simulation/seeds.ts';
import { simulate } from '../../simulation/simulate.ts';

const SEEDS = 52;
const EVENTS = 2_000;
const TIMEOUT_MS = 240_000;

describe('the simulated ledger', () => {
  it(
    'keeps every guarantee over 100,000 events, and meets every situation it is meant for',
    async () => {
      const summary = await runSeeds({ first: 1, seeds: SEEDS, events: EVENTS });
      const { failure, states, events } = summary;
      expect(failure === null ? '' : failureText(failure)).toBe('');
      expect(states.missing()).toEqual([]);
      expect(events).toBeGreaterThan(100_000);
    },
    TIMEOUT_MS,
  );

  it('does the same again with the same seed, and something else with another', async () => {
    const first = await simulate(11, EVENTS);
    const again = await simulate(11, EVENTS);
    const other = await simulate(12, EVENTS);
    expect(again.traceHash).toBe(first.traceHash);
    expect(other.traceHash).not.toBe(first.traceHash);
  });
});
