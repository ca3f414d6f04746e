// What a ledger needs of the platform, as small as it can be: rows, a clock, an alarm, other
// ledgers, and a way to die. In production this is a Durable Object; in the simulation it is a
// database, a clock and a network that misbehave.

import type { Alert } from '../core/ledger/alert.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import type { PeerPort } from '../core/ledger/peer-messages.ts';

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue | ArrayBuffer>;

export type SqlRows<Row> = Iterable<Row> & { toArray(): Row[]; readonly rowsWritten: number };

/** `SqlStorage`, as far as it is used. Writes of one synchronous turn are one transaction. */
export type Sql = {
  exec<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): SqlRows<Row>;
};

export type AlarmClock = {
  getAlarm(): Promise<number | null>;
  setAlarm(atMs: number): unknown;
};

export type LedgerWorld = {
  readonly sql: Sql;
  readonly alarms: AlarmClock;
  readonly nowMs: () => number;
  /** Ends this incarnation. What the turn has written so far is lost. */
  readonly abort: (reason: string) => void;
  readonly peer: (address: LedgerAddress) => PeerPort;
  /** Something an operator should see. */
  readonly report: (event: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Something an operator asked to be told. */
  readonly alert: (alert: Alert) => void;
};
