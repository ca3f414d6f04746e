// An object as the root of a shared budget: it grants slices to the objects that spend it, durably
// before they hear of it, and calls back what lies idle when it has nothing left to grant.

import { type Cell, move, type Movement } from '../core/ledger/account.ts';
import {
  emptyLease,
  grant,
  hear,
  type Lease,
  leaseMovement,
  sliceSize,
  unspent,
} from '../core/ledger/escrow.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import type {
  DrawMessage,
  SliceGrant,
  SliceReport,
  SliceWant,
} from '../core/ledger/peer-messages.ts';
import { windowId } from '../core/ledger/window.ts';
import type { LedgerStore } from './ledger-store.ts';
import { remember, type Turn } from './slices.ts';
import type { LedgerWorld } from './world.ts';

/** Objects that may hold slices of one budget. */
export const LEASES_MAX = 2_048;
const RECALLED_AT_ONCE_MAX = 16;
const LEASE_WINDOWS_MAX = 2;
/** After a recall that brought too little, the next one waits this long. */
const DRY_MS = 250;

/** Counter name → newest windows first. */
type Leases = Record<string, Lease[]>;

const leaseIn = (leases: Leases, name: string, id: number): Lease =>
  leases[name]?.find((lease) => lease.windowId === id) ?? emptyLease(id);

const put = (leases: Leases, name: string, lease: Lease): void => {
  const others = (leases[name] ?? []).filter((other) => other.windowId !== lease.windowId);
  const newest = [lease, ...others]
    .sort((one, other) => other.windowId - one.windowId)
    .slice(0, LEASE_WINDOWS_MAX);
  Object.assign(leases, { [name]: newest });
};

export class Root {
  readonly #world: LedgerWorld;
  readonly #store: LedgerStore;
  readonly #turn: Turn;
  readonly #recalling = new Map<string, Promise<ReadonlyMap<string, number>>>();
  readonly #dryUntilMs = new Map<string, number>();

  constructor(world: LedgerWorld, store: LedgerStore, turn: Turn) {
    this.#world = world;
    this.#store = store;
    this.#turn = turn;
  }

  async draw(message: DrawMessage): Promise<readonly SliceGrant[]> {
    const first = this.#turn((nowMs) => this.#grantAll(message, nowMs));
    if (first.lacking.length === 0) return first.grants;
    const { principal, shard } = message;
    if (this.isDry(principal)) return first.grants;
    const names = first.lacking.map(({ name }) => name);
    await this.collect(principal, { giveBack: true, except: shard, names });
    const second = this.#turn((nowMs) =>
      this.#grantAll({ ...message, wants: first.lacking }, nowMs),
    );
    if (second.lacking.length > 0) {
      remember(this.#dryUntilMs, principal, this.#world.nowMs() + DRY_MS);
    }
    return [...first.grants.filter((one) => !second.grants.some(sameAs(one))), ...second.grants];
  }

  /** A recall a moment ago brought too little. */
  isDry(principal: string): boolean {
    return (this.#dryUntilMs.get(principal) ?? 0) > this.#world.nowMs();
  }

  /** This object itself is short of what it has granted to others. */
  async reclaim(principal: string): Promise<void> {
    if (this.isDry(principal)) return;
    await this.collect(principal, EVERYTHING);
    remember(this.#dryUntilMs, principal, this.#world.nowMs() + DRY_MS);
  }

  #leases(principal: string, shard: string): Leases {
    const body = this.#store.side.get('lease', principal, shard);
    return body === null ? {} : (JSON.parse(body) as Leases);
  }

  /** A report, if there is one, and a grant, if there is something to grant. */
  #grantAll(
    { principal, shard, layout, wants }: DrawMessage,
    nowMs: number,
  ): { grants: SliceGrant[]; lacking: SliceWant[] } {
    // A newer set of shards grants what is left.
    if (this.#store.account(principal).movedTo !== undefined) return { grants: [], lacking: [] };
    const leases = this.#leases(principal, shard);
    const grants: SliceGrant[] = [];
    const lacking: SliceWant[] = [];
    for (const want of wants) {
      const { name, limit, least, most } = want;
      // A window that is not here yet is not granted from: one clock of the two is wrong.
      if (want.windowId > windowId(limit.window, nowMs) + 1) continue;
      const lease = this.#hear(principal, leases, want);
      const cell = this.#cell(principal, name, want.windowId);
      if (cell === null) continue;
      const cap = this.#store.account(principal).caps[name] ?? limit.cap;
      const free = cap - cell.used - cell.held - (cell.leased ?? 0);
      const amount = sliceSize({ cap, free, shards: layout.count, least, most });
      const after = amount > 0 ? grant(lease, amount) : lease;
      if (amount > 0) {
        this.#move(principal, leaseMovement(name, lease, after));
        put(leases, name, after);
      } else if (least > 0) {
        lacking.push(want);
      }
      this.#store.alerting.look(principal, limit, want.windowId);
      grants.push({ name, windowId: want.windowId, granted: after.granted });
    }
    this.#store.side.put('lease', principal, shard, JSON.stringify(leases));
    return { grants, lacking };
  }

  /** The cell of a window that is still kept, or null. */
  #cell(principal: string, name: string, id: number): Cell | null {
    const cells = this.#store.account(principal).cells[name] ?? [];
    const found = cells.find((cell) => cell.windowId === id);
    if (found !== undefined) return found;
    const newest = cells[0]?.windowId ?? id;
    return id < newest ? null : { windowId: id, used: 0, held: 0 };
  }

  #move(principal: string, movement: Movement): void {
    this.#store.putAccount(
      principal,
      move(this.#store.account(principal), [movement], this.#world.nowMs()),
      true,
    );
  }

  #hear(principal: string, leases: Leases, report: SliceReport): Lease {
    const before = leaseIn(leases, report.name, report.windowId);
    const after = hear(before, report);
    if (after.used !== before.used || after.returned !== before.returned) {
      this.#move(principal, leaseMovement(report.name, before, after));
      put(leases, report.name, after);
    }
    return after;
  }

  /**
   * Asks the objects that spend this budget, a few at a time. Those that do not answer keep what
   * they have. One round of a kind at a time: whoever comes meanwhile waits for it. What calls have
   * on hold there comes back, by counter and window.
   */
  async collect(principal: string, round: Round): Promise<ReadonlyMap<string, number>> {
    const { giveBack, except, names } = round;
    if (giveBack && names === null) this.#dryUntilMs.delete(principal);
    const kind = JSON.stringify([principal, giveBack, except, names]);
    const running = this.#recalling.get(kind);
    if (running !== undefined) return running;
    const collecting = this.#collectOnce(principal, round);
    this.#recalling.set(kind, collecting);
    try {
      return await collecting;
    } finally {
      this.#recalling.delete(kind);
    }
  }

  async #collectOnce(principal: string, round: Round): Promise<ReadonlyMap<string, number>> {
    const held = new Map<string, number>();
    // Also those that were granted nothing: what they remember of it may be no longer true.
    const all = round.names === null;
    const holders = this.#store.side
      .of('lease', principal, LEASES_MAX)
      .map(({ name, body }) => ({ shard: name, open: openOf(JSON.parse(body) as Leases, round) }))
      .filter(({ shard, open }) => shard !== round.except && (all || open.length > 0));
    for (let at = 0; at < holders.length; at += RECALLED_AT_ONCE_MAX) {
      const some = holders.slice(at, at + RECALLED_AT_ONCE_MAX);
      await Promise.all(
        some.map(async ({ shard, open }) => {
          for (const one of await this.#ask(principal, shard, open, round.giveBack)) {
            const counter = heldName(one.name, one.windowId);
            held.set(counter, (held.get(counter) ?? 0) + one.held);
          }
        }),
      );
    }
    return held;
  }

  /** What one object says. Of one that says nothing, all that it was granted is on hold. */
  async #ask(
    principal: string,
    shard: LedgerAddress,
    granted: readonly SliceGrant[],
    giveBack: boolean,
  ): Promise<readonly Pick<SliceReport, 'name' | 'windowId' | 'held'>[]> {
    try {
      const reports = await this.#world.peer(shard).recall({ principal, granted, giveBack });
      this.#turn(() => {
        const leases = this.#leases(principal, shard);
        for (const report of reports) this.#hear(principal, leases, report);
        this.#store.side.put('lease', principal, shard, JSON.stringify(leases));
      });
      return reports;
    } catch (cause) {
      this.#world.report('slice-not-recalled', { principal, shard, cause: String(cause) });
      const leases = this.#leases(principal, shard);
      return granted.map(({ name, windowId: id }) => ({
        name,
        windowId: id,
        held: unspent(leaseIn(leases, name, id)),
      }));
    }
  }
}

/** Whom to ask for what. Without names everybody is asked about everything. */
export type Round = {
  readonly giveBack: boolean;
  readonly except: LedgerAddress | null;
  readonly names: readonly string[] | null;
};

export const LOOK: Round = { giveBack: false, except: null, names: null };
export const EVERYTHING: Round = { giveBack: true, except: null, names: null };

export const heldName = (name: string, id: number): string => `${name} ${String(id)}`;

/** Of names what is unspent; without them everything: an object may have used more than it had. */
const openOf = (leases: Leases, { names }: Round): SliceGrant[] =>
  Object.entries(leases).flatMap(([name, list]) =>
    list
      .filter((lease) => names === null || (names.includes(name) && unspent(lease) > 0))
      .map((lease) => ({ name, windowId: lease.windowId, granted: lease.granted })),
  );

const sameAs =
  (one: SliceGrant) =>
  (other: SliceGrant): boolean =>
    one.name === other.name && one.windowId === other.windowId;
