// An object as one that spends a shared budget: it draws slices from the budget's root when it runs
// short, a little before it does, and gives back what it does not use when the root asks. It spends
// only what its own rows say it was granted.

import {
  type Account,
  type Cell,
  cellAt,
  counterName,
  type Limit,
  move,
  type Movement,
  quotaOf,
} from '../core/ledger/account.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import type { Place } from '../core/ledger/messages.ts';
import type {
  RecallMessage,
  SliceGrant,
  SliceReport,
  SliceWant,
} from '../core/ledger/peer-messages.ts';
import { type Amounts, unitsOf } from '../core/ledger/unit.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { LedgerWorld } from './world.ts';

/** A root that had nothing is not asked again for this long. */
const DRY_MS = 1_000;
/** Below this share of the last slice the next one is fetched ahead. */
const LOW_WATER_PERCENT = 25;
const WANTS_MAX = 32;
/** Counters remembered as dry, or with the size of their last slice. Forgetting costs a message. */
const REMEMBERED_MAX = 4_096;

export type SharedBudget = {
  readonly principal: string;
  readonly limits: readonly Limit[];
  /** Where it is kept; this may be the very object that is short of it. */
  readonly root: LedgerAddress;
};

/** The smallest that is wanted at once, and all that is wanted, whatever is here already. */
type Want = { readonly limit: Limit; readonly least: number; readonly most: number };

type Waiting = {
  root: LedgerAddress;
  wants: Map<string, Want>;
};

/** Runs a synchronous turn in which rows may be written. */
export type Turn = <Value>(work: (nowMs: number) => Value) => Value;

export class Slices {
  readonly #world: LedgerWorld;
  readonly #store: LedgerStore;
  readonly #turn: Turn;
  readonly #waiting = new Map<string, Waiting>();
  readonly #drawing = new Map<string, Promise<void>>();
  /** By budget and counter: when it is worth asking its root again. */
  readonly #dryUntilMs = new Map<string, Map<string, number>>();
  readonly #lastSlice = new Map<string, number>();

  constructor(world: LedgerWorld, store: LedgerStore, turn: Turn) {
    this.#world = world;
    this.#store = store;
    this.#turn = turn;
  }

  /**
   * What is missing for these amounts is wanted with the next draw. False where nothing can be
   * hoped for: every counter that is short was dry a moment ago.
   */
  want(budget: SharedBudget, amounts: Amounts, least: Amounts, nowMs: number): boolean {
    const account = this.#store.account(budget.principal);
    let hopeful = false;
    for (const limit of budget.limits) {
      const amount = amounts[limit.unit] ?? 0;
      if (amount <= this.#left(account, limit, nowMs)) continue;
      const name = counterName(limit);
      if (this.#isDry(budget.principal, name, nowMs)) continue;
      this.#note(budget, limit, Math.min(amount, least[limit.unit] ?? amount), amount);
      hopeful = true;
    }
    return hopeful;
  }

  #isDry(principal: string, name: string, nowMs: number): boolean {
    return (this.#dryUntilMs.get(principal)?.get(name) ?? 0) > nowMs;
  }

  #noteDry(principal: string, name: string, nowMs: number): void {
    if (this.#dryUntilMs.size >= REMEMBERED_MAX) this.#dryUntilMs.clear();
    const counters = this.#dryUntilMs.get(principal) ?? new Map<string, number>();
    counters.set(name, nowMs + DRY_MS);
    this.#dryUntilMs.set(principal, counters);
  }

  #left(account: Account, limit: Limit, nowMs: number): number {
    const cell = cellAt(account, limit, nowMs);
    return quotaOf(cell) - cell.used - cell.held;
  }

  /** What is missing is said when it is asked for: another draw may bring part of it first. */
  #note({ principal, root }: SharedBudget, limit: Limit, least: number, most: number): void {
    const waiting = this.#waiting.get(principal) ?? { root, wants: new Map<string, Want>() };
    this.#waiting.set(principal, waiting);
    const name = counterName(limit);
    const before = waiting.wants.get(name);
    if (before === undefined && waiting.wants.size >= WANTS_MAX) return;
    waiting.wants.set(name, {
      limit,
      // A stock alone asks for nothing in particular.
      least: leastOf(least, before?.least ?? 0),
      most: Math.min(Number.MAX_SAFE_INTEGER, most + (before?.most ?? 0)),
    });
  }

  /** Fetches the next slice ahead of need, in nobody's time. */
  restock(budget: SharedBudget, amounts: Amounts, place: Place, nowMs: number): void {
    if (this.#drawing.has(budget.principal)) return;
    const account = this.#store.account(budget.principal);
    for (const unit of unitsOf(amounts)) {
      for (const limit of budget.limits) {
        if (limit.unit !== unit) continue;
        const key = `${budget.principal} ${counterName(limit)}`;
        const slice = this.#lastSlice.get(key) ?? 0;
        const low = (slice * LOW_WATER_PERCENT) / 100;
        if (this.#left(account, limit, nowMs) >= low) continue;
        if (this.#isDry(budget.principal, stockOf(counterName(limit)), nowMs)) continue;
        this.#note(budget, limit, 0, 0);
      }
    }
    if (!this.#waiting.has(budget.principal)) return;
    this.draw(budget.principal, place).catch((cause: unknown) => {
      this.#world.report('slice-not-drawn', { principal: budget.principal, cause: String(cause) });
    });
  }

  /** Resolves when the next draw of this budget is over; one at a time, for all who wait. */
  async draw(principal: string, place: Place): Promise<void> {
    const drawing = this.#drawing.get(principal);
    if (drawing !== undefined) {
      await drawing;
      if (!this.#waiting.has(principal)) return;
      if (this.#drawing.has(principal)) return this.draw(principal, place);
    }
    const next = this.#drawOnce(principal, place);
    this.#drawing.set(principal, next);
    try {
      await next;
    } finally {
      if (this.#drawing.get(principal) === next) this.#drawing.delete(principal);
    }
  }

  async #drawOnce(principal: string, { self: shard, layout }: Place): Promise<void> {
    const waiting = this.#waiting.get(principal);
    if (waiting === undefined) return;
    this.#waiting.delete(principal);
    const account = this.#store.account(principal);
    const nowMs = this.#world.nowMs();
    const wants = [...waiting.wants.values()].map(({ limit, least, most }): SliceWant => {
      const cell = cellAt(account, limit, nowMs);
      const report = reportOf(counterName(limit), cell);
      const left = this.#left(account, limit, nowMs);
      const missing =
        least === 0
          ? { least: 0, most: 0 }
          : { least: Math.max(1, least - left), most: Math.max(1, most - left) };
      return { ...report, limit, ...missing };
    });
    const { root } = waiting;
    const message = { self: root, layout, principal, shard, wants };
    const grants = await this.#world.peer(root).draw(message);
    this.#turn((laterMs) => {
      for (const { name, windowId, least } of wants) {
        const grown = this.#adopt(principal, grants, name, windowId);
        if (grown > 0) remember(this.#lastSlice, `${principal} ${name}`, grown);
        else this.#noteDry(principal, least === 0 ? stockOf(name) : name, laterMs);
      }
    });
  }

  /** Takes note of all that was granted so far; how much of it is new. */
  #adopt(principal: string, grants: readonly SliceGrant[], name: string, windowId: number): number {
    const grant = grants.find((one) => one.name === name && one.windowId === windowId);
    if (grant === undefined) return 0;
    const account = this.#store.account(principal);
    const cell = account.cells[name]?.find((one) => one.windowId === windowId);
    const grown = grant.granted - (cell?.granted ?? 0);
    if (grown <= 0) return 0;
    const movement = { name, windowId, used: 0, held: 0, granted: grown };
    this.#store.putAccount(principal, move(account, [movement], 0), true);
    return grown;
  }

  /** The root asks: how do things stand, and what can it have back? */
  recall({ principal, granted, giveBack }: RecallMessage): readonly SliceReport[] {
    return this.#turn((nowMs) => {
      for (const { name, windowId } of granted) this.#adopt(principal, granted, name, windowId);
      // Whoever asks may have changed what there is.
      this.#dryUntilMs.delete(principal);
      let account = this.#store.account(principal);
      if (giveBack) {
        const movements = granted.flatMap(({ name, windowId }): Movement[] => {
          const cell = account.cells[name]?.find((one) => one.windowId === windowId);
          const idle = cell === undefined ? 0 : quotaOf(cell) - cell.used - cell.held;
          return idle > 0 ? [{ name, windowId, used: 0, held: 0, returned: idle }] : [];
        });
        account = move(account, movements, nowMs);
        // Written in this turn: what the root hears of must never be spent here again.
        if (movements.length > 0) this.#store.putAccount(principal, account, true);
      }
      return granted.flatMap(({ name, windowId }) => {
        const cell = account.cells[name]?.find((one) => one.windowId === windowId);
        return cell === undefined ? [] : [reportOf(name, cell)];
      });
    });
  }
}

/** The smaller of two wants; 0 wants nothing in particular. */
const leastOf = (one: number, other: number): number =>
  one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);

/** A stock that could not be had says nothing of what a call could. */
const stockOf = (name: string): string => `${name} stock`;

export function remember(known: Map<string, number>, name: string, value: number): void {
  if (known.size >= REMEMBERED_MAX) known.clear();
  known.set(name, value);
}

const reportOf = (name: string, cell: Cell): SliceReport => ({
  name,
  windowId: cell.windowId,
  used: cell.used,
  returned: cell.returned ?? 0,
  held: cell.held,
});
