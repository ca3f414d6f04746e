// The alerts of a policy, put on the limits that they are about: whoever keeps a counter then knows
// at which shares of it somebody wants to hear, and nothing else of the policy.

import { counterName, type Limit } from '../ledger/account.ts';
import type { AlertMark } from '../ledger/alert.ts';
import { UNIT_OF } from './limits.ts';
import type { PolicySource } from './schema.ts';

/** Scope or principal → counter → what is wanted. */
export type AlertTable = ReadonlyMap<string, ReadonlyMap<string, AlertMark>>;

export function layAlerts({ alerts = [] }: PolicySource, policyVersion: string): AlertTable {
  const table = new Map<string, Map<string, AlertMark>>();
  for (const { id, principal, window, unit, percents } of alerts) {
    const marks = table.get(principal) ?? new Map<string, AlertMark>();
    marks.set(counterName({ window, unit: UNIT_OF[unit] }), { id, percents, policyVersion });
    table.set(principal, marks);
  }
  return table;
}

/** The limits with what is wanted of them. A counter of one route is one of its scope's as well. */
export function withAlerts(
  table: AlertTable,
  who: string,
  limits: readonly Limit[],
): readonly Limit[] {
  const marks = table.get(who);
  if (marks === undefined) return limits;
  return Object.freeze(
    limits.map((limit) => {
      const alert = marks.get(counterName({ window: limit.window, unit: limit.unit }));
      return alert === undefined ? limit : { ...limit, alert };
    }),
  );
}
