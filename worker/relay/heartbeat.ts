// Keeps the lease of one running call alive: says in every object what was metered so far, hears
// whether the hold is still there and whether the call may go on, and keeps the time of the whole
// call. It ends nothing itself.

import type { Amounts } from '../../core/ledger/unit.ts';
import type { WaitUntil } from '../adapters/courier.ts';
import type { Deps } from '../env.ts';
import { logEvent } from '../observe/log.ts';
import { endingOf, renewAll } from '../renew.ts';
import type { Reservation } from '../reserve.ts';

/** Share of the lease after which it is renewed. */
const RENEW_AFTER_LEASE_PERCENT = 40;

export const beatMsOf = (leaseMs: number): number =>
  Math.floor((leaseMs * RENEW_AFTER_LEASE_PERCENT) / 100);

export type Patient = {
  /** What the call has used so far at the most. */
  metered(): Amounts;
  /** It goes on for another beat. */
  beat(): void;
  /** The time of the whole call is up. */
  timeIsUp(): void;
  /** The hold is gone, or may be gone by now: nothing stands behind what is still generated. */
  lost(): void;
  /** Somebody who may has stopped it. */
  stopped(ending: 'stopped' | 'switched-off'): void;
};

export class Heartbeat {
  readonly #reservation: Reservation;
  readonly #patient: Patient;
  readonly #waitUntil: WaitUntil;
  readonly #deps: Deps;
  readonly #callEndsAtMs: number;
  #leaseEndsAtMs: number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isOver = false;

  constructor(reservation: Reservation, patient: Patient, waitUntil: WaitUntil, deps: Deps) {
    this.#reservation = reservation;
    this.#patient = patient;
    this.#waitUntil = waitUntil;
    this.#deps = deps;
    this.#callEndsAtMs = deps.nowMs() + reservation.call.route.callSecondsMax * 1_000;
    this.#leaseEndsAtMs = reservation.reservedAtMs + deps.policy.leaseMs;
    this.#schedule();
  }

  end(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #schedule(): void {
    const endsInMs = Math.min(this.#leaseEndsAtMs, this.#callEndsAtMs) - this.#deps.nowMs();
    this.#timer = setTimeout(
      () => {
        this.#beat();
      },
      Math.min(beatMsOf(this.#deps.policy.leaseMs), Math.max(0, endsInMs)),
    );
  }

  #beat(): void {
    const nowMs = this.#deps.nowMs();
    if (nowMs >= this.#callEndsAtMs) {
      this.#patient.timeIsUp();
    } else if (nowMs >= this.#leaseEndsAtMs) {
      this.#lose();
    } else {
      this.#waitUntil(this.#renew(nowMs));
      this.#patient.beat();
      if (!this.#isOver) this.#schedule();
    }
  }

  #lose(): void {
    logEvent('lease-lost', { requestId: this.#reservation.call.requestId });
    this.#patient.lost();
  }

  /** The lease goes on only if every object says so; one that is silent may answer next time. */
  async #renew(sentAtMs: number): Promise<void> {
    const said = await renewAll(this.#reservation, this.#patient.metered(), this.#deps);
    if (this.#isOver) return;
    const stopped = said.find(({ status }) => status === 'stopped');
    if (stopped !== undefined) {
      this.#patient.stopped(endingOf(stopped));
    } else if (said.some(({ status }) => status !== 'renewed' && status !== null)) {
      this.#lose();
    } else if (said.every(({ status }) => status !== null)) {
      // Counted from before the message: the objects' leases end no earlier.
      const { leaseMs } = this.#deps.policy;
      this.#leaseEndsAtMs = Math.max(this.#leaseEndsAtMs, sentAtMs + leaseMs);
    }
  }
}
