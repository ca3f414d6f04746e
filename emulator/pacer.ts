/**
 * Lets one delay pass at a time, against a schedule, so that a timer's lateness does not add up.
 * It refuses to make good a long pause: after one, the schedule starts anew, without a burst.
 */
import type { CallerConnection } from './caller-connection.ts';

export class Pacer {
  readonly #delayMs: number;
  #dueAtMs = performance.now();

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Resolves when the next delay is over, or at once when the caller leaves. */
  async next(caller: CallerConnection): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#dueAtMs > LATENESS_MS_MAX) this.#dueAtMs = nowMs;
    this.#dueAtMs += this.#delayMs;
    const remainingMs = this.#dueAtMs - nowMs;
    if (remainingMs > 0) await caller.wait(Math.ceil(remainingMs));
    else await caller.yieldTurn();
  }
}

const LATENESS_MS_MAX = 50;
