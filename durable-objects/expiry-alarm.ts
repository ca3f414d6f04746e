// The alarm behind lazy expiry: it comes soon after the earliest lease ends, and when nothing is on
// hold, when the oldest row may go. It knows what is set, so that arming it writes a row only when
// it must.

import { keyTimeMs } from '../core/ledger/call-key.ts';
import type { LedgerWorld } from './world.ts';

const ALARM_SLACK_MS = 50;
const ALARM_INTERVAL_MS_MIN = 500;
/** Keys name a minute: a row may go when the whole of it is past. */
const KEY_RESOLUTION_MS = 60_000;

export class ExpiryAlarm {
  readonly #world: Pick<LedgerWorld, 'alarms' | 'nowMs'>;
  #setForMs: number | null = null;

  constructor(world: Pick<LedgerWorld, 'alarms' | 'nowMs'>) {
    this.#world = world;
  }

  /**
   * After a start with open holds. An alarm that is set stays where it is: it may be what starts
   * the object, and moving it would put it off. One that was lost is set again.
   */
  async wake(): Promise<void> {
    this.#setForMs = await this.#world.alarms.getAlarm();
    if (this.#setForMs === null) this.arm(this.#world.nowMs());
  }

  /** It ran, and nothing is set now. */
  ran(): void {
    this.#setForMs = null;
  }

  /** Makes sure that it comes soon after this time; an earlier one that is set will do. */
  arm(leaseEndsAtMs: number): void {
    if (this.#setForMs !== null && this.#setForMs <= leaseEndsAtMs + ALARM_SLACK_MS) return;
    const soonest = this.#world.nowMs() + ALARM_INTERVAL_MS_MIN;
    this.#setForMs = Math.max(soonest, leaseEndsAtMs + ALARM_SLACK_MS);
    void this.#world.alarms.setAlarm(this.#setForMs);
  }

  /** Makes sure that the oldest row is looked at when its time is over. */
  armForTidying(oldestKey: string | null, retentionMs: number): void {
    if (oldestKey === null) return;
    this.arm(keyTimeMs(oldestKey) + KEY_RESOLUTION_MS + retentionMs);
  }
}
