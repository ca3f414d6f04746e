// The auditor's totals per day and model, from the rows of the calls that ended in one object.

import type { Hold } from '../core/ledger/hold.ts';

type Total = { calls: number; nanoUsd: number; adjustmentsNanoUsd: number };

export class Bill {
  readonly #totals = new Map<string, Total>();

  at(day: string, label: string): Total {
    return this.#totals.get(`${day} ${label}`) ?? { calls: 0, nanoUsd: 0, adjustmentsNanoUsd: 0 };
  }

  /** How many days and models there are from this day on. */
  sizeSince(day: string): number {
    return [...this.#totals.keys()].filter((id) => id >= day).length;
  }

  #of({ reservedAtMs, label }: Hold): Total {
    const id = `${new Date(reservedAtMs).toISOString().slice(0, 10)} ${label ?? ''}`;
    const known = this.#totals.get(id);
    if (known !== undefined) return known;
    const total = { calls: 0, nanoUsd: 0, adjustmentsNanoUsd: 0 };
    this.#totals.set(id, total);
    return total;
  }

  /** The hold ends with this change of its row. */
  ended(before: Hold | null, after: Hold): void {
    if (before?.status !== 'held' || after.label === null) return;
    if (after.status !== 'settled' && after.status !== 'expired') return;
    const total = this.#of(after);
    total.calls += 1;
    total.nanoUsd += after.charged.nanoUsd ?? 0;
  }

  adjusted(hold: Hold, nanoUsd: number): void {
    if (hold.label !== null) this.#of(hold).adjustmentsNanoUsd += nanoUsd;
  }
}
