// A ledger as a Durable Object: reads rows, asks `core/ledger`, writes rows, in one synchronous
// turn, so two calls never both see the last cent. Expiry is inside every reserve, with an alarm
// behind it.

import { DurableObject } from 'cloudflare:workers';
import { counterName, type Limit, viewCounter } from '../core/ledger/account.ts';
import { emptyHold, type Hold, recordOfExpired } from '../core/ledger/hold.ts';
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
import { ExpiryAlarm } from './expiry-alarm.ts';
import { LedgerStore } from './ledger-store.ts';

export const OPEN_HOLDS_MAX = 4_096;
const TOMBSTONE_RETENTION_MS = 15 * 60_000;
/** Old rows go in small steps: in alarms, and in one reserve of so many. */
const RESERVES_PER_PRUNE = 64;

export class LedgerObject<Env> extends DurableObject<Env> implements LedgerPort {
  protected readonly store: LedgerStore;
  readonly #alarm: ExpiryAlarm;
  #nextLeaseEndMs = 0;
  #reserves = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new LedgerStore(ctx.storage.sql);
    this.#alarm = new ExpiryAlarm(ctx.storage);
    if (this.store.openHolds().size > 0) void ctx.blockConcurrencyWhile(() => this.#alarm.wake());
  }

  /** How long a resolved row is kept: it guards against replays and late messages. */
  protected retentionMs(): number {
    return TOMBSTONE_RETENTION_MS;
  }

  /** A refusal that comes before money, e.g. a revoked key. */
  protected refuse(_message: ReserveMessage): ReserveReply | null {
    return null;
  }

  /** Settlements of earlier calls may ride along; they are resolved first, in the same commit. */
  async reserve(
    message: ReserveMessage,
    settlements: readonly ResolveMessage[] = [],
  ): Promise<ReserveReply> {
    return this.#atomically(() => {
      const nowMs = Date.now();
      for (const settlement of settlements) this.#resolve(settlement, nowMs);
      return this.#reserve(message, nowMs);
    });
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
    return this.store.record(key) ?? recordOfExpired(this.store.hold(key));
  }

  override async alarm(): Promise<void> {
    this.#atomically(() => {
      const nowMs = Date.now();
      this.#alarm.ran();
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
      const value = turn();
      this.store.flush();
      return value;
    } catch (cause) {
      this.ctx.abort(`ledger turn failed: ${String(cause)}`);
      throw cause;
    }
  }

  #reserve(message: ReserveMessage, nowMs: number): ReserveReply {
    if (message.nonceExpiresAtMs !== null && message.nonceExpiresAtMs <= nowMs) {
      return { status: 'proof-expired' };
    }
    const refused = this.refuse(message);
    if (refused !== null) return refused;
    this.#expireDue(nowMs);
    this.#reserves += 1;
    if (this.#reserves % RESERVES_PER_PRUNE === 0) this.store.prune(nowMs, this.retentionMs());
    const parties = message.accounts.map(({ principal, limits }) => ({
      principal,
      limits,
      account: this.store.account(principal),
    }));
    const full = this.store.openHolds().size >= OPEN_HOLDS_MAX;
    const outcome = ledger.reserve(parties, message, nowMs);
    const hold =
      'status' in outcome || full
        ? emptyHold(message.key, message.attempt, 'refused')
        : outcome.hold;
    // The row spends the nonce, whatever the money says; if it is there, this is a second time.
    const spends = hold.status === 'held' || message.nonceExpiresAtMs !== null;
    const earlier = spends && this.store.insertHold(hold) ? null : this.store.hold(message.key);
    if (earlier !== null) return this.#answerAgain(earlier, message, nowMs);
    if ('status' in outcome) {
      const { status, principal, counter } = outcome;
      return { status, counter: { ...counter, principal } };
    }
    if (full) return { status: 'too-many-holds' };
    for (const { principal, account } of outcome.parties) {
      this.store.putAccount(principal, account);
    }
    this.#arm(hold.leaseEndsAtMs);
    return this.#heldReply('held', hold, message, nowMs);
  }

  #heldReply(
    status: 'held' | 'exists',
    hold: Hold,
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

  #answerAgain(earlier: Hold, message: ReserveMessage, nowMs: number): ReserveReply {
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
      this.store.insertHold(emptyHold(key, attempt, 'released'));
      return 'unknown';
    }
    if (hold.attempt !== attempt) return 'not-yours';
    if (act.kind === 'renew') {
      const renewed = ledger.renew(hold, act.meteredNanoUsd, act.leaseMs, nowMs);
      if (renewed.status === 'renewed') this.store.updateHold(renewed.hold, record);
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

  #write(outcome: ledger.Resolution, before: Hold, record: string | null): void {
    if (outcome.hold === before && record === null) return;
    if (outcome.hold !== before) {
      outcome.accounts.forEach((account, index) => {
        const principal = outcome.hold.principals[index];
        if (principal !== undefined) this.store.putAccount(principal, account);
      });
    }
    this.store.updateHold(outcome.hold, record);
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

  /** A lease ends then: no scan before it, and an alarm behind it. */
  #arm(leaseEndsAtMs: number): void {
    this.#nextLeaseEndMs = Math.min(this.#nextLeaseEndMs, leaseEndsAtMs);
    this.#alarm.arm(leaseEndsAtMs);
  }
}
