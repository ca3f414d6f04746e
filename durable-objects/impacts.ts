// What rules that are only tried out would have refused, by day: counts and money in a row for each
// rule and route, users as rows of their own, so that one is counted once. Written at once: such
// calls are few, or the rule is wrong.

import { ANY_RULE, type ImpactRow, type ObservedCall, type ShardImpact } from '../core/impact.ts';
import { dayOf } from '../core/reconcile/day.ts';
import { KEPT_MS, type SideTable } from './side-table.ts';

const ROWS_MAX = 20_000;
/** Of one day, over all rules and routes of this object. */
export const USERS_PER_DAY_MAX = 10_000;
const PRUNED_PER_STEP_MAX = 16;

export class Impacts {
  readonly #side: SideTable;

  constructor(side: SideTable) {
    this.#side = side;
  }

  /** A call has ended that a rule would have refused. */
  add({ route, rules, user }: ObservedCall, nanoUsd: number, nowMs: number): void {
    const day = dayOf(nowMs);
    for (const rule of new Set([ANY_RULE, ...rules])) {
      const name = `${rule}@${route}`;
      const before = this.#side.get('impact', day, name);
      const row = before === null ? null : (JSON.parse(before) as ImpactRow);
      const calls = (row?.calls ?? 0) + 1;
      const sum = { day, rule, route, calls, nanoUsd: (row?.nanoUsd ?? 0) + nanoUsd };
      this.#side.put('impact', day, name, JSON.stringify(sum));
      if (user !== null) this.#met(day, `${name} ${user}`);
    }
  }

  #met(day: string, user: string): void {
    if (this.#side.get('impact-user', day, user) !== null) return;
    if (this.#side.count('impact-user', day) >= USERS_PER_DAY_MAX) return;
    this.#side.put('impact-user', day, user, '');
  }

  /** Both days included. */
  between(fromDay: string, toDay: string): ShardImpact {
    const rows = this.#side.between('impact', fromDay, toDay, ROWS_MAX);
    const met = this.#side.between('impact-user', fromDay, toDay, ROWS_MAX);
    const isFull = new Set(met.map(({ subject }) => subject));
    return {
      rows: rows.map(({ body }) => JSON.parse(body) as ImpactRow),
      users: [...new Set(met.map(({ name }) => name))],
      isCut:
        met.length >= ROWS_MAX ||
        [...isFull].some((day) => this.#side.count('impact-user', day) >= USERS_PER_DAY_MAX),
    };
  }

  prune(nowMs: number): void {
    const before = dayOf(nowMs - KEPT_MS);
    this.#side.prune('impact', before, PRUNED_PER_STEP_MAX);
    this.#side.prune('impact-user', before, PRUNED_PER_STEP_MAX);
  }
}
