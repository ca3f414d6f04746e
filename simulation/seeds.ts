// Many seeds, one after another, as one summary. Stops at the first that breaks a guarantee.

import { type LedgerMaker, makeRealLedger } from './port.ts';
import { type Failure, simulate } from './simulate.ts';
import { States } from './states.ts';

export const EVENTS_OF_SEED = 2_000;

export type Seeds = {
  readonly first: number;
  readonly seeds: number;
  /** Of each seed, before everything comes to rest. */
  readonly events: number;
  readonly makeLedger?: LedgerMaker;
  readonly progress?: (line: string) => void;
};

export type SeedFailure = Failure & { readonly again: string };

export type Summary = {
  readonly seeds: number;
  readonly events: number;
  readonly calls: number;
  readonly checks: number;
  /** One number for everything that happened. */
  readonly traceHash: string;
  readonly states: States;
  readonly failure: SeedFailure | null;
};

export const replayCommand = (seed: number, events: number): string =>
  `npm run simulate -- --seed ${String(seed)} --events ${String(events)}`;

export const failureText = ({ seed, events, invariant, detail, trace, again }: SeedFailure) =>
  [
    `BROKEN: ${invariant}`,
    detail,
    `the last of ${String(events)} events of seed ${String(seed)}, true time in ms:`,
    ...trace.map((line) => `  ${line}`),
    `again: ${again}`,
  ].join('\n');

export async function runSeeds(asked: Seeds): Promise<Summary> {
  const { first, seeds, events: eachEvents, makeLedger = makeRealLedger, progress } = asked;
  const states = new States();
  const hashes: string[] = [];
  const total = { events: 0, calls: 0, checks: 0 };
  let failure: SeedFailure | null = null;
  for (let seed = first; seed < first + seeds && failure === null; seed += 1) {
    const result = await simulate(seed, eachEvents, makeLedger);
    total.events += result.events;
    total.calls += result.calls;
    total.checks += result.checks;
    hashes.push(result.traceHash);
    states.add(result.states);
    if (result.failure !== null) {
      failure = { ...result.failure, again: replayCommand(seed, eachEvents) };
    }
    progress?.(`seed ${String(seed)}: ${String(total.events)} events so far`);
  }
  const mixed = hashes.reduce((hash, one) => (Math.imul(hash, 31) + parseInt(one, 16)) >>> 0, 0);
  const traceHash = mixed.toString(16).padStart(8, '0');
  return { seeds: hashes.length, ...total, traceHash, states, failure };
}
