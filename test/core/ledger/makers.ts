// Short names for what the ledger's tests are made of: limits, parties, asks and what is expected
// of a reserve.

import { type Account, EMPTY_ACCOUNT, type Limit } from '../../../core/ledger/account.ts';
import type { Hold } from '../../../core/ledger/hold.ts';
import {
  type Mode,
  type Party,
  type Refusal,
  reserve,
  type Reserved,
  type ReserveAsk,
} from '../../../core/ledger/ledger.ts';
import type { Unit } from '../../../core/ledger/unit.ts';
import type { WindowKind } from '../../../core/ledger/window.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export const limitOf = (unit: Unit, window: WindowKind, cap: number, route?: string): Limit =>
  route === undefined ? { unit, window, cap } : { unit, window, cap, route };

export const day = (cap: number): Limit => limitOf('nanoUsd', 'day', cap);
export const month = (cap: number): Limit => limitOf('nanoUsd', 'month', cap);
export const rolling = (cap: number): Limit => limitOf('nanoUsd', 'rolling-minute', cap);
export const requests = (cap: number): Limit => limitOf('requests', 'day', cap);
export const calls = (cap: number): Limit => limitOf('concurrentCalls', 'now', cap);

export const one = (
  ...limits: readonly Limit[]
): readonly { readonly principal: string; readonly limits: readonly Limit[] }[] => [
  { principal: 'device:d', limits },
];

export const partyOf = (
  principal: string,
  limits: readonly Limit[],
  { account = EMPTY_ACCOUNT, sliced = false }: Partial<Pick<Party, 'account' | 'sliced'>> = {},
): Party => ({ principal, account, limits, sliced });

export const ASK: ReserveAsk = {
  key: 'h1',
  attempt: 'a1',
  amounts: { requests: 1, nanoUsd: 400, concurrentCalls: 1 },
  least: { nanoUsd: 100 },
  metered: {},
  produciblePerSecond: {},
  leaseMs: 10_000,
  label: null,
};

/** The reserve must be granted. */
export function granted(
  parties: readonly Party[],
  ask: Partial<ReserveAsk> = {},
  nowMs = 0,
  mode: Mode = 'final',
): Reserved {
  const outcome = reserve(parties, { ...ASK, ...ask }, nowMs, mode);
  if ('status' in outcome) throw new Error(`${outcome.status} of ${outcome.principal}`);
  return outcome;
}

/** The reserve must be refused. */
export function refused(
  parties: readonly Party[],
  ask: Partial<ReserveAsk> = {},
  nowMs = 0,
  mode: Mode = 'final',
): Refusal {
  const outcome = reserve(parties, { ...ASK, ...ask }, nowMs, mode);
  if (!('status' in outcome)) throw new Error(`granted: ${JSON.stringify(outcome.hold.amounts)}`);
  return outcome;
}

/** An account that has this on one counter, in the window of this number. */
export const accountWith = (
  name: string,
  cell: Partial<Account['cells'][string][number]>,
): Account => ({
  ...EMPTY_ACCOUNT,
  cells: { [name]: [{ windowId: 0, used: 0, held: 0, ...cell }] },
});

/** An open hold of nothing in particular. */
export const openHold = (more: Partial<Hold> = {}): Hold => ({
  ...granted([partyOf('device:d', [day(1_000)])]).hold,
  ...more,
});
