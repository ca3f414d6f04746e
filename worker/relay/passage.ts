// One call's passage from the hold to its end. It owns the one AbortController that reaches the
// provider, closes exactly once whoever ends the call, and keeps the lease alive while the call
// runs.

import type { Actual, Ending } from '../../core/pricing/actual.ts';
import { countedOutputTokens, producibleTokens } from '../../core/pricing/actual.ts';
import { chargeTokens } from '../../core/money.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { present } from '../../core/result.ts';
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
};

const EMPTY_GAUGE: Gauge = { usage: () => null, visibleBytes: () => 0, events: () => 0 };

/** Share of the lease after which it is renewed. */
const RENEW_AFTER_LEASE_PERCENT = 40;

type Runtime = {
  readonly signal: AbortSignal;
  readonly waitUntil: (work: Promise<unknown>) => void;
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
  #renewal: number | null = null;

  constructor(reservation: Reservation, trail: Trail, runtime: Runtime, deps: Deps) {
    this.reservation = reservation;
    this.#trail = trail;
    this.#deps = deps;
    this.#runtime = runtime;
    this.#forwardedAtMs = deps.nowMs();
    runtime.signal.addEventListener('abort', () => {
      this.close('caller-left');
    });
    this.#scheduleRenewal();
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
      },
      this.#trail,
      this.#deps,
    );
    this.#closed = actual;
    clearTimeout(this.#renewal);
    this.#runtime.waitUntil(told);
    if (ending !== 'complete') this.#upstream.abort();
    return actual;
  }

  /** What the call has cost so far at the most; what a heartbeat reports. */
  #meteredNanoUsd(): number {
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
    return estimate.inputNanoUsd + output;
  }

  /** Renews the lease in a while, and again, until the call is over. */
  #scheduleRenewal(): void {
    const { leaseMs } = this.#deps.policy;
    const afterMs = Math.floor((leaseMs * RENEW_AFTER_LEASE_PERCENT) / 100);
    this.#renewal = setTimeout(() => {
      this.#runtime.waitUntil(this.#keepLease(leaseMs));
    }, afterMs);
  }

  /** A call whose hold is gone is ended: nothing stands behind what it would still generate. */
  async #keepLease(leaseMs: number): Promise<void> {
    const { callSecondsMax } = this.reservation.call.route;
    if (this.#deps.nowMs() - this.#forwardedAtMs > callSecondsMax * 1_000) {
      this.close('origin-timeout');
      return;
    }
    const held = await this.#renew(leaseMs);
    if (this.isClosed) return;
    if (held) {
      this.#scheduleRenewal();
      return;
    }
    logEvent('lease-lost', { requestId: this.reservation.call.requestId });
    this.close('lease-lost');
  }

  /**
   * False if an object no longer holds the money. An object that does not answer may answer later.
   */
  async #renew(leaseMs: number): Promise<boolean> {
    const { call, addresses } = this.reservation;
    const act = { kind: 'renew', meteredNanoUsd: this.#meteredNanoUsd(), leaseMs } as const;
    const message = { key: call.key, attempt: call.attempt, act, record: null };
    const replies = await Promise.allSettled(
      addresses.map((address) => this.#deps.ledgers.at(address).resolve([message])),
    );
    return replies.every(
      (reply) => reply.status === 'rejected' || reply.value[0]?.status === 'renewed',
    );
  }
}
