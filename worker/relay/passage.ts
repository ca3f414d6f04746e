// One call's passage from the hold to its end. It owns the one AbortController that reaches the
// provider, closes exactly once whoever ends the call, and keeps the lease alive while the call
// runs.

import type { CollectedAnswer } from '../../core/dialects/dialect.ts';
import type { Actual, Ending } from '../../core/pricing/actual.ts';
import { countedOutputTokens, producibleTokens } from '../../core/pricing/actual.ts';
import { chargeTokens } from '../../core/money.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import type { Amounts } from '../../core/ledger/unit.ts';
import { present } from '../../core/result.ts';
import type { WaitUntil } from '../adapters/courier.ts';
import type { Deps } from '../env.ts';
import { logEvent } from '../observe/log.ts';
import type { Trail } from '../observe/record.ts';
import type { Reservation } from '../reserve.ts';
import { settle } from '../settle.ts';

/** What the relay knows of the answer so far. */
export type Gauge = {
  usage(): Usage | null;
  visibleBytes(): number;
  events(): number;
  answer(): CollectedAnswer | null;
};

const EMPTY_GAUGE: Gauge = {
  usage: () => null,
  visibleBytes: () => 0,
  events: () => 0,
  answer: () => null,
};

/** Share of the lease after which it is renewed. */
const RENEW_AFTER_LEASE_PERCENT = 40;

type Runtime = {
  readonly signal: AbortSignal;
  readonly waitUntil: WaitUntil;
};

export class Passage {
  readonly reservation: Reservation;
  readonly #trail: Trail;
  readonly #deps: Deps;
  readonly #runtime: Runtime;
  readonly #upstream = new AbortController();
  readonly #forwardedAtMs: number;
  #gauge: Gauge = EMPTY_GAUGE;
  #streamed = false;
  #originStatus: number | null = null;
  #closed: Actual | null = null;
  #leaseEndsAtMs: number;
  #renewal: ReturnType<typeof setTimeout> | null = null;
  readonly #onLeft = (): void => {
    this.close('caller-left');
  };

  constructor(reservation: Reservation, trail: Trail, runtime: Runtime, deps: Deps) {
    this.reservation = reservation;
    this.#trail = trail;
    this.#deps = deps;
    this.#runtime = runtime;
    this.#forwardedAtMs = deps.nowMs();
    this.#leaseEndsAtMs = reservation.reservedAtMs + deps.policy.leaseMs;
    runtime.signal.addEventListener('abort', this.#onLeft);
    this.#scheduleBeat();
  }

  /** Aborted when the call is over, by whoever ended it. */
  get upstreamSignal(): AbortSignal {
    return this.#upstream.signal;
  }

  /** Since the call was forwarded. */
  elapsedSeconds(): number {
    return Math.round((this.#deps.nowMs() - this.#forwardedAtMs) / 1_000);
  }

  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /** The answer began: from now on this gauge knows what passed. */
  measure(answer: Response, gauge: Gauge, streamed: boolean): void {
    this.#originStatus = answer.status;
    this.#gauge = gauge;
    this.#streamed = streamed;
  }

  /** Ends the call. The first ending is the one that counts; what was charged is returned. */
  close(ending: Ending): Actual {
    if (this.#closed !== null) return this.#closed;
    const { actual, told } = settle(
      this.reservation,
      {
        ending,
        streamed: this.#streamed,
        usage: this.#gauge.usage(),
        seen: {
          visibleBytes: this.#gauge.visibleBytes(),
          events: this.#gauge.events(),
          elapsedMs: this.#deps.nowMs() - this.#forwardedAtMs,
        },
        originStatus: this.#originStatus,
        answer: this.#gauge.answer(),
      },
      this.#trail,
      this.#deps,
    );
    this.#closed = actual;
    if (this.#renewal !== null) clearTimeout(this.#renewal);
    // A signal that is listened to outlives its call, and keeps the whole of it alive.
    this.#runtime.signal.removeEventListener('abort', this.#onLeft);
    this.#runtime.waitUntil(told);
    if (ending !== 'complete') this.#upstream.abort();
    return actual;
  }

  /** What the call has used so far at the most; what a heartbeat reports. */
  #metered(): Amounts {
    const { call } = this.reservation;
    const price = present(call.price, 'price');
    const estimate = present(call.estimate, 'estimate');
    const elapsedMs = this.#deps.nowMs() - this.#forwardedAtMs;
    const seen = {
      visibleBytes: this.#gauge.visibleBytes(),
      events: this.#gauge.events(),
      elapsedMs,
    };
    const tokens = this.#streamed
      ? countedOutputTokens(price, seen, estimate.choices)
      : producibleTokens(elapsedMs, estimate.choices);
    const output = chargeTokens([{ tokens, picoUsdPerToken: price.outputPicoUsd }]);
    return { nanoUsd: estimate.inputNanoUsd + output, outputTokens: tokens };
  }

  /** Looks after the lease in a while, and again, until the call is over. */
  #scheduleBeat(): void {
    const { leaseMs } = this.#deps.policy;
    const renewInMs = Math.floor((leaseMs * RENEW_AFTER_LEASE_PERCENT) / 100);
    const endsInMs = Math.max(0, this.#leaseEndsAtMs - this.#deps.nowMs());
    this.#renewal = setTimeout(
      () => {
        this.#beat(leaseMs);
      },
      Math.min(renewInMs, endsInMs),
    );
  }

  /**
   * A call whose hold is gone, or may be gone by now, is ended: nothing stands behind what it would
   * still generate.
   */
  #beat(leaseMs: number): void {
    const nowMs = this.#deps.nowMs();
    const { callSecondsMax } = this.reservation.call.route;
    if (nowMs - this.#forwardedAtMs > callSecondsMax * 1_000) {
      this.close('origin-timeout');
    } else if (nowMs >= this.#leaseEndsAtMs) {
      this.#loseLease();
    } else {
      this.#runtime.waitUntil(this.#renew(leaseMs, nowMs));
      this.#scheduleBeat();
    }
  }

  #loseLease(): void {
    logEvent('lease-lost', { requestId: this.reservation.call.requestId });
    this.close('lease-lost');
  }

  /** The lease goes on only if every object says so; one that is silent may answer next time. */
  async #renew(leaseMs: number, sentAtMs: number): Promise<void> {
    const { call, addresses } = this.reservation;
    const act = { kind: 'renew', metered: this.#metered(), leaseMs } as const;
    const message = { key: call.key, attempt: call.attempt, act, record: null };
    const replies = await Promise.allSettled(
      addresses.map((address) => this.#deps.courier.renew(address, message)),
    );
    if (this.isClosed) return;
    if (replies.some((reply) => reply.status === 'fulfilled' && reply.value !== 'renewed')) {
      this.#loseLease();
    } else if (replies.every((reply) => reply.status === 'fulfilled')) {
      // Counted from before the message: the objects' leases end no earlier.
      this.#leaseEndsAtMs = Math.max(this.#leaseEndsAtMs, sentAtMs + leaseMs);
    }
  }
}
