// Accounts in rows, with a memory of those in use. An account may be newer in memory than in its
// row; what it is ahead by is in the rows of holds. This file keeps and forgets; it decides
// nothing.

import { type Account, EMPTY_ACCOUNT } from '../core/ledger/account.ts';
import { readAccount, type StoredAccount, writeAccount } from './stored-forms.ts';
import type { SideTable } from './side-table.ts';

export const ACCOUNTS_CACHED_MAX = 4_096;
const EVICTIONS_TRIED_MAX = 64;
/** With every checkpoint, of 64 holds: more than those can have begun, or a busy shard fills up. */
const SWEPT_PER_STEP_MAX = 256;
const DAY_MS = 86_400_000;
/** An account that nothing moved for this long has no open window left. */
const IDLE_MS = 63 * DAY_MS;
const RUN_IDLE_MS = 2 * DAY_MS;
/** Of which there are many, and none of which anybody can name after this long. */
const SHORT_LIVED = ['run:', 'loop:', 'pass:'] as const;

const isIdle = (account: Account): boolean =>
  Object.values(account.cells).every((cells) => cells.every((cell) => cell.held === 0));

/** What an operator set, and what counts for a lifetime, is never forgotten; a run's caps are. */
const isForEver = ({ caps, cells }: Account): boolean =>
  Object.keys(caps).length > 0 || Object.keys(cells).some((name) => name.includes('-lifetime'));

/** Of one day: the purse of those who came together is forgotten when all of them stay away. */
const isCohort = (principal: string): boolean => principal.startsWith('cohort:');

/** A new rate of a rolling window cannot be told from the rows of holds. */
const isRateChanged = (before: Account, after: Account): boolean =>
  Object.entries(after.cells).some(([name, cells]) => {
    const rate = cells[0]?.leak?.cap;
    const earlier = before.cells[name]?.[0]?.leak?.cap;
    return rate !== undefined && earlier !== undefined && rate !== earlier;
  });

export class AccountRows {
  readonly #side: SideTable;
  readonly #known = new Map<string, StoredAccount>();
  readonly #dirty = new Set<string>();
  readonly #urgent = new Set<string>();
  #sweptTo = '';

  constructor(side: SideTable) {
    this.#side = side;
  }

  /** The account, and the turn up to which its row knows of holds. */
  load(principal: string): StoredAccount {
    const known = this.#known.get(principal);
    if (known !== undefined) return known;
    const body = this.#side.get('account', principal, '');
    if (body === null) return { account: EMPTY_ACCOUNT, turn: 0 };
    const stored = readAccount(body);
    this.#known.set(principal, stored);
    return stored;
  }

  has(principal: string): boolean {
    return this.load(principal).account !== EMPTY_ACCOUNT;
  }

  /**
   * Known at once. Written with the next checkpoint, or with this turn if `urgent`: whatever is not
   * the doing of a hold must be.
   */
  put(principal: string, account: Account, urgent: boolean): void {
    const { account: before, turn } = this.load(principal);
    this.#known.delete(principal);
    this.#known.set(principal, { account, turn });
    this.#dirty.add(principal);
    if (urgent || isRateChanged(before, account)) this.#urgent.add(principal);
  }

  #write(principal: string, turn: number): void {
    const { account } = this.load(principal);
    this.#side.put('account', principal, '', writeAccount(account, turn));
    this.#known.set(principal, { account, turn });
    this.#dirty.delete(principal);
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Ends a turn: writes what is urgent, forgets what is idle and oldest in use. */
  flush(turn: number): void {
    for (const principal of this.#urgent) this.#write(principal, turn);
    this.#urgent.clear();
    let tried = 0;
    for (const [principal, { account }] of this.#known) {
      if (this.#known.size <= ACCOUNTS_CACHED_MAX || tried >= EVICTIONS_TRIED_MAX) return;
      tried += 1;
      if (!isIdle(account)) continue;
      if (this.#dirty.has(principal)) this.#write(principal, turn);
      this.#known.delete(principal);
    }
  }

  /** Writes every account that changed. */
  writeAll(turn: number): void {
    for (const principal of this.#dirty) this.#write(principal, turn);
  }

  /** Looks at the next few accounts in name order and forgets those that went quiet. */
  sweep(nowMs: number): void {
    const rows = this.#side.after('account', this.#sweptTo, SWEPT_PER_STEP_MAX);
    this.#sweptTo = rows.length < SWEPT_PER_STEP_MAX ? '' : (rows.at(-1)?.subject ?? '');
    for (const { subject: principal, body } of rows) {
      const { account } = readAccount(body);
      const isShort = SHORT_LIVED.some((prefix) => principal.startsWith(prefix));
      const idleMs = isShort ? RUN_IDLE_MS : IDLE_MS;
      if (account.clockMs + idleMs >= nowMs) continue;
      const isKept = isForEver(account) && !isShort && !isCohort(principal);
      if (this.#dirty.has(principal) || isKept) continue;
      this.#side.remove('account', principal);
      this.#side.remove('lease', principal);
      this.#known.delete(principal);
    }
  }
}
