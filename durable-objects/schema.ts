// The SQL of a ledger object: numbered migrations, and nothing else. Tables are WITHOUT ROWID, so
// an insert is one row written and the key order is the time order (`docs/storage-schema.md`).

/** Each entry takes the schema from its index to the next. Never edit one; add one. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE account (
    principal TEXT PRIMARY KEY,
    body      TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE hold (
    key     TEXT PRIMARY KEY,
    status  TEXT NOT NULL,
    body    TEXT NOT NULL,
    record  TEXT
  ) WITHOUT ROWID;
  CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
];

export function migrate(sql: SqlStorage): void {
  sql.exec('CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY)');
  const row = sql
    .exec<{ version: number | null }>('SELECT max(version) AS version FROM migration')
    .one();
  for (let version = row.version ?? 0; version < MIGRATIONS.length; version += 1) {
    sql.exec(MIGRATIONS[version] ?? '');
    sql.exec('INSERT INTO migration (version) VALUES (?)', version + 1);
  }
}
