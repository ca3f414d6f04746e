// What is to be told of the counters of this object: looked at when a hold ends and when a slice is
// granted, where the limit says that somebody wants to hear. A turn hands on what it found when its
// rows are written, and forgets it; that it was told is in the account's row.

import type { Limit } from '../core/ledger/account.ts';
import { type Alert, alertsOf } from '../core/ledger/alert.ts';
import type { Hold } from '../core/ledger/hold.ts';
import type { LedgerStore } from './ledger-store.ts';

export class Alerting {
  readonly #store: Pick<LedgerStore, 'account' | 'putAccount'>;
  /** Of this turn: at most its counters times the percentages of one alert. */
  #found: Alert[] = [];

  constructor(store: Pick<LedgerStore, 'account' | 'putAccount'>) {
    this.#store = store;
  }

  look(principal: string, limit: Limit, windowId: number): void {
    if (limit.alert === undefined) return;
    const found = alertsOf(principal, this.#store.account(principal), limit, windowId);
    if (found === null) return;
    // In this turn: a restart would tell it again.
    this.#store.putAccount(principal, found.account, true);
    this.#found.push(...found.alerts);
  }

  /** With all that was found in this turn before. */
  after(ended: readonly Hold[]): readonly Alert[] {
    for (const { accounts } of ended) {
      for (const { principal, taken } of accounts) {
        for (const { watched, windowId } of taken) {
          if (watched !== undefined) this.look(principal, watched, windowId);
        }
      }
    }
    const found = this.#found;
    if (found.length > 0) this.#found = [];
    return found;
  }
}
