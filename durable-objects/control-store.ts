// Rows of `Control`: switches, the audit, the list of keys, and a few facts by name. It stores,
// counts and forgets; it decides nothing. Every table is bounded.

import { type AuditAsk, AUDIT_ROWS_MAX, type AuditRow } from '../core/control/audit.ts';
import { ALERTS_LISTED_MAX, type KeyEntry, type ListedAlert } from '../core/control/messages.ts';
import type { Switch } from '../core/control/switch.ts';
import type { Sql, SqlValue } from './world.ts';

/** Keys that can be listed. One more is refused: it would be a key that no list shows. */
export const KEYS_MAX = 10_000;

/** Never edit one that has shipped; add the next. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entry (
    kind  TEXT NOT NULL,
    name  TEXT NOT NULL,
    body  TEXT NOT NULL,
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS alert (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
`;

/** `fact`: what the object has to remember of itself. */
type Kind = 'switch' | 'key' | 'fact';

export class ControlStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  #bodies(query: string, ...bindings: SqlValue[]): string[] {
    return this.#sql
      .exec<{ body: string }>(query, ...bindings)
      .toArray()
      .map(({ body }) => body);
  }

  #get(kind: Kind, name: string): string | null {
    const bodies = this.#bodies('SELECT body FROM entry WHERE kind = ? AND name = ?', kind, name);
    return bodies[0] ?? null;
  }

  #put(kind: Kind, name: string, value: unknown): void {
    this.#sql.exec(
      `INSERT INTO entry (kind, name, body) VALUES (?, ?, ?)
       ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body`,
      kind,
      name,
      JSON.stringify(value),
    );
  }

  fact<Value>(name: string, otherwise: Value): Value {
    const body = this.#get('fact', name);
    return body === null ? otherwise : (JSON.parse(body) as Value);
  }

  putFact(name: string, value: unknown): void {
    this.#put('fact', name, value);
  }

  /** In the order of what they are on. */
  switches(): Switch[] {
    return this.#bodies(`SELECT body FROM entry WHERE kind = 'switch' ORDER BY name`).map(
      (body) => JSON.parse(body) as Switch,
    );
  }

  putSwitch(one: Switch): void {
    this.#put('switch', one.principal, one);
  }

  dropSwitch(principal: string): void {
    this.#sql.exec(`DELETE FROM entry WHERE kind = 'switch' AND name = ?`, principal);
  }

  key(id: string): KeyEntry | null {
    const body = this.#get('key', id);
    return body === null ? null : (JSON.parse(body) as KeyEntry);
  }

  /** False if there are too many; one that is there can always be changed. */
  putKey(entry: KeyEntry): boolean {
    if (this.#get('key', entry.id) === null) {
      const [rows] = this.#sql
        .exec<{ rows: number }>(`SELECT count(*) AS rows FROM entry WHERE kind = 'key'`)
        .toArray();
      if ((rows?.rows ?? 0) >= KEYS_MAX) return false;
    }
    this.#put('key', entry.id, entry);
    return true;
  }

  keys(limit: number, after: string): KeyEntry[] {
    return this.#bodies(
      `SELECT body FROM entry WHERE kind = 'key' AND name > ? ORDER BY name LIMIT ?`,
      after,
      limit,
    ).map((body) => JSON.parse(body) as KeyEntry);
  }

  /** The newest row is never dropped, so an id is never used twice. */
  addAudit(row: AuditAsk, atMs: number): void {
    this.#sql.exec('INSERT INTO audit (body) VALUES (?)', JSON.stringify({ ...row, atMs }));
    this.#sql.exec('DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?', AUDIT_ROWS_MAX);
  }

  addAlert(alert: ListedAlert): void {
    this.#sql.exec('INSERT INTO alert (body) VALUES (?)', JSON.stringify(alert));
    const oldest = 'DELETE FROM alert WHERE id <= (SELECT max(id) FROM alert) - ?';
    this.#sql.exec(oldest, ALERTS_LISTED_MAX);
  }

  alerts(limit: number): ListedAlert[] {
    return this.#bodies('SELECT body FROM alert ORDER BY id DESC LIMIT ?', limit).map(
      (body) => JSON.parse(body) as ListedAlert,
    );
  }

  audits(limit: number, before: number): AuditRow[] {
    return this.#sql
      .exec<{ id: number; body: string }>(
        'SELECT id, body FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?',
        before,
        limit,
      )
      .toArray()
      .map(({ id, body }) => ({ id, ...(JSON.parse(body) as Omit<AuditRow, 'id'>) }));
  }
}
