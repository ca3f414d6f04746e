// Rows of a ledger object, with a write-through memory of what is open. Reading may come from
// memory; whatever is decided is written in the same synchronous turn, so a stale twin of the
// object cannot admit anything. This file stores and forgets; it decides nothing.

import { type Account, EMPTY_ACCOUNT } from '../core/ledger/account.ts';
import { keyFloor } from '../core/ledger/call-key.ts';
import type { Hold } from '../core/ledger/hold.ts';
import { migrate } from './schema.ts';

export const ACCOUNTS_CACHED_MAX = 4_096;
const PRUNED_ROWS_PER_STEP_MAX = 64;
const SWEPT_ACCOUNTS_PER_STEP_MAX = 64;
/** An account that nothing moved for this long has no open window left. */
const ACCOUNT_IDLE_MS = 63 * 86_400_000;

const OPEN_FROM = 'open-from';

export class LedgerStore {
  readonly #sql: SqlStorage;
  readonly #accounts = new Map<string, Account>();
  readonly #open = new Map<string, Hold>();
  readonly #dirty = new Set<string>();
  #sweptTo = '';
  #openFrom: string;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    migrate(sql);
    this.#openFrom = this.getMeta(OPEN_FROM) ?? '';
    const rows = sql.exec<{ body: string }>(
      `SELECT body FROM hold WHERE key >= ? AND status = 'held'`,
      this.#openFrom,
    );
    for (const { body } of rows) {
      const hold = JSON.parse(body) as Hold;
      this.#open.set(hold.key, hold);
    }
  }

  getMeta(name: string): string | null {
    const rows = this.#sql.exec<{ value: string }>('SELECT value FROM meta WHERE name = ?', name);
    for (const { value } of rows) return value;
    return null;
  }

  putMeta(name: string, value: string): void {
    this.#sql.exec(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }

  account(principal: string): Account {
    const cached = this.#accounts.get(principal);
    if (cached !== undefined) return cached;
    const rows = this.#sql.exec<{ body: string }>(
      'SELECT body FROM account WHERE principal = ?',
      principal,
    );
    for (const { body } of rows) {
      const account = JSON.parse(body) as Account;
      this.#remember(principal, account);
      return account;
    }
    return EMPTY_ACCOUNT;
  }

  /** Known at once, written by `flush`. */
  putAccount(principal: string, account: Account): void {
    this.#remember(principal, account);
    this.#dirty.add(principal);
  }

  /** Writes every account that this turn changed, one row each. Nothing is changed without it. */
  flush(): void {
    for (const principal of this.#dirty) {
      this.#sql.exec(
        'INSERT INTO account (principal, body) VALUES (?, ?) ON CONFLICT (principal) DO UPDATE SET body = excluded.body',
        principal,
        JSON.stringify(this.account(principal)),
      );
    }
    this.#dirty.clear();
  }

  #remember(principal: string, account: Account): void {
    this.#accounts.delete(principal);
    this.#accounts.set(principal, account);
    if (this.#accounts.size <= ACCOUNTS_CACHED_MAX) return;
    for (const oldest of this.#accounts.keys()) {
      if (this.#dirty.has(oldest)) continue;
      this.#accounts.delete(oldest);
      return;
    }
  }

  openHolds(): ReadonlyMap<string, Hold> {
    return this.#open;
  }

  hold(key: string): Hold | null {
    const open = this.#open.get(key);
    if (open !== undefined) return open;
    const rows = this.#sql.exec<{ body: string }>('SELECT body FROM hold WHERE key = ?', key);
    for (const { body } of rows) return JSON.parse(body) as Hold;
    return null;
  }

  record(key: string): string | null {
    const rows = this.#sql.exec<{ record: string | null }>(
      'SELECT record FROM hold WHERE key = ?',
      key,
    );
    for (const { record } of rows) return record;
    return null;
  }

  /** One row written; false if there is a row with this key already, and then nothing is. */
  insertHold(hold: Hold): boolean {
    const { rowsWritten } = this.#sql.exec(
      'INSERT INTO hold (key, status, body) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING',
      hold.key,
      hold.status,
      JSON.stringify(hold),
    );
    if (rowsWritten > 0) this.#track(hold);
    return rowsWritten > 0;
  }

  /** One row written. A null record leaves the one that is there. */
  updateHold(hold: Hold, record: string | null): void {
    this.#sql.exec(
      'UPDATE hold SET status = ?, body = ?, record = coalesce(?, record) WHERE key = ?',
      hold.status,
      JSON.stringify(hold),
      record,
      hold.key,
    );
    this.#track(hold);
  }

  #track(hold: Hold): void {
    if (hold.status === 'held') this.#open.set(hold.key, hold);
    else this.#open.delete(hold.key);
    // A call named minutes before it reserves: the next start must still find it.
    if (hold.status === 'held' && hold.key < this.#openFrom) this.#openFromKey(hold.key);
  }

  /** Deletes a few rows older than the retention. Bounded, whatever has piled up. */
  prune(nowMs: number, retentionMs: number): void {
    this.#sql.exec(
      `DELETE FROM hold WHERE key IN
         (SELECT key FROM hold WHERE key < ? AND status <> 'held' ORDER BY key LIMIT ?)`,
      keyFloor(nowMs - retentionMs),
      PRUNED_ROWS_PER_STEP_MAX,
    );
  }

  /** Looks at the next few accounts in name order and forgets those that went quiet. */
  sweepAccounts(nowMs: number): void {
    const rows = this.#sql
      .exec<{
        principal: string;
        body: string;
      }>(
        'SELECT principal, body FROM account WHERE principal > ? ORDER BY principal LIMIT ?',
        this.#sweptTo,
        SWEPT_ACCOUNTS_PER_STEP_MAX,
      )
      .toArray();
    this.#sweptTo = rows.length < SWEPT_ACCOUNTS_PER_STEP_MAX ? '' : (rows.at(-1)?.principal ?? '');
    for (const { principal, body } of rows) {
      const account = JSON.parse(body) as Account;
      const idle = account.clockMs + ACCOUNT_IDLE_MS < nowMs;
      if (!idle || Object.keys(account.caps).length > 0) continue;
      this.#sql.exec('DELETE FROM account WHERE principal = ?', principal);
      this.#accounts.delete(principal);
    }
  }

  /** Remembers the oldest open key, so that the next start reads only from there. */
  markOpenFrom(nowMs: number): void {
    let oldest = keyFloor(nowMs);
    for (const key of this.#open.keys()) if (key < oldest) oldest = key;
    if (oldest !== this.#openFrom) this.#openFromKey(oldest);
  }

  #openFromKey(key: string): void {
    this.putMeta(OPEN_FROM, key);
    this.#openFrom = key;
  }
}
