// Totals per day and model of the calls that ended here, so that a month can be compared with a
// provider's bill long after the calls' own rows are gone. Like accounts they are written now and
// then, and learn from the rows of holds what they missed.

import type { Hold } from '../core/ledger/hold.ts';
import { addTo, emptyStatement, statementDay } from '../core/ledger/statement.ts';
import { dayOf } from '../core/reconcile/day.ts';
import type { Statement } from '../core/reconcile/statement.ts';
import { KEPT_MS, type SideTable } from './side-table.ts';

const PRUNED_PER_STEP_MAX = 16;
export const STATEMENTS_MAX = 20_000;

type Stored = { readonly turn: number; readonly statement: Statement };

export class Statements {
  readonly #side: SideTable;
  /** Those that changed since they were written. */
  readonly #changed = new Map<string, Stored>();

  constructor(side: SideTable) {
    this.#side = side;
  }

  #load(day: string, label: string): Stored {
    const changed = this.#changed.get(`${day} ${label}`);
    if (changed !== undefined) return changed;
    const body = this.#side.get('statement', day, label);
    if (body !== null) return JSON.parse(body) as Stored;
    return { turn: 0, statement: emptyStatement(day, label) };
  }

  /** A hold ended. */
  add(hold: Hold): void {
    if (hold.label === null || hold.status === 'released') return;
    const day = statementDay(hold);
    const stored = this.#load(day, hold.label);
    const statement = addTo(stored.statement, hold);
    this.#changed.set(`${day} ${hold.label}`, { ...stored, statement });
  }

  /** After a restart: a hold that ended in this turn, if the row does not know of it. */
  replay(hold: Hold, turn: number): void {
    if (hold.label === null || turn <= this.#load(statementDay(hold), hold.label).turn) return;
    this.add(hold);
  }

  /** A correction of a call that ended that day. Written with the next checkpoint. */
  adjust(hold: Hold, nanoUsd: number): void {
    if (hold.label === null) return;
    const day = statementDay(hold);
    const stored = this.#load(day, hold.label);
    const adjustmentsNanoUsd = stored.statement.adjustmentsNanoUsd + nanoUsd;
    const statement = { ...stored.statement, adjustmentsNanoUsd };
    this.#changed.set(`${day} ${hold.label}`, { ...stored, statement });
  }

  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  write(turn: number): void {
    for (const { statement } of this.#changed.values()) {
      const label = `${statement.provider}/${statement.model}`;
      const body = JSON.stringify({ turn, statement });
      this.#side.put('statement', statement.day, label, body);
    }
    this.#changed.clear();
  }

  /** Both days included. */
  between(fromDay: string, toDay: string): readonly Statement[] {
    return this.#side
      .between('statement', fromDay, toDay, STATEMENTS_MAX)
      .map(({ body }) => (JSON.parse(body) as Stored).statement);
  }

  prune(nowMs: number): void {
    this.#side.prune('statement', dayOf(nowMs - KEPT_MS), PRUNED_PER_STEP_MAX);
  }
}
