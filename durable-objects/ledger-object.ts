// A ledger as a Durable Object: the platform's storage, clock, alarm and stubs around `Ledger`,
// which does the work. Other objects are reached through the same bindings the Worker has.

import { DurableObject } from 'cloudflare:workers';
import type { Limit } from '../core/ledger/account.ts';
import { isShardAddress, type LedgerAddress } from '../core/ledger/layout.ts';
import type {
  AccountView,
  AdjustMessage,
  Batch,
  BatchReply,
  CapMessage,
  LedgerPort,
  Place,
  RefundMessage,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
  Switched,
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
import { AlertTeller } from './alert-teller.ts';
import { logFromLedger } from './ledger-log.ts';
import { Ledger } from './ledger.ts';

const TOMBSTONE_RETENTION_MS = 15 * 60_000;

/** The bindings through which objects reach each other. */
export type LedgerBindings = {
  readonly PRINCIPAL_LEDGER: { getByName(name: string): unknown };
  readonly EDGE_SHARD: { getByName(name: string): unknown };
  readonly CONTROL: { getByName(name: string): unknown };
};

export class LedgerObject<Env extends LedgerBindings>
  extends DurableObject<Env>
  implements LedgerPort, PeerPort
{
  protected readonly ledger: Ledger;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const teller = new AlertTeller(env);
    this.ledger = new Ledger(
      {
        sql: ctx.storage.sql,
        alarms: ctx.storage,
        nowMs: () => Date.now(),
        abort: (reason) => {
          ctx.abort(reason);
        },
        peer: (address: LedgerAddress) => {
          const namespace = isShardAddress(address) ? env.EDGE_SHARD : env.PRINCIPAL_LEDGER;
          return namespace.getByName(address) as PeerPort;
        },
        report: logFromLedger,
        alert: (alert) => {
          teller.tell(alert);
        },
      },
      {
        retentionMs: this.retentionMs(),
        refuse: (message, nowMs) => this.refuse(message, nowMs),
        switched: (message, nowMs) => this.switched(message, nowMs),
        stops: (message, nowMs) => this.stops(message, nowMs),
      },
    );
    void ctx.blockConcurrencyWhile(() => this.ledger.wake());
  }

  protected retentionMs(): number {
    return TOMBSTONE_RETENTION_MS;
  }

  /** Is this call that runs here to end? */
  protected stops(_message: ResolveMessage, _nowMs: number): boolean {
    return false;
  }

  /** A refusal by an operator's switch. */
  protected switched(_message: ReserveMessage, _nowMs: number): Switched | null {
    return null;
  }

  /** A refusal that comes before money, e.g. a revoked key. */
  protected refuse(_message: ReserveMessage, _nowMs: number): ReserveReply | null {
    return null;
  }

  apply(batch: Batch): Promise<BatchReply> {
    return this.ledger.apply(batch);
  }

  view(place: Place, principal: string, limits: readonly Limit[]): Promise<AccountView> {
    return this.ledger.view(place, principal, limits);
  }

  setCap(place: Place, message: CapMessage): Promise<void> {
    return this.ledger.setCap(place, message);
  }

  adjust(place: Place, message: AdjustMessage): Promise<AdjustStatus> {
    return this.ledger.adjust(place, message);
  }

  refund(message: RefundMessage): Promise<AdjustStatus> {
    return this.ledger.refund(message);
  }

  record(key: string): Promise<string | null> {
    return this.ledger.record(key);
  }

  statements(fromDay: string, toDay: string): Promise<readonly Statement[]> {
    return this.ledger.statements(fromDay, toDay);
  }

  impacts(fromDay: string, toDay: string): Promise<ShardImpact> {
    return this.ledger.impacts(fromDay, toDay);
  }

  draw(message: DrawMessage): Promise<readonly SliceGrant[]> {
    return this.ledger.draw(message);
  }

  recall(message: RecallMessage): Promise<readonly SliceReport[]> {
    return this.ledger.recall(message);
  }

  handOver(message: HandOverMessage): Promise<readonly HandedOver[]> {
    return this.ledger.handOver(message);
  }

  correct(message: CorrectMessage): Promise<void> {
    return this.ledger.correct(message);
  }

  override alarm(): Promise<void> {
    return this.ledger.alarm();
  }
}
