// The seeded simulation at full size: the real ledger behind a simulated clock, storage and
// network, with an auditor that knows what must be true after every event.

import { failureText, runSeeds } from '../simulation/seeds.ts';
import type { Outcome, Watch } from './scenario.ts';

export type SimulationSize = { readonly seeds: number; readonly events: number };

export const SIMULATION_SMALL: SimulationSize = { seeds: 52, events: 2_000 };
export const SIMULATION_FULL: SimulationSize = { seeds: 500, events: 2_000 };

export async function simulation(size: SimulationSize, watch: Watch): Promise<Outcome> {
  const summary = await runSeeds({ first: watch.seed, ...size, progress: watch.progress });
  const { failure, states, seeds, events, calls, checks } = summary;
  const missing = failure === null ? states.missing() : [];
  return {
    figures: { seeds, events, calls, checks, situations: states.counts().size - missing.length },
    problems: [
      ...(failure === null ? [] : [failureText(failure)]),
      ...missing.map((state) => `never met: ${state}`),
    ],
  };
}
