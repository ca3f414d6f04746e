// Rows of a ledger object, with a memory of what is in use. A hold's row is written in the turn
// that decides it, and it is the truth: an account is written now and then, and after a restart it
// learns from the rows of holds what it missed. So a call costs one row to reserve and one to
// settle, and a stale twin of the object, which cannot write, cannot admit anything. This file
// stores and forgets; it decides nothing.

import type { Account } from '../core/ledger/account.ts';
import { keyFloor } from '../core/ledger/call-key.ts';
import type { Hold } from '../core/ledger/hold.ts';
import { withCharge, withHeld } from '../core/ledger/recovery.ts';
import { AccountRows } from './account-rows.ts';
import { Alerting } from './alerting.ts';
import { Answers } from './answers.ts';
import { migrate } from './schema.ts';
import { KEPT_MS, SideTable } from './side-table.ts';
import { Impacts } from './impacts.ts';
import { Statements } from './statements.ts';
import { readHold, writeHold } from './stored-forms.ts';
import type { Sql } from './world.ts';

/** Holds written between two checkpoints: what a restart has to read again. */
export const CHECKPOINT_HOLDS = 64;
const PRUNED_ROWS_PER_STEP_MAX = 256;
const PRUNED_SIDE_ROWS_PER_STEP_MAX = 16;
/** New holds are named by about now; an older name is noted by itself. */
const CHECKPOINT_LOOKBACK_MS = 60_000;

const CHECKPOINT = 'checkpoint';

/** Every account is complete up to `turn`, save for holds from `from` on and these older ones. */
type Checkpoint = { readonly turn: number; readonly from: string; readonly older: string[] };

type HoldRow = { body: string; turn: number };

export class LedgerStore {
  readonly side: SideTable;
  readonly statements: Statements;
  readonly impacts: Impacts;
  readonly answers: Answers;
  readonly alerting = new Alerting(this);
  readonly #sql: Sql;
  readonly accounts: AccountRows;
  readonly #open = new Map<string, Hold>();
  #turn = 0;
  #wrote = false;
  #holdsSinceCheckpoint = 0;
  #checkpointDue = false;
  #checkpoint: Checkpoint;

  constructor(sql: Sql) {
    this.#sql = sql;
    migrate(sql);
    this.side = new SideTable(sql);
    this.accounts = new AccountRows(this.side);
    this.statements = new Statements(this.side);
    this.impacts = new Impacts(this.side);
    this.answers = new Answers(this.side);
    const stored = this.getMeta(CHECKPOINT);
    this.#checkpoint =
      stored === null
        ? { turn: 0, from: this.getMeta('open-from') ?? '', older: [] }
        : (JSON.parse(stored) as Checkpoint);
    this.#recover();
  }

  /** Reads the holds that accounts may not know of yet, in the order they happened. */
  #recover(): void {
    const { turn, from, older } = this.#checkpoint;
    const rows: HoldRow[] = this.#sql
      .exec<HoldRow>(
        `SELECT body, turn FROM hold WHERE key >= ? AND (status = 'held' OR turn > ?)`,
        from,
        turn,
      )
      .toArray();
    for (const key of older) {
      rows.push(...this.#sql.exec<HoldRow>('SELECT body, turn FROM hold WHERE key = ?', key));
    }
    rows.sort((a, b) => a.turn - b.turn);
    this.#turn = Math.max(turn, rows.at(-1)?.turn ?? 0);
    this.#holdsSinceCheckpoint = rows.length;
    for (const row of rows) this.#replay(readHold(row.body), row.turn);
  }

  #replay(hold: Hold, turn: number): void {
    if (hold.status === 'held') this.#open.set(hold.key, hold);
    else this.statements.replay(hold, turn);
    hold.accounts.forEach(({ principal }, index) => {
      const stored = this.accounts.load(principal);
      if (hold.status !== 'held' && turn <= stored.turn) return;
      const replayed = hold.status === 'held' ? withHeld : withCharge;
      this.accounts.put(principal, replayed(stored.account, hold, index), false);
    });
  }

  getMeta(name: string): string | null {
    return this.side.get('meta', name, '');
  }

  putMeta(name: string, value: string): void {
    this.side.put('meta', name, '', value);
  }

  account(principal: string): Account {
    return this.accounts.load(principal).account;
  }

  /** Known at once; written with this turn only if `urgent`. */
  putAccount(principal: string, account: Account, urgent = false): void {
    this.accounts.put(principal, account, urgent);
  }

  /** Ends a turn: what must be written now is written. */
  flush(nowMs: number): void {
    if (this.#wrote) this.#turn += 1;
    this.#wrote = false;
    this.accounts.flush(this.#turn);
    if (this.isCheckpointDue) this.#writeCheckpoint(nowMs);
  }

  get isCheckpointDue(): boolean {
    return this.#checkpointDue || this.#holdsSinceCheckpoint >= CHECKPOINT_HOLDS;
  }

  /**
   * At the end of this turn everything that changed is written, so that a restart need not read
   * older holds.
   */
  checkpoint(): void {
    this.#checkpointDue =
      this.#holdsSinceCheckpoint > 0 || this.accounts.isDirty || this.statements.isChanged;
  }

  #writeCheckpoint(nowMs: number): void {
    this.#checkpointDue = false;
    this.accounts.writeAll(this.#turn);
    this.statements.write(this.#turn);
    const from = keyFloor(nowMs - CHECKPOINT_LOOKBACK_MS);
    const older = [...this.#open.keys()].filter((key) => key < from);
    this.#putCheckpoint({ turn: this.#turn, from, older });
    this.#holdsSinceCheckpoint = 0;
  }

  #putCheckpoint(checkpoint: Checkpoint): void {
    this.putMeta(CHECKPOINT, JSON.stringify(checkpoint));
    this.#checkpoint = checkpoint;
  }

  openHolds(): ReadonlyMap<string, Hold> {
    return this.#open;
  }

  hold(key: string): Hold | null {
    const open = this.#open.get(key);
    if (open !== undefined) return open;
    const rows = this.#sql.exec<{ body: string }>('SELECT body FROM hold WHERE key = ?', key);
    for (const { body } of rows) return readHold(body);
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
      'INSERT INTO hold (key, status, body, turn) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
      hold.key,
      hold.status,
      writeHold(hold),
      this.#turn + 1,
    );
    if (rowsWritten === 0) return false;
    this.#track(hold);
    if (hold.key < this.#checkpoint.from) {
      const { older, ...rest } = this.#checkpoint;
      this.#putCheckpoint({ ...rest, older: [...older, hold.key] });
    }
    return true;
  }

  /** One row written. A null record leaves the one that is there. */
  updateHold(hold: Hold, record: string | null): void {
    this.#sql.exec(
      'UPDATE hold SET status = ?, body = ?, turn = ?, record = coalesce(?, record) WHERE key = ?',
      hold.status,
      writeHold(hold),
      this.#turn + 1,
      record,
      hold.key,
    );
    this.#track(hold);
  }

  /** The record of a call that is over. */
  putRecord(key: string, record: string): void {
    this.#sql.exec('UPDATE hold SET record = ? WHERE key = ?', record, key);
  }

  #track(hold: Hold): void {
    this.#wrote = true;
    this.#holdsSinceCheckpoint += 1;
    if (hold.status === 'held') this.#open.set(hold.key, hold);
    else this.#open.delete(hold.key);
  }

  /**
   * Deletes a few rows older than the retention, and accounts that went quiet. Bounded, whatever
   * has piled up.
   */
  prune(nowMs: number, retentionMs: number): void {
    this.#sql.exec(
      `DELETE FROM hold WHERE key IN
         (SELECT key FROM hold WHERE key < ? AND status <> 'held' AND turn <= ?
          ORDER BY key LIMIT ?)`,
      keyFloor(nowMs - retentionMs),
      this.#checkpoint.turn,
      PRUNED_ROWS_PER_STEP_MAX,
    );
    this.accounts.sweep(nowMs);
  }

  /** Deletes a few corrections of calls that are long gone, and totals of days long past. */
  pruneSide(nowMs: number): void {
    this.side.prune('adjustment', keyFloor(nowMs - KEPT_MS), PRUNED_SIDE_ROWS_PER_STEP_MAX);
    this.statements.prune(nowMs);
    this.impacts.prune(nowMs);
  }

  /** The oldest hold's key that is not open, or null: what is left to prune. */
  oldestKey(): string | null {
    const rows = this.#sql.exec<{ key: string }>('SELECT key FROM hold ORDER BY key LIMIT 1');
    for (const { key } of rows) return key;
    return null;
  }
}
