// One change by an operator or by the clock, as the audit keeps it: what it was, what it is now,
// who and why. Rows are only added; the oldest of too many go.

export const AUDIT_ROWS_MAX = 10_000;
/** Rows of one answer. */
export const AUDIT_PAGE_MAX = 500;
/** Of each of `before` and `after`, as JSON. */
export const AUDIT_FACTS_CHARS_MAX = 4_096;

/** Flat on purpose: it is read by people and by spreadsheets. */
export type AuditFacts = Readonly<Record<string, string | number | boolean | null>>;

export type AuditKind =
  | 'switch-put'
  | 'switch-replaced'
  | 'switch-deleted'
  | 'switch-expired'
  | 'key-created'
  | 'key-changed'
  | 'budget-changed'
  | 'conversations-forgotten'
  | 'adjusted'
  | 'refunded';

export type AuditAsk = {
  readonly kind: AuditKind;
  /** The principal, key or request that was changed. */
  readonly subject: string;
  readonly author: string;
  readonly reason: string;
  readonly before: AuditFacts | null;
  readonly after: AuditFacts | null;
};

export type AuditRow = AuditAsk & {
  /** Rising, never used twice. */
  readonly id: number;
  readonly atMs: number;
};
