// An account is what one principal has used and holds, counter by counter. Counters are cells per
// window; the newest two are kept, so a hold taken before midnight settles into yesterday.
// Accounts are values: every change returns a new one.

import { windowEndsAtMs, windowId, type WindowKind } from './window.ts';

export type Unit = 'nanoUsd' | 'requests' | 'concurrentCalls';

/** One limit of the policy: at most `cap` of `unit` within `window`. */
export type Limit = { readonly window: WindowKind; readonly unit: Unit; readonly cap: number };

export const counterName = (limit: { window: WindowKind; unit: Unit }): string =>
  `${limit.unit}-${limit.window}`;

export type Cell = { readonly windowId: number; readonly used: number; readonly held: number };

export type Account = {
  /** The latest time this account has seen. Time never runs backwards for it. */
  readonly clockMs: number;
  /** Counter name → newest cells first, at most `CELLS_MAX`. */
  readonly cells: Readonly<Record<string, readonly Cell[]>>;
  /** Counter name → the operator's own cap, which wins over the policy's. */
  readonly caps: Readonly<Record<string, number>>;
};

export const CELLS_MAX = 2;

export const EMPTY_ACCOUNT: Account = { clockMs: 0, cells: {}, caps: {} };

/** The account's own time: the wall clock, or the latest it has seen if the clock stepped back. */
export const accountTimeMs = (account: Account, nowMs: number): number =>
  Math.max(account.clockMs, nowMs);

export type CounterView = {
  readonly name: string;
  readonly window: WindowKind;
  readonly unit: Unit;
  readonly used: number;
  readonly held: number;
  readonly cap: number;
  readonly resetsAtMs: number | null;
};

/** Where a limit stands at this time. A window that has turned over reads as empty. */
export function viewCounter(account: Account, limit: Limit, nowMs: number): CounterView {
  const name = counterName(limit);
  const id = windowId(limit.window, accountTimeMs(account, nowMs));
  const cell = account.cells[name]?.find((candidate) => candidate.windowId === id);
  return {
    name,
    window: limit.window,
    unit: limit.unit,
    used: cell?.used ?? 0,
    held: cell?.held ?? 0,
    cap: account.caps[name] ?? limit.cap,
    resetsAtMs: windowEndsAtMs(limit.window, id),
  };
}

/** One movement on one counter, in the window it belongs to. */
export type Movement = {
  readonly name: string;
  readonly windowId: number;
  readonly used: number;
  readonly held: number;
};

/**
 * Applies movements. A window older than the ones kept is gone from the counters, not from the log.
 */
export function move(account: Account, movements: readonly Movement[], nowMs: number): Account {
  const cells: Record<string, readonly Cell[]> = { ...account.cells };
  for (const { name, windowId: id, used, held } of movements) {
    const before = cells[name] ?? [];
    const found = before.find((cell) => cell.windowId === id);
    const moved: Cell = {
      windowId: id,
      used: (found?.used ?? 0) + used,
      held: (found?.held ?? 0) + held,
    };
    const rest = before.filter((cell) => cell.windowId !== id);
    cells[name] = [moved, ...rest].sort((a, b) => b.windowId - a.windowId).slice(0, CELLS_MAX);
  }
  return { ...account, clockMs: accountTimeMs(account, nowMs), cells };
}
