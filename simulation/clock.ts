// An object's own clock: off by something, a little fast or slow, and set forwards or backwards now
// and then. True time is only the simulation's.

import type { Dice } from './dice.ts';

const OFFSET_MS_MAX = 200;
/** Parts per million. */
const DRIFT_PPM_MAX = 100;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export class Clock {
  readonly #startMs: number;
  readonly #driftPpm: number;
  #offsetMs: number;

  constructor(startMs: number, dice: Dice) {
    this.#startMs = startMs;
    this.#driftPpm = dice.whole(-DRIFT_PPM_MAX, DRIFT_PPM_MAX);
    this.#offsetMs = dice.whole(-OFFSET_MS_MAX, OFFSET_MS_MAX);
  }

  read(trueMs: number): number {
    const drifted = Math.round(((trueMs - this.#startMs) * this.#driftPpm) / 1e6);
    return trueMs + this.#offsetMs + drifted;
  }

  step(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** About right again. */
  correct(): void {
    this.#offsetMs = Math.max(-OFFSET_MS_MAX, Math.min(OFFSET_MS_MAX, this.#offsetMs));
  }
}

/** How far a clock is set: mostly a little, now and then over the edge of a window. */
export function stepMs(dice: Dice): number {
  const size = dice.pick([SECOND_MS, 5 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS, HOUR_MS]);
  return dice.pick([-1, 1]) * dice.whole(1, size);
}

/** Starts just before the edges that calendars have. */
export const START_TIMES = [
  '2026-11-21T09:30:00Z',
  '2026-11-21T23:59:30Z',
  '2026-11-30T23:58:00Z',
  '2026-12-31T23:59:40Z',
  '2028-02-28T23:59:30Z',
  '2028-02-29T23:59:30Z',
].map((text) => Date.parse(text));
