// The SQL of a ledger object: numbered migrations, and nothing else. Tables are WITHOUT ROWID, so
// an insert is one row written and the key order is the time order (`docs/storage-schema.md`).
// There are two, because an idle object pays a page for each.

import type { Sql } from './world.ts';

const HOLD = `
  CREATE TABLE hold (
    key     TEXT PRIMARY KEY,
    status  TEXT NOT NULL,
    body    TEXT NOT NULL,
    record  TEXT,
    turn    INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
`;

const SIDE = `
  CREATE TABLE side (
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    name    TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (kind, subject, name)
  ) WITHOUT ROWID;
`;

/** What a new object begins with: the newest schema, at once. */
const NEWEST = `${HOLD}${SIDE}`;

/** Each entry takes the schema from its index to the next. Never edit one; add one. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE migration (version INTEGER PRIMARY KEY);
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
  INSERT INTO migration (version) VALUES (1);
  `,
  `
  ALTER TABLE hold ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
  ${SIDE}
  INSERT INTO side (kind, subject, name, body)
    SELECT 'account', principal, '', body FROM account;
  INSERT INTO side (kind, subject, name, body) SELECT 'meta', name, '', value FROM meta;
  DROP TABLE account;
  DROP TABLE meta;
  DROP TABLE migration;
  `,
];

const tables = (sql: Sql): readonly string[] =>
  sql
    .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
    .toArray()
    .map(({ name }) => name);

/** The first schema said its number in a table of its own; later ones say it in `side`. */
function versionOf(sql: Sql): number {
  const names = tables(sql);
  if (!names.includes('side')) return names.includes('migration') ? 1 : 0;
  const rows = sql.exec<{ body: string }>(
    `SELECT body FROM side WHERE kind = 'meta' AND subject = 'schema-version' AND name = ''`,
  );
  for (const { body } of rows) return Number(body);
  return 0;
}

function noteVersion(sql: Sql, version: number): void {
  sql.exec(
    `INSERT INTO side (kind, subject, name, body) VALUES ('meta', 'schema-version', '', ?)
     ON CONFLICT (kind, subject, name) DO UPDATE SET body = excluded.body`,
    String(version),
  );
}

/** Brings the database up to the newest schema. */
export function migrate(sql: Sql): void {
  const version = versionOf(sql);
  if (version === MIGRATIONS.length) return;
  if (version === 0) sql.exec(NEWEST);
  else for (const step of MIGRATIONS.slice(version)) sql.exec(step);
  noteVersion(sql, MIGRATIONS.length);
}
