// Rows that are not written by every call: accounts, statements, adjustments, leases of shared
// budgets, and what the object has to remember. One table for all of them, because every table of
// an idle object costs a page.

import type { Sql } from './world.ts';

/** What was added up or corrected can be looked up for a little more than a year. */
export const KEPT_MS = 400 * 86_400_000;

export type SideKind =
  'account' | 'adjustment' | 'answer' | 'impact' | 'impact-user' | 'lease' | 'meta' | 'statement';

export type SideRow = { readonly subject: string; readonly name: string; readonly body: string };

export class SideTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(kind: SideKind, subject: string, name: string): string | null {
    const rows = this.#sql.exec<{ body: string }>(
      'SELECT body FROM side WHERE kind = ? AND subject = ? AND name = ?',
      kind,
      subject,
      name,
    );
    for (const { body } of rows) return body;
    return null;
  }

  put(kind: SideKind, subject: string, name: string, body: string): void {
    this.#sql.exec(
      `INSERT INTO side (kind, subject, name, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (kind, subject, name) DO UPDATE SET body = excluded.body`,
      kind,
      subject,
      name,
      body,
    );
  }

  /** At most `rowsMax` rows of a subject. */
  of(kind: SideKind, subject: string, rowsMax: number): SideRow[] {
    return this.#sql
      .exec<SideRow>(
        'SELECT subject, name, body FROM side WHERE kind = ? AND subject = ? LIMIT ?',
        kind,
        subject,
        rowsMax,
      )
      .toArray();
  }

  /** At most `rowsMax` rows whose subjects lie between these two, both included. */
  between(kind: SideKind, from: string, to: string, rowsMax: number): SideRow[] {
    return this.#sql
      .exec<SideRow>(
        `SELECT subject, name, body FROM side WHERE kind = ? AND subject BETWEEN ? AND ?
         ORDER BY subject, name LIMIT ?`,
        kind,
        from,
        to,
        rowsMax,
      )
      .toArray();
  }

  /** At most `rowsMax` rows whose subjects sort behind this one. */
  after(kind: SideKind, subject: string, rowsMax: number): SideRow[] {
    return this.#sql
      .exec<SideRow>(
        `SELECT subject, name, body FROM side WHERE kind = ? AND subject > ?
         ORDER BY subject, name LIMIT ?`,
        kind,
        subject,
        rowsMax,
      )
      .toArray();
  }

  /** At most `rowsMax` rows that sort behind this one. */
  behind(kind: SideKind, at: Pick<SideRow, 'subject' | 'name'>, rowsMax: number): SideRow[] {
    return this.#sql
      .exec<SideRow>(
        `SELECT subject, name, body FROM side WHERE kind = ? AND (subject, name) > (?, ?)
         ORDER BY subject, name LIMIT ?`,
        kind,
        at.subject,
        at.name,
        rowsMax,
      )
      .toArray();
  }

  /** At most `rowsMax` rows of a subject with names from one to before another, the last first. */
  named(
    kind: SideKind,
    subject: string,
    [from, before]: readonly [string, string],
    rowsMax: number,
  ): SideRow[] {
    return this.#sql
      .exec<SideRow>(
        `SELECT subject, name, body FROM side
         WHERE kind = ? AND subject = ? AND name >= ? AND name < ? ORDER BY name DESC LIMIT ?`,
        kind,
        subject,
        from,
        before,
        rowsMax,
      )
      .toArray();
  }

  count(kind: SideKind, subject: string): number {
    const rows = this.#sql.exec<{ rows: number }>(
      'SELECT count(*) AS rows FROM side WHERE kind = ? AND subject = ?',
      kind,
      subject,
    );
    for (const { rows: found } of rows) return found;
    return 0;
  }

  drop(kind: SideKind, subject: string, name: string): void {
    this.#sql.exec(
      'DELETE FROM side WHERE kind = ? AND subject = ? AND name = ?',
      kind,
      subject,
      name,
    );
  }

  remove(kind: SideKind, subject: string): void {
    this.#sql.exec('DELETE FROM side WHERE kind = ? AND subject = ?', kind, subject);
  }

  /** Deletes a few rows of a kind whose subjects sort before this one. */
  prune(kind: SideKind, before: string, rowsMax: number): void {
    this.#sql.exec(
      `DELETE FROM side WHERE (kind, subject, name) IN
         (SELECT kind, subject, name FROM side WHERE kind = ? AND subject < ? LIMIT ?)`,
      kind,
      before,
      rowsMax,
    );
  }
}
