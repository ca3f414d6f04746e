// The auditor's own books: per counter and window what holds and corrections come to. Kept from
// rows alone, for ever, and for every object and for all objects together, so that a window that a
// ledger has forgotten is still known here.

import type { Hold } from '../core/ledger/hold.ts';

export type Entry = {
  readonly principal: string;
  readonly name: string;
  readonly windowId: number;
  readonly used: number;
  readonly held: number;
  readonly root: boolean;
};

export type Book = {
  readonly principal: string;
  readonly name: string;
  readonly windowId: number;
  used: number;
  held: number;
  /** Of a slice: as the account's row says. */
  granted: number;
  returned: number;
  /** At a root: what its rows of leases come to. */
  leased: number;
  /** What may be used beyond the cap: overruns, and what an operator gave back. */
  excess: number;
  /** The highest cap that was ever in force. */
  capMax: number;
};

export class Books {
  readonly #books = new Map<string, Book>();
  /** What these held is not known here any more. */
  readonly forgotten = new Set<string>();

  at(principal: string, name: string, windowId: number): Book {
    const id = `${principal}|${name}|${String(windowId)}`;
    const known = this.#books.get(id);
    if (known !== undefined) return known;
    const book = {
      principal,
      name,
      windowId,
      used: 0,
      held: 0,
      granted: 0,
      returned: 0,
      leased: 0,
      excess: 0,
      capMax: 0,
    };
    this.#books.set(id, book);
    return book;
  }

  all(): Iterable<Book> {
    return this.#books.values();
  }

  /** An account that was left alone for very long. */
  forget(principal: string): void {
    this.forgotten.add(principal);
    for (const [id, book] of this.#books) if (book.principal === principal) this.#books.delete(id);
  }
}

export const unitOf = (name: string): string => name.slice(0, name.indexOf('-'));
export const isRolling = (name: string): boolean => name.includes('-rolling-');

/** So much of each unit over the windows of one hold: oldest first, the newest takes the rest. */
export function spread(hold: Hold, amounts: Readonly<Record<string, number>>): Entry[] {
  const entries: Entry[] = [];
  for (const { principal, taken, root } of hold.accounts) {
    for (const name of new Set(taken.map((one) => one.name))) {
      const mine = taken.filter((one) => one.name === name);
      let rest = amounts[unitOf(name)] ?? 0;
      mine.forEach(({ windowId, amount }, index) => {
        const used = index === mine.length - 1 ? rest : Math.min(rest, amount);
        rest -= used;
        entries.push({ principal, name, windowId, used, held: 0, root: root !== undefined });
      });
    }
  }
  return entries;
}

/** What a hold's row says it uses or holds. */
export function entriesOf(hold: Hold | null): Entry[] {
  if (hold === null || hold.status === 'released' || hold.status === 'refused') return [];
  if (hold.status !== 'held') return spread(hold, hold.charged);
  return hold.accounts.flatMap(({ principal, taken, root }) =>
    taken.map(({ name, windowId, amount }) => ({
      principal,
      name,
      windowId,
      used: 0,
      held: amount,
      root: root !== undefined,
    })),
  );
}
