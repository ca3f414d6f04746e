// Counters of the naive ledger: a map in memory, and a way to put back what was there before.

import type { Account, Cell } from '../../core/ledger/account.ts';
import type { Hold } from '../../core/ledger/hold.ts';

type Cells = Map<string, Cell>;

export class NaiveCounters {
  readonly #byPrincipal = new Map<string, Cells>();

  cells(principal: string): Cells {
    const known = this.#byPrincipal.get(principal) ?? new Map<string, Cell>();
    this.#byPrincipal.set(principal, known);
    return known;
  }

  count({ status, accounts, charged }: Hold, sign: number): void {
    for (const { principal, taken } of accounts) {
      const cells = this.cells(principal);
      for (const { name, windowId: id, amount } of taken) {
        const cell = cells.get(`${name} ${String(id)}`) ?? { windowId: id, used: 0, held: 0 };
        const unit = name.slice(0, name.indexOf('-')) as keyof typeof charged;
        const used = status === 'held' || status === 'released' ? 0 : (charged[unit] ?? 0);
        const held = status === 'held' ? amount : 0;
        cells.set(`${name} ${String(id)}`, {
          windowId: id,
          used: cell.used + sign * used,
          held: cell.held + sign * held,
        });
      }
    }
  }

  account(principal: string): Account {
    const cells: Record<string, Cell[]> = {};
    for (const [id, cell] of this.cells(principal)) {
      const name = id.slice(0, id.indexOf(' '));
      cells[name] = [...(cells[name] ?? []), cell];
    }
    return { clockMs: Number.MAX_SAFE_INTEGER, caps: {}, cells };
  }

  /** Gets everything; what is returned puts it back, and with it what others changed meanwhile. */
  got(): () => void {
    const got = [...this.#byPrincipal].map(([name, cells]) => [name, new Map(cells)] as const);
    return () => {
      for (const [name, cells] of got) this.#byPrincipal.set(name, cells);
    };
  }
}
