// Corrections in the auditor's books: rows of their own, by hand, by refund, by a late truth, or
// because an account moved while something was on hold.

import type { Account } from '../core/ledger/account.ts';
import type { AdjustMessage } from '../core/ledger/messages.ts';
import type { Movement } from '../core/ledger/account.ts';
import type { Auditor } from './auditor.ts';
import { isRolling, spread, unitOf } from './books.ts';
import type { RowChange } from './database.ts';
import type { Host } from './host.ts';
import type { Ward } from './ward.ts';

type Body = {
  readonly amounts?: Readonly<Record<string, number>>;
  readonly movements?: readonly Movement[];
};

const DAY_MS = 86_400_000;
const WINDOW_MS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
};

/** The number of a window, written once more and apart from the ledger's. */
export function windowOf(window: string, atMs: number): number {
  const length = WINDOW_MS[window];
  if (length !== undefined) return Math.floor(atMs / length);
  if (window !== 'month') return 0;
  const [year = '0', month = '1'] = new Date(atMs).toISOString().split('-');
  return Number(year) * 12 + Number(month) - 1;
}

export class Adjustments {
  readonly #auditor: Auditor;
  readonly #byHand = new Map<string, AdjustMessage>();
  readonly #late = new Map<string, number>();
  readonly #rows = new Set<string>();
  /** What an ended call came to in an object, corrections counted. */
  readonly #total = new Map<string, Readonly<Record<string, number>>>();

  constructor(auditor: Auditor) {
    this.#auditor = auditor;
  }

  /** What a late truth added to a call in an object. */
  late(address: string, key: string): number {
    return this.#late.get(`${address}|${key}`) ?? 0;
  }

  said(message: AdjustMessage): void {
    this.#byHand.set(message.id, message);
  }
  row(host: Host, ward: Ward, { subject, key, body }: RowChange & { table: 'side' }): void {
    const { amounts = {}, movements } = JSON.parse(body) as Body;
    const row = `${host.address}|${subject}|${key}`;
    this.#auditor.expect(!this.#rows.has(row), 'a correction is made once', () => row);
    this.#rows.add(row);
    if (movements !== undefined) {
      this.#auditor.saw('a moved hold ends cheaper and is corrected');
      for (const { name, windowId, used } of movements) {
        this.#apply(ward, { principal: subject, name, windowId, used }, false);
      }
      return;
    }
    const byHand = this.#byHand.get(key);
    if (byHand !== undefined) {
      for (const { window, unit, route } of byHand.limits) {
        const used = amounts[unit] ?? 0;
        const name = `${unit}-${window}${route === undefined ? '' : `@${route}`}`;
        const windowId = windowOf(window, byHand.atMs);
        if (used !== 0) this.#apply(ward, { principal: subject, name, windowId, used }, true);
      }
      return;
    }
    const hold = ward.holds.get(subject);
    if (hold === undefined) return;
    const isRefund = key !== 'late';
    ward.bill.adjusted(hold, amounts['nanoUsd'] ?? 0);
    this.#auditor.saw(
      isRefund ? 'a refund is given' : 'settle after expiry is dearer than what was charged',
    );
    if (!isRefund) this.#late.set(`${host.address}|${subject}`, amounts['nanoUsd'] ?? 0);
    const id = `${host.address}|${subject}`;
    const before = this.#total.get(id) ?? hold.charged;
    const after: Record<string, number> = { ...before };
    for (const [unit, more] of Object.entries(amounts)) after[unit] = (after[unit] ?? 0) + more;
    this.#total.set(id, after);
    const was = spread(hold, before);
    spread(hold, after).forEach(({ principal, name, windowId, used, root }, index) => {
      if (isRefund && root) return;
      const more = used - (was[index]?.used ?? 0);
      // A person may have taken it out of the counter already.
      const left = ward.books.at(principal, name, windowId).used;
      const fitting = isRolling(name) ? more : Math.max(more, -Math.max(0, left));
      this.#apply(ward, { principal, name, windowId, used: fitting }, true);
    });
  }

  #apply(
    ward: Ward,
    at: { principal: string; name: string; windowId: number; used: number },
    excuses: boolean,
  ): void {
    this.#auditor.move(ward, { ...at, held: 0 });
    if (!excuses) return;
    const all = this.#auditor.everywhere.at(at.principal, at.name, at.windowId);
    // A truth that came late is beyond the hold; what a person moved is not a call's.
    all.excess += Math.abs(at.used);
  }

  /** An account came from an older shard, with what it had used there. */
  arrive(ward: Ward, principal: string, account: Account): void {
    for (const [name, cells] of Object.entries(account.cells)) {
      for (const { windowId, used } of cells) {
        const book = ward.books.at(principal, name, windowId);
        book.used += used;
        this.#auditor.touch(book);
        if (isRolling(name)) ward.rolling.begin(principal, name, used);
        if (unitOf(name) === 'concurrentCalls') continue;
        const all = this.#auditor.everywhere.at(principal, name, windowId);
        this.#auditor.expect(
          this.#auditor.everywhere.forgotten.has(principal) ||
            isRolling(name) ||
            used + all.excess >= all.used + all.held,
          'a moved account forgets nothing',
          () => JSON.stringify({ principal, name, windowId, used, all }),
        );
      }
    }
  }
}
