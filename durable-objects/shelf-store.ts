// Rows of a shelf of conversations: what was said in each, whose it is, and when it may go. It has
// three bounds, of one conversation, of one principal and of the shelf; whatever is over them goes,
// what would have gone next first.

import { keptTurns, type Turn } from '../core/app/history.ts';
import type { KeepMessage } from '../core/app/shelf.ts';
import type { Sql } from './world.ts';

/** Never edit one that has shipped; add the next. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS conversation (
    key          TEXT PRIMARY KEY,
    owner        TEXT NOT NULL,
    expiresAtMs  INTEGER NOT NULL,
    body         TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS conversation_owner ON conversation (owner, expiresAtMs);
  CREATE INDEX IF NOT EXISTS conversation_expiry ON conversation (expiresAtMs);
`;

type Storage = { readonly sql: Sql & { readonly databaseSize: number } };

export type ShelfBounds = {
  readonly conversationsOfOneMax: number;
  readonly bytesMax: number;
};

/** Of 10 GB that an object may have. */
export const SHELF_BOUNDS: ShelfBounds = {
  conversationsOfOneMax: 500,
  bytesMax: 1_073_741_824,
};

const EVICTED_AT_ONCE = 64;

export class ShelfStore {
  readonly #storage: Storage;
  readonly #bounds: ShelfBounds;

  constructor(storage: Storage, bounds: ShelfBounds = SHELF_BOUNDS) {
    this.#storage = storage;
    this.#bounds = bounds;
    storage.sql.exec(SCHEMA);
  }

  read(key: string, nowMs: number): readonly Turn[] | null {
    const rows = this.#storage.sql.exec<{ body: string }>(
      'SELECT body FROM conversation WHERE key = ? AND expiresAtMs > ?',
      key,
      nowMs,
    );
    for (const { body } of rows) return JSON.parse(body) as readonly Turn[];
    return null;
  }

  /** Behind what is there by now: of two calls at once, the one that ends last. */
  keep(message: KeepMessage, nowMs: number): void {
    const { key, owner, turn, keptMs } = message;
    const before = this.read(key, nowMs);
    if (before === null && !message.isNew) return;
    const turns = keptTurns([...(before ?? []), ...(turn === null ? [] : [turn])], message);
    this.#storage.sql.exec(
      `INSERT INTO conversation (key, owner, expiresAtMs, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET expiresAtMs = excluded.expiresAtMs, body = excluded.body`,
      key,
      owner,
      nowMs + keptMs,
      JSON.stringify(turns),
    );
    if (before === null) this.#thin(owner);
    this.#evict();
  }

  /** How many went. */
  forget(owner: string): number {
    return this.#storage.sql
      .exec('DELETE FROM conversation WHERE owner = ? RETURNING key', owner)
      .toArray().length;
  }

  /** Deletes what is over, so many at most; true if there were as many. */
  expire(nowMs: number, rowsMax: number): boolean {
    const gone = this.#drop('WHERE expiresAtMs <= ? ORDER BY expiresAtMs LIMIT ?', nowMs, rowsMax);
    return gone === rowsMax;
  }

  /** When the next one is over; null where there is none. */
  nextMs(): number | null {
    const rows = this.#storage.sql.exec<{ atMs: number }>(
      'SELECT expiresAtMs AS atMs FROM conversation ORDER BY expiresAtMs LIMIT 1',
    );
    for (const { atMs } of rows) return atMs;
    return null;
  }

  #drop(which: string, ...bindings: readonly (string | number)[]): number {
    const chosen = `SELECT key FROM conversation ${which}`;
    return this.#storage.sql
      .exec(`DELETE FROM conversation WHERE key IN (${chosen}) RETURNING key`, ...bindings)
      .toArray().length;
  }

  #thin(owner: string): void {
    const which = 'WHERE owner = ? ORDER BY expiresAtMs DESC LIMIT -1 OFFSET ?';
    this.#drop(which, owner, this.#bounds.conversationsOfOneMax);
  }

  #evict(): void {
    const { sql } = this.#storage;
    while (sql.databaseSize > this.#bounds.bytesMax) {
      if (this.#drop('ORDER BY expiresAtMs LIMIT ?', EVICTED_AT_ONCE) === 0) return;
    }
  }
}
