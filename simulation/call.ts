// One call as the Worker makes it: money on hold in every object or nowhere, then a provider that
// really costs something, the lease kept alive, the truth told to everybody. The Worker may die at
// every `await`.

import type { LedgerAddress, ShardLayout } from '../core/ledger/layout.ts';
import type { ReserveReply, ResolveMessage } from '../core/ledger/messages.ts';
import { type Ask, amountsOf, asksOf, type Errand, meteredOf, onlySpends } from './asks.ts';
import type { Town } from './town.ts';
import type { Truth } from './truth.ts';
import type { Worker } from './worker.ts';

const DEADLINE_MS = 3_000;
const RENEW_AFTER_LEASE_PERCENT = 40;
const SETTLE_TRIES = 6;
const RESERVES_AGAIN = 0.3;
const EXTENDS = 0.5;
const EXTENDS_FAR = 0.2;
/** Held up between the last token and the settlement. */
const STALLS = 0.06;
/** Faster than anybody thought possible. */
const FAST = 0.1;
const FAST_FACTOR = 4;
const OVERRUNS = 0.04;
const DOES_NOT_CONNECT = 0.05;

export class Call {
  readonly #town: Town;
  readonly #worker: Worker;
  readonly #errand: Errand;
  readonly #layout: ShardLayout;
  readonly #asks: readonly Ask[];
  readonly #truth: Truth;
  readonly #endsAfterMs: number;
  /** The lease is sure to last until then, on the Worker's clock. */
  #leaseEndsAtMs = 0;
  #held = 0;
  #overrun = 0;
  readonly #pace: number;

  /** A proof out of time, by the Worker's clock, or of no set it knows, reaches no object. */
  static begin(town: Town, worker: Worker, errand: Errand): void {
    if (errand.proof !== null && errand.proof.expiresAtMs <= worker.nowMs()) return;
    const asks = asksOf(errand, worker.layout, town.policy, worker.nowMs());
    if (asks === null) {
      town.states.saw('a proof of a set that the Worker does not know is refused');
      return;
    }
    new Call(town, worker, errand, asks).#run().catch((cause: unknown) => {
      town.fail(cause);
    });
  }

  private constructor(town: Town, worker: Worker, errand: Errand, asks: readonly Ask[]) {
    this.#town = town;
    this.#worker = worker;
    this.#errand = errand;
    this.#layout = worker.layout;
    this.#asks = asks;
    const addresses = this.#asks.map(({ address }) => address);
    this.#truth = { errand, addresses, forwardedAtMs: null, cost: 0, isTold: false, isFast: false };
    this.#pace = town.dice.chance(FAST) ? FAST_FACTOR : 0.8;
    this.#truth.isFast = this.#pace > 1;
    this.#endsAfterMs = town.dice.stretched(400, 4, 4);
    town.auditor.calls.push(this.#truth);
    for (const { address, message } of this.#asks) {
      if (message.solvedAhead !== undefined) {
        town.auditor.admissions.stocks.brought(address, errand);
      }
      if (message.nonceExpiresAtMs === null) continue;
      town.auditor.admissions.homes.add(`${address}|${errand.key}`);
    }
  }

  async #ask({ address, message }: Ask): Promise<ReserveReply | null> {
    const late = this.#worker.pause(DEADLINE_MS, 'deadline').then(() => null);
    const asked = this.#worker.reserve(address, this.#layout, message).catch(() => {
      if (!this.#town.dice.chance(RESERVES_AGAIN)) return null;
      return this.#worker.reserve(address, this.#layout, message).catch(() => null);
    });
    return Promise.race([asked, late]);
  }

  async #run(): Promise<void> {
    this.#worker.callsInFlight += 1;
    const { leaseMs } = this.#town.policy;
    this.#leaseEndsAtMs = this.#worker.nowMs() + leaseMs;
    const replies = await Promise.all(this.#asks.map((ask) => this.#ask(ask)));
    const held = replies.flatMap((reply) =>
      reply?.status === 'held' || reply?.status === 'exists' ? [reply.granted] : [],
    );
    if (held.length < this.#asks.length) {
      const owing = this.#asks.filter((_, index) => {
        const reply = replies[index];
        return reply === null || reply?.status === 'held' || reply?.status === 'exists';
      });
      if (held.length > 0) this.#town.states.saw('a hold is released after another object refused');
      await this.#tell(
        owing.map(({ address }) => address),
        { kind: 'release' },
      );
    } else {
      const { errand } = this.#truth;
      this.#held = Math.min(
        ...held.flatMap(({ nanoUsd }) => nanoUsd ?? []),
        ...held.flatMap(({ outputTokens }) =>
          outputTokens === undefined ? [] : errand.input + outputTokens,
        ),
      );
      await this.#forward();
    }
    this.#worker.callsInFlight -= 1;
  }

  async #forward(): Promise<void> {
    const { dice, states } = this.#town;
    if (dice.chance(DOES_NOT_CONNECT)) {
      await this.#tell(this.#truth.addresses, { kind: 'release' });
      return;
    }
    this.#town.auditor.admissions.forwarded(this.#errand);
    if (this.#asks.some(onlySpends)) {
      states.saw('a proof made for an older set is spent there and paid in the newer one');
    }
    if (this.#held < this.#errand.worst) states.saw('less than the whole is granted');
    if (dice.chance(OVERRUNS)) this.#overrun = dice.whole(1, 8);
    this.#truth.forwardedAtMs = this.#town.nowMs;
    this.#truth.cost = this.#errand.input;
    await this.#relay();
    if (dice.chance(STALLS)) await this.#worker.pause(this.#town.policy.leaseMs * 1.3, 'stalls');
    const cost = this.#meter() + this.#overrun;
    this.#truth.cost = cost;
    if (cost > this.#held) states.saw('a call costs more than its hold');
    this.#truth.isTold = true;
    await this.#tell(this.#truth.addresses, {
      kind: 'settle',
      amounts: { requests: 1, ...meteredOf(this.#errand, cost) },
      estimated: dice.chance(0.2),
    });
  }

  /** What the provider has made so far, which the meter stops at the hold. */
  #meter(): number {
    const elapsedMs = this.#town.nowMs - (this.#truth.forwardedAtMs ?? this.#town.nowMs);
    const made = Math.floor((elapsedMs * this.#errand.perSecond * this.#pace) / 1_000);
    this.#truth.cost = Math.min(this.#held, this.#errand.input + made);
    return this.#truth.cost;
  }

  /** While the answer streams. Ends when it does, or when the money behind it does. */
  async #relay(): Promise<void> {
    const { leaseMs } = this.#town.policy;
    const stepMs = Math.floor((leaseMs * RENEW_AFTER_LEASE_PERCENT) / 100);
    const endsAtMs = this.#town.nowMs + this.#endsAfterMs;
    let renewsAtMs = this.#town.nowMs + stepMs;
    let mayExtend = this.#town.dice.chance(EXTENDS);
    for (;;) {
      const leaseLeftMs = this.#leaseEndsAtMs - this.#worker.nowMs();
      const nextMs = Math.min(endsAtMs, renewsAtMs, this.#town.nowMs + Math.max(0, leaseLeftMs));
      await this.#sleep(nextMs);
      this.#meter();
      if (this.#town.nowMs >= endsAtMs || this.#worker.nowMs() >= this.#leaseEndsAtMs) return;
      renewsAtMs = this.#town.nowMs + stepMs;
      if (mayExtend) {
        mayExtend = false;
        await this.#extend();
      }
      if (!(await this.#renew())) return;
    }
  }

  /** In small steps: a Worker that dies has cost what it had cost then. */
  async #sleep(untilMs: number): Promise<void> {
    while (this.#town.nowMs < untilMs) {
      await this.#worker.pause(Math.min(1_500, untilMs - this.#town.nowMs), 'relays');
      this.#meter();
    }
  }

  async #renew(): Promise<boolean> {
    const { leaseMs } = this.#town.policy;
    const sentAtMs = this.#worker.nowMs();
    const act = {
      kind: 'renew',
      metered: meteredOf(this.#errand, this.#meter()),
      leaseMs,
    } as const;
    const late = this.#worker.pause(DEADLINE_MS, 'deadline').then(() => null);
    const { key, attempt } = this.#errand;
    const replies = await Promise.all(
      this.#truth.addresses.map((address) =>
        Promise.race([
          this.#worker
            .resolve(address, this.#layout, { key, attempt, act, record: null })
            .catch(() => null),
          late,
        ]),
      ),
    );
    if (replies.every((reply) => reply?.status === 'renewed')) {
      this.#leaseEndsAtMs = sentAtMs + leaseMs;
    }
    return replies.every((reply) => reply === null || reply.status === 'renewed');
  }

  #paying(): readonly Ask[] {
    return this.#asks.filter((ask) => !onlySpends(ask));
  }

  async #extend(): Promise<void> {
    const more =
      this.#held + this.#town.dice.whole(1, this.#town.dice.chance(EXTENDS_FAR) ? 500 : 30);
    const { key, attempt } = this.#errand;
    const replies = await Promise.all(
      this.#paying().map(({ address, message }) =>
        this.#worker
          .extend(address, this.#layout, {
            key,
            attempt,
            amounts: amountsOf(this.#errand, more),
            accounts: message.accounts,
          })
          .catch(() => null),
      ),
    );
    const isRefused = replies.some((reply) => reply?.status.startsWith('over-'));
    if (isRefused) this.#town.states.saw('an extension is refused');
    if (replies.some((reply) => reply?.status !== 'extended')) return;
    this.#town.states.saw('an extension is granted');
    this.#held = more;
  }

  /** Until every object has answered, or nobody wants to try any more. */
  async #tell(addresses: readonly LedgerAddress[], act: ResolveMessage['act']): Promise<void> {
    const { key, attempt } = this.#errand;
    await Promise.all(
      addresses.map(async (address) => {
        for (let turn = 1; turn <= SETTLE_TRIES; turn += 1) {
          const reply = await this.#worker
            .resolve(address, this.#layout, { key, attempt, act, record: null })
            .catch(() => null);
          if (reply !== null) return;
          await this.#worker.pause(200 * turn, 'tells again');
        }
      }),
    );
  }
}
