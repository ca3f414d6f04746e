// One object's storage: a real SQL database in memory. The writes of one turn are one transaction,
// which the host commits or rolls back. Triggers tell which rows a turn changed, so that the
// auditor sees rows and needs to know none of the statements that wrote them.

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqlRow, SqlRows, SqlValue } from '../durable-objects/world.ts';

export type RowChange =
  | { readonly table: 'hold'; readonly key: string; readonly body: string | null }
  | { readonly table: 'account'; readonly key: string; readonly body: string | null }
  | {
      readonly table: 'side';
      readonly key: string;
      readonly kind: string;
      readonly subject: string;
      readonly body: string;
    };

type Prepared = { readonly statement: StatementSync; readonly isRead: boolean };

class Cursor<Row> implements Iterable<Row> {
  readonly rowsWritten: number;
  readonly #rows: Row[];

  constructor(rows: Row[], rowsWritten: number) {
    this.#rows = rows;
    this.rowsWritten = rowsWritten;
  }

  toArray(): Row[] {
    return this.#rows;
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }
}

const TRIGGERS = `
  CREATE TEMP TRIGGER hold_insert AFTER INSERT ON hold
    BEGIN SELECT noticed_hold(NEW.key, NEW.body); END;
  CREATE TEMP TRIGGER hold_update AFTER UPDATE OF body ON hold
    BEGIN SELECT noticed_hold(NEW.key, NEW.body); END;
  CREATE TEMP TRIGGER hold_delete AFTER DELETE ON hold
    BEGIN SELECT noticed_hold(OLD.key, NULL); END;
  CREATE TEMP TRIGGER side_insert AFTER INSERT ON side
    BEGIN SELECT noticed_side(NEW.kind, NEW.subject, NEW.name, NEW.body); END;
  CREATE TEMP TRIGGER side_update AFTER UPDATE ON side
    BEGIN SELECT noticed_side(NEW.kind, NEW.subject, NEW.name, NEW.body); END;
  CREATE TEMP TRIGGER side_delete AFTER DELETE ON side
    BEGIN SELECT noticed_side(OLD.kind, OLD.subject, OLD.name, NULL); END;
`;

export class Database {
  readonly #connection = new DatabaseSync(':memory:');
  readonly #prepared = new Map<string, Prepared>();
  #isOpen = false;
  #isWatched = false;
  #changes: RowChange[] = [];

  /** `isStale`: whoever writes has been replaced, and storage says so. */
  exec<Row extends SqlRow>(
    query: string,
    bindings: readonly SqlValue[],
    isStale: boolean,
  ): SqlRows<Row> {
    if (/;\s*\S/.test(query)) {
      this.#begin();
      this.#connection.exec(query);
      return new Cursor<Row>([], 0);
    }
    const { statement, isRead } = this.#prepare(query);
    if (isRead) return new Cursor(statement.all(...(bindings as SQLInputValue[])) as Row[], 0);
    if (isStale) throw new Error('storage belongs to a newer incarnation');
    this.#begin();
    const { changes } = statement.run(...(bindings as SQLInputValue[]));
    return new Cursor<Row>([], Number(changes));
  }

  #prepare(query: string): Prepared {
    const known = this.#prepared.get(query);
    if (known !== undefined) return known;
    const prepared = {
      statement: this.#connection.prepare(query),
      isRead: query.trimStart().startsWith('SELECT'),
    };
    this.#prepared.set(query, prepared);
    return prepared;
  }

  #begin(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#prepare('BEGIN').statement.run();
  }

  /** Once there are tables. */
  watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    const notice = (change: RowChange): null => {
      this.#changes.push(change);
      return null;
    };
    this.#connection.function('noticed_hold', (key, body) =>
      notice({ table: 'hold', key: key as string, body: body as string | null }),
    );
    this.#connection.function('noticed_side', (kind, subject, key, body) => {
      const row = { key: key as string, kind: kind as string, subject: subject as string };
      if (kind === 'account') {
        return notice({ table: 'account', key: row.subject, body: body as string | null });
      }
      return body === null ? null : notice({ table: 'side', ...row, body: body as string });
    });
    this.#connection.exec(TRIGGERS);
  }

  /** The rows the turn changed, in the order it changed them. */
  commit(): readonly RowChange[] {
    if (!this.#isOpen) return [];
    this.#isOpen = false;
    this.#prepare('COMMIT').statement.run();
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  rollback(): void {
    this.#changes = [];
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#prepare('ROLLBACK').statement.run();
  }

  close(): void {
    this.#connection.close();
  }
}
