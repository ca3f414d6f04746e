// When a counter passes so many hundredths of its cap, an operator is told: once for each window,
// principal and percentage. What was told is part of the account, which is written when something
// is told and not before. An alert refuses nothing.

import { type Account, CELLS_MAX, counterName, type Limit } from './account.ts';
import { windowEndsAtMs } from './window.ts';

/** What the policy wants to hear of a limit; it travels with the limit. */
export type AlertMark = {
  readonly id: string;
  /** Whole numbers from 1 to 100, rising. */
  readonly percents: readonly number[];
  readonly policyVersion: string;
};

/** The highest percentage of a counter that was told in a window. */
export type Told = { readonly windowId: number; readonly percent: number };

/** As it is logged and listed. */
export type Alert = {
  readonly id: string;
  readonly principal: string;
  readonly counter: string;
  readonly percent: number;
  /** In the counter's unit. At the root of a shared budget with all that is granted and unspent. */
  readonly used: number;
  readonly cap: number;
  readonly windowEndsAt: string | null;
  readonly policyVersion: string;
};

/** The least that is so many hundredths of a cap. Exact: 100 × $9 million would pass 2^53. */
export const shareOf = (cap: number, percent: number): number =>
  Math.floor(cap / 100) * percent + Math.ceil(((cap % 100) * percent) / 100);

/** With what a hold has taken of a limit, so that its end can be told without the policy. */
export const watchedBy = (limit: Limit, sliced: boolean): { readonly watched?: Limit } =>
  limit.alert === undefined || sliced ? {} : { watched: limit };

/** What has to be told of this counter in this window, and the account that knows it was. */
export function alertsOf(
  principal: string,
  account: Account,
  limit: Limit,
  windowId: number,
): { readonly account: Account; readonly alerts: readonly Alert[] } | null {
  const counter = counterName(limit);
  const cell = account.cells[counter]?.find((one) => one.windowId === windowId);
  // Of an account that went elsewhere the figures here are old.
  if (limit.alert === undefined || cell === undefined || account.movedTo !== undefined) return null;
  const { id, percents, policyVersion } = limit.alert;
  const used = cell.used + (cell.leased ?? 0);
  const cap = account.caps[counter] ?? limit.cap;
  const told = account.told?.[counter] ?? [];
  const before = told.find((one) => one.windowId === windowId)?.percent ?? 0;
  const passed = percents.filter((percent) => percent > before && used >= shareOf(cap, percent));
  const highest = passed.at(-1);
  // Nothing is nothing of any cap.
  if (highest === undefined || used <= 0) return null;
  const newest = [
    { windowId, percent: highest },
    ...told.filter((one) => one.windowId !== windowId),
  ]
    .sort((one, other) => other.windowId - one.windowId)
    .slice(0, CELLS_MAX);
  const endsAtMs = windowEndsAtMs(limit.window, windowId);
  const windowEndsAt = endsAtMs === null ? null : new Date(endsAtMs).toISOString();
  return {
    account: { ...account, told: { ...account.told, [counter]: newest } },
    alerts: passed.map((percent) => {
      return { id, principal, counter, percent, used, cap, windowEndsAt, policyVersion };
    }),
  };
}
