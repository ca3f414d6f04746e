// One seed: calls, faults and operators for so many events, then quiet, then the last questions.

import { mishap } from './faults.ts';
import { Crowd } from './crowd.ts';
import { finalChecks } from './final.ts';
import { Operator } from './operator.ts';
import { type LedgerMaker, makeRealLedger } from './port.ts';
import type { States } from './states.ts';
import { Broken } from './trace.ts';
import { Town } from './town.ts';

export type Failure = {
  readonly seed: number;
  readonly events: number;
  readonly invariant: string;
  readonly detail: string;
  readonly trace: readonly string[];
};

export type Result = {
  readonly seed: number;
  readonly events: number;
  readonly calls: number;
  readonly checks: number;
  readonly traceHash: string;
  readonly states: States;
  readonly failure: Failure | null;
};

const MISHAPS = 1 / 70;
const OPERATORS = 1 / 150;
const DEATHS = 1 / 300;
const QUIET_EVENTS_MAX = 50_000;

/** What happens between two events, so that busy hours see more of it than quiet ones. */
async function interfere(town: Town, crowd: Crowd, operator: Operator): Promise<void> {
  const { dice } = town;
  if (dice.chance(MISHAPS)) await mishap(town);
  if (dice.chance(OPERATORS)) operator.act();
  if (dice.chance(DEATHS)) dice.pick(crowd.workers).die();
}

async function play(town: Town, events: number): Promise<void> {
  const crowd = new Crowd(town);
  const operator = new Operator(town, crowd);
  crowd.start();
  while (town.events < events && (await town.step())) await interfere(town, crowd, operator);
  crowd.stop();
  town.faults.heal();
  const last = town.events + QUIET_EVENTS_MAX;
  while (town.events < last && (await town.step()));
  if (town.events >= last) throw new Broken('everything comes to rest', 'it does not');
  await finalChecks(town);
}

export async function simulate(
  seed: number,
  events: number,
  makeLedger: LedgerMaker = makeRealLedger,
): Promise<Result> {
  const town = new Town(seed, makeLedger);
  let failure: Failure | null = null;
  try {
    await play(town, events);
  } catch (cause) {
    const invariant = cause instanceof Broken ? cause.invariant : 'nothing throws';
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    failure = { seed, events: town.events, invariant, detail, trace: town.trace.last() };
  }
  town.close();
  return {
    seed,
    events: town.events,
    calls: town.auditor.calls.length,
    checks: town.auditor.checks,
    traceHash: town.trace.hash,
    states: town.states,
    failure,
  };
}
