// The port every ledger under test stands behind: the messages of a ledger object, and a look at
// what its memory holds. The real one is `Ledger`; the naive ones share the port and nothing else.

import type { Account } from '../core/ledger/account.ts';
import type { LedgerPort } from '../core/ledger/messages.ts';
import type { PeerPort } from '../core/ledger/peer-messages.ts';
import { Ledger } from '../durable-objects/ledger.ts';
import type { LedgerWorld } from '../durable-objects/world.ts';

export type SimulatedLedger = Omit<LedgerPort, 'record' | 'impacts'> &
  PeerPort & {
    wake(): Promise<void>;
    alarm(): Promise<void>;
    /** What memory says of an account. */
    account(principal: string): Account;
    /** Keys of the holds that memory takes for open. */
    openKeys(): readonly string[];
  };

export type LedgerMaker = (world: LedgerWorld, retentionMs: number) => SimulatedLedger;

export class RealLedger extends Ledger implements SimulatedLedger {
  account(principal: string): Account {
    return this.store.account(principal);
  }

  openKeys(): readonly string[] {
    return [...this.store.openHolds().keys()];
  }
}

export const makeRealLedger: LedgerMaker = (world, retentionMs) =>
  new RealLedger(world, { retentionMs, refuse: () => null, stops: () => false });
