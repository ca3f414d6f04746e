// One of N fixed ledgers for principals that anybody can mint: IP prefixes and free device keys, a
// row each, so that rotating them cannot create objects without end. It also keeps the decision
// records of the calls that came through it.

import { type LedgerBindings, LedgerObject } from './ledger-object.ts';

export const RECORD_RETENTION_MS = 24 * 3_600_000;

export class EdgeShard<Env extends LedgerBindings = LedgerBindings> extends LedgerObject<Env> {
  protected override retentionMs(): number {
    return RECORD_RETENTION_MS;
  }
}
