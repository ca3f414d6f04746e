// One object's alarm: at least once, mostly on time, now and then late, twice, or lost for a while.

import type { Host } from './host.ts';
import type { Town } from './town.ts';

const LATE = 0.05;
const LATE_MS_MAX = 60_000;
const LOST = 0.03;
const LOST_MS_MAX = 1_800_000;
const TWICE = 0.03;
const RETRY_MS = 2_000;

export class Alarm {
  readonly #town: Town;
  readonly #host: Host;
  #atMs: number | null = null;
  #setting = 0;
  isLost = false;

  constructor(town: Town, host: Host) {
    this.#town = town;
    this.#host = host;
  }

  /** On the object's clock. */
  get atMs(): number | null {
    return this.#atMs;
  }

  set(atMs: number): void {
    const { dice, faults } = this.#town;
    this.#atMs = atMs;
    const setting = (this.#setting += 1);
    let waitMs = Math.max(0, atMs - this.#host.nowMs());
    this.isLost = false;
    if (!faults.healed && dice.chance(LATE)) waitMs += dice.whole(1, LATE_MS_MAX);
    if (!faults.healed && dice.chance(LOST)) {
      this.isLost = true;
      this.#town.states.saw('an alarm is lost');
      waitMs += dice.whole(LATE_MS_MAX, LOST_MS_MAX);
    }
    this.#plan(setting, waitMs);
    if (!faults.healed && dice.chance(TWICE)) this.#plan(-1, waitMs + dice.whole(1, RETRY_MS));
  }

  #plan(setting: number, waitMs: number): void {
    this.#town.after(waitMs, `alarm ${this.#host.address}`, async () => {
      if (setting !== -1) {
        if (setting !== this.#setting || this.#atMs === null) return;
        this.#atMs = null;
      }
      await this.#host.ring();
    });
  }

  /** The handler failed: the platform tries again. */
  retry(): void {
    if (this.#atMs === null) this.set(this.#host.nowMs() + RETRY_MS);
  }
}
