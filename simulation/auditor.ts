// Watches rows and messages and knows what must be true of them: everything used is somebody's
// charge, nothing is admitted over a cap, a hold ends once and in time, a proof is admitted once.
// It keeps its own books and shares no rule with the ledger.

import type { Account } from '../core/ledger/account.ts';
import type { Hold } from '../core/ledger/hold.ts';
import type { Batch, BatchReply } from '../core/ledger/messages.ts';
import type { HandedOver } from '../core/ledger/peer-messages.ts';
import { Adjustments } from './adjustments.ts';
import { Admissions } from './admissions.ts';
import { type Book, Books, entriesOf, type Entry, isRolling, unitOf } from './books.ts';
import { Caps } from './caps.ts';
import { compareMemory } from './compare.ts';
import type { RowChange } from './database.ts';
import { checkHold, overrunOf } from './hold-rules.ts';
import type { Host, Life } from './host.ts';
import { LeaseRows } from './leases.ts';
import type { Outcome } from './network.ts';
import { Sightings } from './sightings.ts';
import type { State } from './states.ts';
import type { Town } from './town.ts';
import { Broken } from './trace.ts';
import type { Truth } from './truth.ts';
import { Ward } from './ward.ts';

export type Heard = {
  readonly label: string;
  readonly message: unknown;
  readonly outcome: Outcome;
  /** When the message came, on the object's clock. */
  readonly cameAtMs: number;
};

const entryId = ({ principal, name, windowId }: Entry): string =>
  `${principal}|${name}|${String(windowId)}`;

/** An account as it was handed over, and the row it became. */
const sameUsed = (handed: Account, row: Account): boolean =>
  Object.entries(handed.cells).every(([name, cells]) =>
    cells.every(({ windowId, used }) =>
      row.cells[name]?.some((cell) => cell.windowId === windowId && cell.used === used),
    ),
  );

export class Auditor {
  readonly calls: Truth[] = [];
  readonly everywhere = new Books();
  readonly adjustments: Adjustments;
  readonly admissions: Admissions;
  readonly caps: Caps;
  readonly #town: Town;
  readonly #wards = new Map<string, Ward>();
  readonly #leases = new LeaseRows();
  readonly #sightings: Sightings;
  readonly #turned = new Set<string>();
  #touched = new Set<Book>();
  #grantedInEvent = -1;
  checks = 0;

  constructor(town: Town) {
    this.#town = town;
    this.#sightings = new Sightings(town);
    this.adjustments = new Adjustments(this);
    this.admissions = new Admissions(this);
    this.caps = new Caps(town, this);
  }

  ward(address: string): Ward {
    const known = this.#wards.get(address);
    if (known !== undefined) return known;
    const ward = new Ward();
    this.#wards.set(address, ward);
    return ward;
  }

  expect(holds: boolean, invariant: string, detail: () => string): void {
    this.checks += 1;
    if (!holds) throw new Broken(invariant, detail());
  }

  /** A turn's rows are durable. */
  committed(host: Host, life: Life, changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    this.expect(host.isCurrent(life), 'a stale twin writes nothing', () => host.address);
    const ward = this.ward(host.address);
    this.#touched = new Set();
    for (const change of changes) {
      if (change.table === 'hold') this.#hold(host, ward, change.key, change.body);
      else if (change.table === 'account') this.#account(host, ward, change.key, change.body);
      else if (change.kind === 'lease') this.#lease(host, ward, change);
      else if (change.kind === 'adjustment') this.adjustments.row(host, ward, change);
    }
    compareMemory(this, host, ward, this.#touched);
  }

  /** Books something of this object, and of all together. */
  move(ward: Ward, { principal, name, windowId, used, held }: Omit<Entry, 'root'>): void {
    for (const books of [ward.books, this.everywhere]) {
      const book = books.at(principal, name, windowId);
      book.used += used;
      book.held += held;
      if (books === ward.books) this.#touched.add(book);
    }
    if (isRolling(name)) ward.rolling.charge(principal, name, used);
  }

  touch(book: Book): void {
    this.#touched.add(book);
  }

  #hold(host: Host, ward: Ward, key: string, body: string | null): void {
    const before = ward.holds.get(key) ?? null;
    const after = body === null ? null : (JSON.parse(body) as Hold);
    checkHold(host.address, before, after);
    ward.keep(key, before, after);
    if (after === null) return;
    this.#sightings.hold(host, before, after);
    const heldBefore = new Map<string, number>();
    for (const entry of entriesOf(before)) {
      this.move(ward, { ...entry, used: -entry.used, held: -entry.held });
      heldBefore.set(entryId(entry), entry.held);
    }
    for (const entry of entriesOf(after)) {
      this.move(ward, entry);
      if (entry.held > (heldBefore.get(entryId(entry)) ?? 0)) this.caps.taken(host, ward, entry);
      const { principal, name, windowId } = entry;
      this.everywhere.at(principal, name, windowId).excess += overrunOf(after, unitOf(name));
    }
    if (before === null && after.status === 'held') this.admissions.taken(host, after);
  }

  #account(host: Host, ward: Ward, principal: string, body: string | null): void {
    if (body === null) {
      ward.books.forget(principal);
      this.everywhere.forgotten.add(principal);
      ward.caps.delete(principal);
      return;
    }
    const account = JSON.parse(body) as Account;
    this.#sightings.caps(ward, principal, account);
    this.caps.set(ward, principal, account.caps);
    const arrived = ward.arriving.get(principal)?.find((one) => sameUsed(one, account));
    if (arrived !== undefined) this.adjustments.arrive(ward, principal, arrived);
    ward.arriving.delete(principal);
    for (const [name, cells] of Object.entries(account.cells)) {
      for (const { windowId, granted = 0, returned = 0 } of cells) {
        const book = ward.books.at(principal, name, windowId);
        this.expect(
          granted >= book.granted && returned >= book.returned,
          'what was granted and given back only grows',
          () => `${host.address} ${JSON.stringify({ book, granted, returned })}`,
        );
        book.granted = granted;
        book.returned = returned;
        this.#touched.add(book);
      }
    }
  }

  #lease(host: Host, ward: Ward, row: RowChange & { table: 'side' }): void {
    const principal = row.subject;
    for (const change of this.#leases.update(host.address, row, this.ward(row.key).books)) {
      const book = ward.books.at(principal, change.name, change.windowId);
      book.used += change.used;
      book.leased += change.leased;
      this.#touched.add(book);
      if (!change.isGrant) continue;
      this.#grantedInEvent = this.#town.events;
      this.caps.granted(host, ward, book);
    }
  }

  /** A reply is about to leave. True if it grants slices. */
  answered(host: Host, life: Life, heard: Heard): boolean {
    const { label, message, outcome } = heard;
    if (!outcome.ok) return false;
    if (label === 'apply') {
      const reply = outcome.value as BatchReply;
      this.admissions.answered(host, life, message as Batch, reply);
      this.#sightings.batch(host, message as Batch, reply);
      const nowMs = Math.min(heard.cameAtMs, host.nowMs());
      if (host.isCurrent(life)) this.admissions.leasesEnded(host, nowMs);
    }
    this.#sightings.peer(this.ward(host.address), label, message);
    return label === 'draw' && this.#grantedInEvent === this.#town.events;
  }

  afterAlarm(host: Host): void {
    this.admissions.leasesEnded(host, host.nowMs());
  }

  /** A peer's reply arrives. */
  hears(host: Host, life: Life, label: string, outcome: Outcome): void {
    if (label !== 'handOver' || !outcome.ok || life.isDead) return;
    const ward = this.ward(host.address);
    for (const { principal, account } of outcome.value as readonly HandedOver[]) {
      const present = life.ledger.account(principal);
      if (present.clockMs === 0 && Object.keys(present.cells).length === 0) {
        ward.arriving.set(principal, [...(ward.arriving.get(principal) ?? []), account]);
      }
    }
  }

  /** After a restart memory is what the rows say. */
  recovered(host: Host): void {
    const ward = this.ward(host.address);
    compareMemory(this, host, ward, ward.books.all());
    const open = host.current?.ledger.openKeys() ?? [];
    this.expect(
      open.length === ward.open.size && open.every((key) => ward.open.has(key)),
      'after a restart the open holds are those of the rows',
      () => `${host.address} ${open.join(' ')} / ${[...ward.open.keys()].join(' ')}`,
    );
    for (const { accounts, reservedAtMs } of ward.holds.values()) {
      for (const { principal } of accounts) {
        const clockMs = host.current?.ledger.account(principal).clockMs ?? 0;
        this.expect(
          clockMs >= reservedAtMs || ward.books.forgotten.has(principal),
          'a restart does not turn an account back in time',
          () => `${host.address} ${principal} ${String(clockMs)} ${String(reservedAtMs)}`,
        );
      }
    }
    this.#sightings.recovered(ward);
  }

  saw(state: State): void {
    this.#town.states.saw(state);
  }

  clockStepped({ address }: Host): void {
    this.#turned.add(address);
  }

  clockWasTurned(address: string): boolean {
    return this.#turned.has(address);
  }

  /** What all objects together used of a shared budget, and what people moved at its root. */
  spentEverywhere(principal: string, name: string, windowId: number): number | null {
    if (this.everywhere.forgotten.has(principal)) return null;
    return this.everywhere.at(principal, name, windowId).used;
  }
}
