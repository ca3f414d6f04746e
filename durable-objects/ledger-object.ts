// A ledger as a Durable Object: reads rows, asks `core/ledger`, writes rows, all in one synchronous
// turn, so two calls can never both see the last cent. Expiry happens inside every reserve; the alarm
// behind it tidies when nobody calls.

import { DurableObject } from 'cloudflare:workers';
import { counterName, type Limit, viewCounter } from '../core/ledger/account.ts';
import * as ledger from '../core/ledger/ledger.ts';
import type {
  AccountView,
  CapMessage,
  LedgerPort,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
  ResolveReply,
} from '../core/ledger/messages.ts';
import { LedgerStore } from './ledger-store.ts';

export const OPEN_HOLDS_MAX = 4_096;
const TOMBSTONE_RETENTION_MS = 15 * 60_000;
const ALARM_SLACK_MS = 50;
const ALARM_INTERVAL_MS_MIN = 500;

export class LedgerObject<Env> extends DurableObject<Env> implements LedgerPort {
  protected readonly store: LedgerStore;
  #alarmAtMs: number | null = null;
  #nextLeaseEndMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new LedgerStore(ctx.storage.sql);
    // Whatever was open when the object last lived may be due already.
    if (this.store.openHolds().size > 0) this.#arm(Date.now());
  }

  /** How long a resolved row is kept: it guards against replays and late messages. */
  protected retentionMs(): number {
    return TOMBSTONE_RETENTION_MS;
  }

  /** A refusal that comes before money, e.g. a revoked key. */
  protected refuse(_message: ReserveMessage): ReserveReply | null {
    return null;
  }

  async reserve(message: ReserveMessage): Promise<ReserveReply> {
    return this.#atomically(() => this.#reserve(message, Date.now()));
  }

  /** Settles, releases and renews, in order; one commit for all of them. */
  async resolve(messages: readonly ResolveMessage[]): Promise<ResolveReply[]> {
    return this.#atomically(() => {
      const nowMs = Date.now();
      return messages.map((message) => ({
        key: message.key,
        status: this.#resolve(message, nowMs),
      }));
    });
  }

  async view(principal: string, limits: readonly Limit[]): Promise<AccountView> {
    return this.#atomically(() => {
      const nowMs = Date.now();
      this.#expireDue(nowMs);
      const account = this.store.account(principal);
      const holds = [...this.store.openHolds().values()].filter((hold) =>
        hold.principals.includes(principal),
      );
      return {
        principal,
        counters: limits.map((limit) => viewCounter(account, limit, nowMs)),
        overrides: account.caps,
        holds: holds.map((hold) => ({
          id: `${hold.key}.${hold.attempt}`,
          amountNanoUsd: hold.amountNanoUsd,
          expiresAtMs: hold.leaseEndsAtMs,
        })),
      };
    });
  }

  async setCap({ principal, window, unit, cap }: CapMessage): Promise<void> {
    this.#atomically(() => {
      const account = this.store.account(principal);
      const caps = { ...account.caps };
      const name = counterName({ window, unit });
      if (cap === null) delete caps[name];
      else caps[name] = cap;
      this.store.putAccount(principal, { ...account, caps });
    });
  }

  async record(key: string): Promise<string | null> {
    return this.store.record(key);
  }

  override async alarm(): Promise<void> {
    this.#atomically(() => {
      const nowMs = Date.now();
      this.#alarmAtMs = null;
      this.#expireDue(nowMs);
      this.store.prune(nowMs, this.retentionMs());
      this.store.sweepAccounts(nowMs);
      this.store.markOpenFrom(nowMs);
      if (this.store.openHolds().size > 0) this.#arm(this.#nextLeaseEndMs);
    });
  }

  /**
   * A write that half happened must not be committed: an exception after a write would keep it, so
   * the object is aborted, which loses the turn's writes and tells the caller.
   */
  #atomically<Value>(turn: () => Value): Value {
    try {
      return turn();
    } catch (cause) {
      this.ctx.abort(`ledger turn failed: ${String(cause)}`);
      throw cause;
    }
  }

  #reserve(message: ReserveMessage, nowMs: number): ReserveReply {
    if (message.nonceExpiresAtMs !== null && message.nonceExpiresAtMs <= nowMs) {
      return { status: 'proof-expired' };
    }
    const earlier = this.store.hold(message.key);
    if (earlier !== null) return this.#answerAgain(earlier, message, nowMs);
    const refused = this.refuse(message);
    if (refused !== null) return refused;
    this.#expireDue(nowMs);
    this.store.prune(nowMs, this.retentionMs());
    if (this.store.openHolds().size >= OPEN_HOLDS_MAX) return { status: 'too-many-holds' };
    const parties = message.accounts.map(({ principal, limits }) => ({
      principal,
      limits,
      account: this.store.account(principal),
    }));
    const outcome = ledger.reserve(parties, message, nowMs);
    if ('status' in outcome) {
      if (message.nonceExpiresAtMs !== null) this.#tombstone(message, 'refused');
      const { status, principal, counter } = outcome;
      return { status, counter: { ...counter, principal } };
    }
    for (const { principal, account } of outcome.parties) {
      this.store.putAccount(principal, account);
    }
    this.store.putHold(outcome.hold, null);
    this.#arm(outcome.hold.leaseEndsAtMs);
    return this.#heldReply('held', outcome.hold, message, nowMs);
  }

  #heldReply(
    status: 'held' | 'exists',
    hold: ledger.Hold,
    message: ReserveMessage,
    nowMs: number,
  ): ReserveReply {
    const counters = message.accounts.flatMap(({ principal, limits }) => {
      const account = this.store.account(principal);
      return limits
        .filter((limit) => limit.unit === 'nanoUsd')
        .map((limit) => ({ ...viewCounter(account, limit, nowMs), principal }));
    });
    return { status, grantedNanoUsd: hold.amountNanoUsd, counters };
  }

  #answerAgain(earlier: ledger.Hold, message: ReserveMessage, nowMs: number): ReserveReply {
    if (earlier.attempt !== message.attempt) return { status: 'replayed' };
    if (earlier.status !== 'held') return { status: 'already-resolved' };
    if (earlier.askedNanoUsd !== message.amountNanoUsd) {
      return { status: 'exists-with-different-amount' };
    }
    return this.#heldReply('exists', earlier, message, nowMs);
  }

  #resolve({ key, attempt, act, record }: ResolveMessage, nowMs: number): ResolveReply['status'] {
    const hold = this.store.hold(key);
    if (hold === null) {
      this.#tombstone({ key, attempt }, 'released');
      return 'unknown';
    }
    if (hold.attempt !== attempt) return 'not-yours';
    if (act.kind === 'renew') {
      const renewed = ledger.renew(hold, act.meteredNanoUsd, act.leaseMs, nowMs);
      if (renewed.status === 'renewed') this.store.putHold(renewed.hold, record);
      return renewed.status;
    }
    const accounts = hold.principals.map((principal) => this.store.account(principal));
    const outcome =
      act.kind === 'settle'
        ? ledger.settle(hold, accounts, act, nowMs)
        : ledger.release(hold, accounts, nowMs);
    this.#write(outcome, hold, record);
    return outcome.status;
  }

  #write(outcome: ledger.Resolution, before: ledger.Hold, record: string | null): void {
    if (outcome.hold === before && record === null) return;
    if (outcome.hold !== before) {
      outcome.accounts.forEach((account, index) => {
        const principal = outcome.hold.principals[index];
        if (principal !== undefined) this.store.putAccount(principal, account);
      });
    }
    this.store.putHold(outcome.hold, record);
  }

  /** Stands where a late or second reserve would land. */
  #tombstone(
    { key, attempt }: { readonly key: string; readonly attempt: string },
    status: 'refused' | 'released',
  ): void {
    this.store.putHold(
      {
        key,
        attempt,
        status,
        principals: [],
        windows: [],
        amountNanoUsd: 0,
        askedNanoUsd: 0,
        meteredNanoUsd: 0,
        producibleNanoUsdPerSecond: 0,
        renewedAtMs: 0,
        leaseEndsAtMs: 0,
        chargedNanoUsd: 0,
        estimated: false,
      },
      null,
    );
  }

  /** Charges every hold whose lease ran out. Scans only when one may have. */
  #expireDue(nowMs: number): void {
    if (nowMs < this.#nextLeaseEndMs) return;
    let next = Number.MAX_SAFE_INTEGER;
    for (const hold of this.store.openHolds().values()) {
      if (hold.leaseEndsAtMs > nowMs) {
        next = Math.min(next, hold.leaseEndsAtMs);
        continue;
      }
      const accounts = hold.principals.map((principal) => this.store.account(principal));
      this.#write(ledger.expire(hold, accounts, nowMs), hold, null);
    }
    this.#nextLeaseEndMs = next;
  }

  /** Makes sure an alarm comes soon after this time; an earlier one that is set will do. */
  #arm(leaseEndsAtMs: number): void {
    this.#nextLeaseEndMs = Math.min(this.#nextLeaseEndMs, leaseEndsAtMs);
    if (this.#alarmAtMs !== null && this.#alarmAtMs <= leaseEndsAtMs + ALARM_SLACK_MS) return;
    const soonest = Date.now() + ALARM_INTERVAL_MS_MIN;
    this.#alarmAtMs = Math.max(soonest, leaseEndsAtMs + ALARM_SLACK_MS);
    void this.ctx.storage.setAlarm(this.#alarmAtMs);
  }
}
