// What goes wrong with objects, clocks and Workers by itself, and when it all stops.

import type { LedgerAddress } from '../core/ledger/layout.ts';
import { stepMs } from './clock.ts';
import type { Dice } from './dice.ts';
import type { Host } from './host.ts';
import type { Town } from './town.ts';

const CRASHES_IN_TURN = 0.004;
/** A step of the clock because the object now runs elsewhere. */
const MOVES_MACHINE = 0.4;
const CUT_OFF_MS_MAX = 15_000;
const STALE_MS_MAX = 10_000;

export class Faults {
  readonly #dice: Dice;
  readonly #cutOffUntilMs = new Map<LedgerAddress, number>();
  healed = false;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** From now on nothing goes wrong any more. */
  heal(): void {
    this.healed = true;
  }

  crashesInTurn(): boolean {
    return !this.healed && this.#dice.chance(CRASHES_IN_TURN);
  }

  isCutOff(address: LedgerAddress, nowMs: number): boolean {
    return !this.healed && (this.#cutOffUntilMs.get(address) ?? 0) > nowMs;
  }

  cutOff(address: LedgerAddress, untilMs: number): void {
    this.#cutOffUntilMs.set(address, untilMs);
  }
}

function turnClock(town: Town, host: Host): void {
  const byMs = stepMs(town.dice);
  const before = host.nowMs();
  host.clock.step(byMs);
  town.trace.add(`  ${host.address} clock ${String(byMs)} ms`);
  if (Math.floor(before / 60_000) > Math.floor(host.nowMs() / 60_000)) {
    town.states.saw('a clock steps back over a window boundary');
  }
  town.auditor.clockStepped(host);
  // It may be another machine's clock.
  if (town.dice.chance(MOVES_MACHINE)) host.crash();
  if (town.dice.chance(0.5)) {
    town.after(town.dice.whole(1, 120_000), `clock ${host.address} set back`, () => {
      host.clock.correct();
      town.auditor.clockStepped(host);
    });
  }
}

/** One thing that goes wrong with one object. */
export async function mishap(town: Town): Promise<void> {
  if (town.hosts.size === 0) return;
  const host = town.dice.pick([...town.hosts.values()]);
  const throwOf = town.dice.next();
  if (throwOf < 0.3) {
    if (host.isIdle) host.crash();
  } else if (throwOf < 0.55) {
    host.crash();
  } else if (throwOf < 0.7) {
    if (host.current === null) return;
    await host.replace();
    town.after(town.dice.whole(1, STALE_MS_MAX), `${host.address} stale ends`, () => {
      host.endStale();
    });
  } else if (throwOf < 0.85) {
    turnClock(town, host);
  } else {
    town.faults.cutOff(host.address, town.nowMs + town.dice.whole(1, CUT_OFF_MS_MAX));
  }
}
