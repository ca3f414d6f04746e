// An account is what one principal has used and holds, counter by counter. Counters are cells per
// window; the newest two are kept, so a hold taken before midnight settles into yesterday.
// Accounts are values: every change returns a new one.

import type { AlertMark, Told } from './alert.ts';
import { drain, drainedAtMs, type Leak } from './rolling.ts';
import type { Unit } from './unit.ts';
import { rollingPeriodMs, windowEndsAtMs, windowId, type WindowKind } from './window.ts';

/** One limit of the policy: at most `cap` of `unit` within `window`. */
export type Limit = {
  readonly window: WindowKind;
  readonly unit: Unit;
  readonly cap: number;
  /** Counts only the calls of this route, apart from every other counter. */
  readonly route?: string;
  /** At which shares of the cap somebody is told. It is no part of what the limit is. */
  readonly alert?: AlertMark;
};

export type CounterKind = Pick<Limit, 'window' | 'unit' | 'route'>;

/** `nanoUsd-day`, or `requests-day@free-chat` for a counter of one route. */
export const counterName = ({ window, unit, route }: CounterKind): string =>
  route === undefined ? `${unit}-${window}` : `${unit}-${window}@${route}`;

export const unitOfCounter = (name: string): Unit => name.slice(0, name.indexOf('-')) as Unit;

export type Cell = {
  readonly windowId: number;
  readonly used: number;
  /** Sum of the open holds. Never stored: it is what the open holds say. */
  readonly held: number;
  /** Granted to other objects and not yet used there, where this object is the root. */
  readonly leased?: number;
  /** Where the cap is another object's to grant: all it ever granted, and all that went back. */
  readonly granted?: number;
  readonly returned?: number;
  /** Of a rolling window. */
  readonly leak?: Leak;
};

export type Account = {
  /** The latest time this account has seen. Time never runs backwards for it. */
  readonly clockMs: number;
  /** Counter name → newest cells first, at most `CELLS_MAX`. */
  readonly cells: Readonly<Record<string, readonly Cell[]>>;
  /** Counter name → the operator's own cap, which wins over the policy's. */
  readonly caps: Readonly<Record<string, number>>;
  /** The purse of those who appeared in the same network on the same day. */
  readonly cohort?: string;
  /** The object that keeps this account now; this one only resolves what it still holds. */
  readonly movedTo?: string;
  /** Of challenges fetched ahead: when each of those that may be outstanding was last redeemed. */
  readonly solvedAhead?: readonly number[];
  /** Of a run: when its first call was held here. */
  readonly beganAtMs?: number;
  /** Calls that were on hold at an earlier home when the account left it: used, until corrected. */
  readonly awaiting?: readonly string[];
  /** Counter name → what operators were told of it, newest windows first, at most `CELLS_MAX`. */
  readonly told?: Readonly<Record<string, readonly Told[]>>;
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

/** Puts a rolling cell at this time and this rate; any other cell is as it is. */
function flowed(cell: Cell, limit: Limit, nowMs: number): Cell {
  const periodMs = rollingPeriodMs(limit.window);
  if (periodMs === null) return cell;
  const leak: Leak = cell.leak ?? { cap: limit.cap, periodMs, atMs: nowMs, remainder: 0 };
  const level = drain({ used: cell.used, leak }, nowMs);
  return { ...cell, used: level.used, leak: { ...level.leak, cap: limit.cap } };
}

const EMPTY_CELL = { used: 0, held: 0 } as const;

/** The cell a limit counts in at this time, which need not exist yet. */
export function cellAt(account: Account, limit: Limit, nowMs: number): Cell {
  const timeMs = accountTimeMs(account, nowMs);
  const id = windowId(limit.window, timeMs);
  const name = counterName(limit);
  const found = account.cells[name]?.find((candidate) => candidate.windowId === id);
  const cap = account.caps[name] ?? limit.cap;
  return flowed(found ?? { windowId: id, ...EMPTY_CELL }, { ...limit, cap }, timeMs);
}

/** What this object may spend of a counter whose cap another object grants. */
export const quotaOf = (cell: Cell): number => (cell.granted ?? 0) - (cell.returned ?? 0);

/**
 * Where a limit stands at this time. A window that has turned over reads as empty. `sliced`: the
 * cap is what the root has granted here.
 */
export function viewCounter(
  account: Account,
  limit: Limit,
  nowMs: number,
  sliced = false,
): CounterView {
  const name = counterName(limit);
  const cell = cellAt(account, limit, nowMs);
  return {
    name,
    window: limit.window,
    unit: limit.unit,
    used: cell.used,
    held: cell.held + (cell.leased ?? 0),
    cap: sliced ? quotaOf(cell) : (account.caps[name] ?? limit.cap),
    resetsAtMs:
      cell.leak === undefined
        ? windowEndsAtMs(limit.window, cell.windowId)
        : drainedAtMs({ used: cell.used, leak: cell.leak }, cell.used),
  };
}

/** One movement on one counter, in the window it belongs to. */
export type Movement = {
  readonly name: string;
  readonly windowId: number;
  readonly used: number;
  readonly held: number;
  readonly leased?: number;
  readonly granted?: number;
  readonly returned?: number;
  /** Given by a reserve in a rolling window: the rate from now on. */
  readonly leak?: Leak;
};

const plus = (left: number | undefined, right: number | undefined): number =>
  (left ?? 0) + (right ?? 0);

function moved(cell: Cell, movement: Movement, timeMs: number): Cell {
  const leak = cell.leak ?? movement.leak;
  const level = leak === undefined ? null : drain({ used: cell.used, leak }, timeMs);
  const leased = plus(cell.leased, movement.leased);
  const granted = plus(cell.granted, movement.granted);
  const returned = plus(cell.returned, movement.returned);
  return {
    windowId: cell.windowId,
    // What has drained cannot be given back once more.
    used: level === null ? cell.used + movement.used : Math.max(0, level.used + movement.used),
    held: cell.held + movement.held,
    ...(leased === 0 ? {} : { leased }),
    ...(granted === 0 ? {} : { granted }),
    ...(returned === 0 ? {} : { returned }),
    ...(level === null
      ? {}
      : { leak: { ...level.leak, cap: movement.leak?.cap ?? level.leak.cap } }),
  };
}

/**
 * Applies movements. A window older than the ones kept is gone from the counters, not from the log.
 */
export function move(account: Account, movements: readonly Movement[], nowMs: number): Account {
  const timeMs = accountTimeMs(account, nowMs);
  const cells: Record<string, readonly Cell[]> = { ...account.cells };
  for (const movement of movements) {
    const { name, windowId: id } = movement;
    const before = cells[name] ?? [];
    const found = before.find((cell) => cell.windowId === id);
    const cell = moved(found ?? { windowId: id, ...EMPTY_CELL }, movement, timeMs);
    const rest = before.filter((other) => other.windowId !== id);
    cells[name] = [cell, ...rest].sort((a, b) => b.windowId - a.windowId).slice(0, CELLS_MAX);
  }
  return { ...account, clockMs: timeMs, cells };
}
