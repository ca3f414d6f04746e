// One of N fixed ledgers for principals that anybody can mint: IP prefixes and free device keys, a
// row each, so that rotating them cannot create objects without end. It also keeps the decision
// records of the calls that came through it, and holds every one of them against the switches.

import {
  CONTROL,
  type ControlPort,
  type SwitchListener,
  type SwitchNews,
} from '../core/control/messages.ts';
import type {
  Batch,
  BatchReply,
  ReserveMessage,
  ResolveMessage,
  Switched,
} from '../core/ledger/messages.ts';
import { logFromLedger } from './ledger-log.ts';
import { type LedgerBindings, LedgerObject } from './ledger-object.ts';
import { Switchboard } from './switchboard.ts';

export const RECORD_RETENTION_MS = 24 * 3_600_000;

export class EdgeShard<Env extends LedgerBindings = LedgerBindings>
  extends LedgerObject<Env>
  implements SwitchListener
{
  readonly #switchboard: Switchboard;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const control = (): ControlPort => env.CONTROL.getByName(CONTROL) as ControlPort;
    const nowMs = (): number => Date.now();
    const world = { nowMs, report: logFromLedger, control };
    this.#switchboard = new Switchboard(world, this.ledger.store);
  }

  protected override retentionMs(): number {
    return RECORD_RETENTION_MS;
  }

  override apply(batch: Batch): Promise<BatchReply> {
    const first = this.#switchboard.look();
    return first === null || batch.reserves.length === 0
      ? super.apply(batch)
      : first.then(() => super.apply(batch));
  }

  async hearSwitches(news: SwitchNews): Promise<number> {
    return this.#switchboard.hear(news);
  }

  protected override switched(message: ReserveMessage, nowMs: number): Switched | null {
    return this.#switchboard.refuses(message, nowMs);
  }

  protected override stops(message: ResolveMessage, nowMs: number): boolean {
    return this.#switchboard.cuts(message, nowMs);
  }
}
