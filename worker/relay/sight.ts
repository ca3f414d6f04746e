// What an answer has shown so far, and what that comes to: the tokens that have to be paid for by
// now, and those that an ending or a heartbeat reports. It only looks.

import type { Seen } from '../../core/dialects/dialect.ts';
import type { Amounts } from '../../core/ledger/unit.ts';
import { countedOutputTokens, producibleTokens } from '../../core/pricing/actual.ts';
import { neededOutputTokens } from '../../core/pricing/demand.ts';
import { holdFor } from '../../core/pricing/estimate.ts';
import type { Sighting, Usage } from '../../core/pricing/usage.ts';
import type { GrowingHold } from './growing-hold.ts';

/** What the relay knows of the answer. */
export type Gauge = Omit<Seen, 'finished'>;

const EMPTY_GAUGE: Gauge = {
  usage: () => null,
  visibleBytes: () => 0,
  events: () => 0,
  toolCalls: () => 0,
  answer: () => null,
};

type More = Pick<Sighting, 'visibleBytes' | 'events'>;

const NOTHING_MORE: More = { visibleBytes: 0, events: 0 };

type Tokens = { readonly inputTokens: number; readonly outputTokens: number };

export class Sight {
  readonly #hold: GrowingHold;
  readonly #nowMs: () => number;
  readonly #forwardedAtMs: number;
  /** Bytes of the answer that are not ASCII. */
  denseBytes = 0;
  #gauge: Gauge = EMPTY_GAUGE;
  /** Null while everything generated is out of sight. */
  #unreadMs: (() => number) | null = null;

  constructor(hold: GrowingHold, nowMs: () => number) {
    this.#hold = hold;
    this.#nowMs = nowMs;
    this.#forwardedAtMs = nowMs();
  }

  /** From now on this gauge knows; `unreadMs` is that of a stream. */
  open(gauge: Gauge, unreadMs: (() => number) | null): void {
    this.#gauge = gauge;
    this.#unreadMs = unreadMs;
  }

  get gauge(): Gauge {
    return this.#gauge;
  }

  /** Since the call was forwarded. */
  get elapsedMs(): number {
    return this.#nowMs() - this.#forwardedAtMs;
  }

  seen(): Sighting {
    return {
      visibleBytes: this.#gauge.visibleBytes(),
      events: this.#gauge.events(),
      elapsedMs: this.elapsedMs,
      unreadMs: this.#unreadMs?.() ?? 0,
      denseBytes: this.denseBytes,
    };
  }

  /** What the provider has said so far. */
  reported(): Usage | null {
    return this.#gauge.usage() ?? this.#gauge.usageSoFar?.() ?? null;
  }

  /** Output tokens that have to be paid for; with what else may have come, in so much more time. */
  neededTokens(more: More = NOTHING_MORE, aheadMs = 0): number {
    const { visibleBytes, events, elapsedMs, unreadMs, denseBytes } = this.seen();
    const seen = {
      visibleBytes: visibleBytes + more.visibleBytes,
      events: events + more.events,
      elapsedMs,
      unreadMs: unreadMs + aheadMs,
      denseBytes,
    };
    return neededOutputTokens(this.#hold.demand, seen, this.reported());
  }

  /** In so much more time, if nobody reads what comes. */
  neededAhead(aheadMs: number): number {
    return this.neededTokens(NOTHING_MORE, aheadMs);
  }

  /** What an ending tells its reader that the call has used. */
  chargedTokens(outputTokens = this.neededTokens()): Tokens {
    const { estimate } = this.#hold.demand;
    return {
      inputTokens: this.reported()?.inputTokens ?? estimate.inputTokensMax,
      outputTokens: Math.min(outputTokens, this.#hold.tokens),
    };
  }

  /** What the call has used so far at the most; what a heartbeat reports. */
  metered(): Amounts {
    const { price, estimate } = this.#hold.demand;
    const seen = this.seen();
    const tokens =
      this.#unreadMs === null
        ? producibleTokens(seen.elapsedMs, estimate.choices)
        : countedOutputTokens(price, seen, estimate.choices);
    return { nanoUsd: holdFor(estimate, tokens), outputTokens: tokens };
  }
}
