// One call's passage from the hold to its end. It owns the one AbortController that reaches the
// provider, knows what the answer has shown, and closes exactly once whoever ends the call.

import type { Actual, Ending } from '../../core/pricing/actual.ts';
import type { WaitUntil } from '../adapters/courier.ts';
import type { Deps } from '../env.ts';
import type { Trail } from '../observe/record.ts';
import type { Reservation } from '../reserve.ts';
import { settle } from '../settle.ts';
import { GrowingHold } from './growing-hold.ts';
import { beatMsOf, Heartbeat } from './heartbeat.ts';
import { receiptJson, wantsReceipt } from './receipt.ts';
import { type Gauge, Sight } from './sight.ts';
import type { StreamEnding } from './stream-ending.ts';
import { ToolCeiling } from './tool-ceiling.ts';

/** An answer that is passed on while it comes. */
export type Stream = {
  unreadMs(): number;
  /** Ends it for its reader, and closes the call. */
  end(ending: StreamEnding): void;
  /** Looks whether what may be generated within this time is paid for. */
  watch(aheadMs: number): void;
  /** Nobody reads it any more: on to its end, for what it cost; or to what has come by now. */
  drain(): Promise<void>;
  abandon(): Promise<void>;
};

/** The platform stops what a call left behind 30 s after its caller is gone. */
const DRAIN_MS_MAX = 25_000;

type Runtime = {
  readonly signal: AbortSignal;
  readonly waitUntil: WaitUntil;
};

export class Passage {
  readonly reservation: Reservation;
  readonly hold: GrowingHold;
  readonly sight: Sight;
  readonly ceiling: ToolCeiling;
  readonly #trail: Trail;
  readonly #deps: Deps;
  readonly #runtime: Runtime;
  readonly #upstream = new AbortController();
  readonly #heartbeat: Heartbeat;
  #stream: Stream | null = null;
  #originStatus: number | null = null;
  #closed: Actual | null = null;
  #ending: Ending | null = null;
  #isLeft = false;
  /** Set once the caller is gone and the rest is read all the same. */
  #drainTimer: ReturnType<typeof setTimeout> | null = null;
  #over: () => void = () => undefined;
  readonly #onLeft = (): void => {
    this.leave();
  };

  constructor(reservation: Reservation, trail: Trail, runtime: Runtime, deps: Deps) {
    this.reservation = reservation;
    this.#trail = trail;
    this.#deps = deps;
    this.#runtime = runtime;
    this.hold = new GrowingHold(reservation, runtime.waitUntil, deps);
    this.sight = new Sight(this.hold, deps.nowMs);
    this.ceiling = new ToolCeiling(reservation.toolCallsMax, () => this.sight.chargedTokens());
    runtime.signal.addEventListener('abort', this.#onLeft);
    this.#heartbeat = new Heartbeat(reservation, this.#patient(), runtime.waitUntil, deps);
  }

  #patient(): ConstructorParameters<typeof Heartbeat>[1] {
    return {
      metered: () => this.sight.metered(),
      beat: () => {
        if (this.#stream !== null) this.#stream.watch(this.beatMs);
        // Whatever is generated so far is out of sight: all of it may be.
        else this.keep(this.hold.secure(this.hold.demand.ceilingTokens));
      },
      timeIsUp: () => {
        if (this.#stream === null) this.close('origin-timeout');
        else this.stop('cut-time');
      },
      lost: () => {
        this.stop('lease-lost');
      },
      stopped: (ending) => {
        this.stop(ending);
      },
    };
  }

  /** Aborted when the call is over, by whoever ended it. */
  get upstreamSignal(): AbortSignal {
    return this.#upstream.signal;
  }

  /** Since the call was forwarded. */
  elapsedSeconds(): number {
    return Math.round(this.sight.elapsedMs / 1_000);
  }

  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /** Null as long as it is open. */
  get ending(): Ending | null {
    return this.#ending;
  }

  /** Between two looks at the lease. */
  get beatMs(): number {
    return beatMsOf(this.#deps.policy.leaseMs);
  }

  /** Work that goes on when the caller has everything, or is gone. */
  keep(work: Promise<unknown>): void {
    this.#runtime.waitUntil(work);
  }

  /** The answer began: from now on this gauge knows what passed. */
  measure(answer: Response, gauge: Gauge, stream: Stream | null): void {
    this.#originStatus = answer.status;
    this.sight.open(gauge, stream === null ? null : () => stream.unreadMs());
    this.#stream = stream;
    if (stream !== null && this.#drainTimer !== null) this.keep(stream.drain());
  }

  /** The caller is gone: the call ends, or is read to its end where the route says so. */
  leave(): void {
    if (this.isClosed || this.#isLeft) return;
    this.#isLeft = true;
    if (this.reservation.call.route.onDisconnect === 'abort') {
      if (this.#stream === null) this.close('caller-left');
      else this.keep(this.#stream.abandon());
      return;
    }
    this.#drainTimer = setTimeout(() => {
      this.close('caller-left');
    }, DRAIN_MS_MAX);
    // Until then the platform has to let this call live.
    const over = new Promise<void>((resolve) => {
      this.#over = resolve;
    });
    this.keep(over);
    if (this.#stream !== null) this.keep(this.#stream.drain());
  }

  /** Tells the provider that nobody wants to hear more. */
  letGo(): void {
    this.#upstream.abort();
  }

  /** Ends a running call from our side: a stream with an ending of its own. */
  stop(ending: StreamEnding): void {
    if (this.isClosed) return;
    if (this.#stream === null) this.close(ending);
    else this.#stream.end(ending);
  }

  /** Ends the call. The first ending is the one that counts; what was charged is returned. */
  close(as: Ending): Actual {
    if (this.#closed !== null) return this.#closed;
    const isDrained = as === 'complete' && this.#drainTimer !== null;
    this.#ending = isDrained ? 'caller-left-drained' : as;
    const { gauge } = this.sight;
    const { actual, told } = settle(
      this.reservation,
      {
        ending: this.#ending,
        streamed: this.#stream !== null,
        usage: as === 'complete' ? gauge.usage() : this.sight.reported(),
        isUsageSoFar: gauge.usage() === null,
        seen: this.sight.seen(),
        originStatus: this.#originStatus,
        answer: gauge.answer(),
        toolCalls: gauge.toolCalls(),
        calledTools: gauge.calledTools?.() ?? null,
        hold: this.hold.facts,
      },
      this.#trail,
      this.#deps,
    );
    this.#closed = actual;
    this.#heartbeat.end();
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    // A signal that is listened to outlives its call, and keeps the whole of it alive.
    this.#runtime.signal.removeEventListener('abort', this.#onLeft);
    this.keep(told);
    this.#over();
    if (as !== 'complete') this.letGo();
    return actual;
  }

  /** What its caller is told of the cost, if that was asked for. */
  receipt(actual: Actual): string | null {
    const { reservation, hold, sight } = this;
    return wantsReceipt(reservation.call)
      ? receiptJson(reservation, actual, hold.nanoUsd, sight.reported())
      : null;
  }
}
