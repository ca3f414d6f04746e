// What the auditor knows of one object: its holds, its books, its operator's caps.

import type { Account } from '../core/ledger/account.ts';
import type { Hold } from '../core/ledger/hold.ts';
import { Bill } from './bill.ts';
import { Books } from './books.ts';
import { Rolling } from './rolling.ts';

export class Ward {
  readonly books = new Books();
  readonly holds = new Map<string, Hold>();
  readonly open = new Map<string, Hold>();
  readonly caps = new Map<string, Account['caps']>();
  /** Accounts on their way here, as each reply has them. */
  readonly arriving = new Map<string, Account[]>();
  readonly rolling = new Rolling();
  readonly bill = new Bill();

  /** A hold's row changed, or came, or went. */
  keep(key: string, before: Hold | null, after: Hold | null): void {
    if (after === null) {
      this.holds.delete(key);
      return;
    }
    this.bill.ended(before, after);
    this.holds.set(key, after);
    if (after.status === 'held') this.open.set(key, after);
    else this.open.delete(key);
  }
}
