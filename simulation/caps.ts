// Nothing over a cap: what is put on hold, what a root grants, and what all objects together come
// to, each against the cap that is in force when it happens.

import type { Account } from '../core/ledger/account.ts';
import type { Auditor } from './auditor.ts';
import { type Book, type Entry, isRolling, unitOf } from './books.ts';
import type { Host } from './host.ts';
import { capOf } from './policy.ts';
import type { Town } from './town.ts';
import type { Ward } from './ward.ts';

export class Caps {
  readonly #town: Town;
  readonly #auditor: Auditor;
  readonly #overrides = new Map<string, Account['caps']>();

  constructor(town: Town, auditor: Auditor) {
    this.#town = town;
    this.#auditor = auditor;
  }

  at(ward: Ward, principal: string, name: string): number {
    return ward.caps.get(principal)?.[name] ?? capOf(this.#town.policy, principal, name);
  }

  /** Something was put on hold: it must have been there. */
  taken(host: Host, ward: Ward, entry: Entry): void {
    const { principal, name, windowId, root } = entry;
    const book = ward.books.at(principal, name, windowId);
    if (root) {
      this.#auditor.expect(
        book.used + book.held <= book.granted - book.returned,
        'a slice is never overspent',
        () => `${host.address} ${JSON.stringify(book)}`,
      );
    } else {
      this.#own(host, ward, book);
    }
    // A call in progress is not counted again where its account moves.
    if (!isRolling(name) && unitOf(name) !== 'concurrentCalls') this.#everywhere(host, entry);
  }

  #own(host: Host, ward: Ward, book: Book): void {
    const { principal, name, held, leased } = book;
    const cap = this.at(ward, principal, name);
    const cell = host.current?.ledger.account(principal).cells[name]?.[0];
    const used = isRolling(name) ? (cell?.used ?? 0) : book.used;
    this.#auditor.expect(
      used + held + leased <= cap,
      'nothing is admitted over a cap',
      () => `${host.address} cap ${String(cap)} ${JSON.stringify(book)}`,
    );
    if (used + held === cap) this.#town.states.saw('two holds race for the last cent');
  }

  #everywhere(host: Host, { principal, name, windowId }: Entry): void {
    const all = this.#auditor.everywhere.at(principal, name, windowId);
    const override = this.#overrides.get(principal)?.[name] ?? 0;
    all.capMax = Math.max(all.capMax, capOf(this.#town.policy, principal, name), override);
    this.#auditor.expect(
      all.used + all.held <= all.capMax + all.excess,
      'all objects together never pass a cap',
      () => `${host.address} ${JSON.stringify(all)}`,
    );
  }

  granted(host: Host, ward: Ward, book: Book): void {
    const cap = this.at(ward, book.principal, book.name);
    this.#auditor.expect(
      book.used + book.held + book.leased <= cap,
      'a root never grants over its cap',
      () => `${host.address} cap ${String(cap)} ${JSON.stringify(book)}`,
    );
  }

  /** An operator's caps, as the account's row has them. */
  set(ward: Ward, principal: string, caps: Account['caps']): void {
    ward.caps.set(principal, caps);
    if (Object.keys(caps).length === 0) return;
    this.#overrides.set(principal, caps);
    for (const book of this.#auditor.everywhere.all()) {
      if (book.principal !== principal) continue;
      book.capMax = Math.max(book.capMax, caps[book.name] ?? 0);
    }
  }
}
