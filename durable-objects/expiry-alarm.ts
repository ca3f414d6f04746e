// The alarm behind lazy expiry: it comes soon after the earliest lease ends and tidies when nobody
// calls. It knows what is set, so that arming it writes a row only when it must.

const ALARM_SLACK_MS = 50;
const ALARM_INTERVAL_MS_MIN = 500;

export class ExpiryAlarm {
  readonly #storage: DurableObjectStorage;
  #setForMs: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /**
   * After a start with open holds. An alarm that is set stays where it is: it may be what starts
   * the object, and moving it would put it off. One that was lost is set again.
   */
  async wake(): Promise<void> {
    this.#setForMs = await this.#storage.getAlarm();
    if (this.#setForMs === null) this.arm(Date.now());
  }

  /** It ran, and nothing is set now. */
  ran(): void {
    this.#setForMs = null;
  }

  /** Makes sure that it comes soon after this time; an earlier one that is set will do. */
  arm(leaseEndsAtMs: number): void {
    if (this.#setForMs !== null && this.#setForMs <= leaseEndsAtMs + ALARM_SLACK_MS) return;
    const soonest = Date.now() + ALARM_INTERVAL_MS_MIN;
    this.#setForMs = Math.max(soonest, leaseEndsAtMs + ALARM_SLACK_MS);
    void this.#storage.setAlarm(this.#setForMs);
  }
}
