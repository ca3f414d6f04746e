// A ledger: reads rows, asks `core/ledger`, writes rows, in one synchronous turn, so two calls
// never both see the last cent. Between turns it may ask other ledgers; what it decides it decides
// anew afterwards. Expiry is inside every message, with an alarm behind it. It knows nothing of the
// platform but `LedgerWorld`.

import { accountTimeMs, counterName, type Limit } from '../core/ledger/account.ts';
import { type Hold, recordOfExpired } from '../core/ledger/hold.ts';
import { addressOf, isShared } from '../core/ledger/layout.ts';
import type {
  AccountView,
  AdjustMessage,
  Batch,
  BatchReply,
  CapMessage,
  LedgerPort,
  Place,
  RefundMessage,
} from '../core/ledger/messages.ts';
import type {
  CorrectMessage,
  DrawMessage,
  HandedOver,
  HandOverMessage,
  PeerPort,
  RecallMessage,
  SliceGrant,
  SliceReport,
} from '../core/ledger/peer-messages.ts';
import type { ShardImpact } from '../core/impact.ts';
import type { AdjustStatus } from '../core/ledger/status.ts';
import type { Statement } from '../core/reconcile/statement.ts';
import { Conversation, type Judges } from './conversation.ts';
import { Ending } from './ending.ts';
import { ExpiryAlarm } from './expiry-alarm.ts';
import { LedgerStore } from './ledger-store.ts';
import { Moving } from './moving.ts';
import { accountView } from './account-view.ts';
import { EVERYTHING, LOOK, Root } from './root.ts';
import { Slices } from './slices.ts';
import { Taking } from './taking.ts';
import type { LedgerWorld } from './world.ts';

export type LedgerOptions = Judges & {
  /** How long a resolved row is kept: it guards against replays and late messages. */
  readonly retentionMs: number;
};

export class Ledger implements LedgerPort, PeerPort {
  readonly store: LedgerStore;
  readonly #world: LedgerWorld;
  readonly #options: LedgerOptions;
  readonly #alarm: ExpiryAlarm;
  readonly #conversation: Conversation;
  readonly #ending: Ending;
  readonly #slices: Slices;
  readonly #root: Root;
  readonly #moving: Moving;
  #nextLeaseEndMs = 0;
  #endedInTurn: Hold[] = [];

  constructor(world: LedgerWorld, options: LedgerOptions) {
    this.#world = world;
    this.#options = options;
    this.store = new LedgerStore(world.sql);
    this.#alarm = new ExpiryAlarm(world);
    this.#ending = new Ending(
      this.store,
      (hold) => this.#endedInTurn.push(hold),
      (correction) => void this.#moving.tell(correction),
    );
    const turn = <Value>(work: (nowMs: number) => Value): Value => this.#turn(work);
    this.#slices = new Slices(world, this.store, turn);
    this.#root = new Root(world, this.store, turn);
    this.#moving = new Moving(world, this.store, turn);
    this.#conversation = new Conversation({
      turn,
      taking: new Taking(this.store),
      ending: this.#ending,
      slices: this.#slices,
      root: this.#root,
      ...options,
      began: (nowMs) => {
        this.#expireDue(nowMs);
      },
      held: (leaseEndsAtMs) => {
        this.#arm(leaseEndsAtMs);
      },
    });
  }

  /** After a start, before the first message. */
  async wake(): Promise<void> {
    if (this.store.openHolds().size > 0) await this.#alarm.wake();
  }

  /**
   * A write that half happened must not be committed: an exception after a write would keep it, so
   * the object is aborted, which loses the turn's writes and tells the caller.
   */
  #turn<Value>(work: (nowMs: number) => Value): Value {
    try {
      const nowMs = this.#world.nowMs();
      const value = work(nowMs);
      const alerts = this.store.alerting.after(this.#endedInTurn);
      if (this.store.isCheckpointDue) this.store.prune(nowMs, this.#options.retentionMs);
      this.store.flush(nowMs);
      this.#tellNewHomes();
      alerts.forEach(this.#world.alert);
      return value;
    } catch (cause) {
      this.#world.abort(`ledger turn failed: ${String(cause)}`);
      throw cause;
    }
  }

  #tellNewHomes(): void {
    const ended = this.#endedInTurn;
    if (ended.length === 0) return;
    this.#endedInTurn = [];
    for (const hold of ended) this.#moving.tellNewHomes(hold);
  }

  async apply(batch: Batch): Promise<BatchReply> {
    await this.#bring(batch);
    return this.#conversation.apply(batch);
  }

  /** Accounts that an older set of shards may still keep are fetched before anything is decided. */
  async #bring({ self, layout, reserves }: Batch): Promise<void> {
    if (layout.previous === null) return;
    const asked = reserves.flatMap(({ accounts }) => accounts);
    const own = asked.filter(({ root }) => root === null).map(({ principal }) => principal);
    await this.#bringAll({ self, layout }, own);
    const cohorts = asked
      .flatMap(({ principal, birth }) =>
        birth === undefined ? [] : [this.store.account(principal).cohort ?? birth.cohort],
      )
      .filter((cohort) => addressOf(cohort, layout) === self);
    await this.#bringAll({ self, layout }, cohorts);
  }

  async #bringAll(place: Place, principals: readonly string[]): Promise<void> {
    const { previous } = place.layout;
    const missing = this.#moving.missing(place, principals);
    if (previous !== null && missing.length > 0) {
      await this.#moving.bring(place.self, previous, missing);
    }
  }

  async view(place: Place, principal: string, limits: readonly Limit[]): Promise<AccountView> {
    await this.#bringAll(place, [principal]);
    const there = isShared(principal) ? await this.#root.collect(principal, LOOK) : null;
    return this.#turn((nowMs) => {
      this.#expireDue(nowMs);
      return accountView(this.store, principal, limits, nowMs, there);
    });
  }

  async setCap(place: Place, { principal, cap, ...kind }: CapMessage): Promise<void> {
    await this.#bringAll(place, [principal]);
    this.#turn((nowMs) => {
      const account = this.store.account(principal);
      const { [counterName(kind)]: _before, ...others } = account.caps;
      const caps = cap === null ? others : { ...others, [counterName(kind)]: cap };
      // The mark of a run that made no step is as young as the mark: it is not swept away at once.
      const clockMs = accountTimeMs(account, nowMs);
      this.store.putAccount(principal, { ...account, clockMs, caps }, true);
    });
    if (isShared(principal)) await this.#root.collect(principal, EVERYTHING);
  }

  async adjust(place: Place, message: AdjustMessage): Promise<AdjustStatus> {
    await this.#bringAll(place, [message.principal]);
    if (isShared(message.principal)) await this.#root.collect(message.principal, LOOK);
    return this.#turn((nowMs) => this.#ending.adjust(message, nowMs));
  }

  async refund(message: RefundMessage): Promise<AdjustStatus> {
    const { status, corrections } = this.#turn((nowMs) => this.#ending.refund(message, nowMs));
    await Promise.all(corrections.map((one) => this.#moving.tell(one)));
    return status;
  }

  async record(key: string): Promise<string | null> {
    return this.store.record(key) ?? recordOfExpired(this.store.hold(key));
  }

  async statements(fromDay: string, toDay: string): Promise<readonly Statement[]> {
    this.#turn((nowMs) => {
      this.#expireDue(nowMs);
      this.store.checkpoint();
    });
    return this.store.statements.between(fromDay, toDay);
  }

  async impacts(fromDay: string, toDay: string): Promise<ShardImpact> {
    return this.store.impacts.between(fromDay, toDay);
  }

  async draw(message: DrawMessage): Promise<readonly SliceGrant[]> {
    await this.#bringAll(message, [message.principal]);
    return this.#root.draw(message);
  }

  async recall(message: RecallMessage): Promise<readonly SliceReport[]> {
    return this.#slices.recall(message);
  }

  handOver(message: HandOverMessage): Promise<readonly HandedOver[]> {
    return this.#moving.handOver(message);
  }

  async correct(message: CorrectMessage): Promise<void> {
    // What a root has not heard of yet cannot be taken out of it.
    if (message.adjusts && isShared(message.principal)) {
      await this.#root.collect(message.principal, LOOK);
    }
    await this.#moving.correct(message);
  }

  async alarm(): Promise<void> {
    this.#turn((nowMs) => {
      this.#alarm.ran();
      this.#expireDue(nowMs);
      this.store.checkpoint();
      this.store.prune(nowMs, this.#options.retentionMs);
      this.store.pruneSide(nowMs);
      const answersEndMs = this.store.answers.sweep(nowMs);
      if (this.store.openHolds().size > 0) {
        this.#arm(this.#nextLeaseEndMs);
        return;
      }
      this.#alarm.armForTidying(this.store.oldestKey(), this.#options.retentionMs);
      if (answersEndMs !== null) this.#alarm.arm(answersEndMs);
    });
  }

  /** Charges every hold whose lease ran out. Scans only when one may have. */
  #expireDue(nowMs: number): void {
    if (nowMs >= this.#nextLeaseEndMs) this.#nextLeaseEndMs = this.#ending.expireDue(nowMs);
  }

  /** A lease ends then: no scan before it, and an alarm behind it. */
  #arm(leaseEndsAtMs: number): void {
    this.#nextLeaseEndMs = Math.min(this.#nextLeaseEndMs, leaseEndsAtMs);
    this.#alarm.arm(leaseEndsAtMs);
  }
}
