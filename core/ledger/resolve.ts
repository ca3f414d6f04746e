// The ledger's rules for ending a hold: settle, release, expire. A hold resolves once; a second
// word is a status. What nobody resolves is charged at its lease's end, never returned.

import { type Account, move, type Movement, unitOfCounter } from './account.ts';
import type { Hold, Taken } from './hold.ts';
import type { ResolveStatus } from './status.ts';
import { type Amounts, combine, type Unit, unitsOf } from './unit.ts';

export type Resolution = {
  readonly status: ResolveStatus;
  readonly hold: Hold;
};

const REPEATED = {
  settled: 'already-settled',
  released: 'already-released',
  expired: 'already-expired',
  refused: 'already-refused',
} as const;

/** The status of a word that came too late, or null for a hold that is open. */
export const repeated = (hold: Hold): ResolveStatus | null =>
  hold.status === 'held' ? null : REPEATED[hold.status];

/** What is charged of each unit: what is known, else all of it. A call in progress ends. */
function chargeOf(hold: Hold, actual: Amounts): Amounts {
  const charged: Partial<Record<Unit, number>> = { ...hold.amounts, ...actual };
  if (charged.concurrentCalls !== undefined) charged.concurrentCalls = 0;
  return charged;
}

const resolved = (
  hold: Hold,
  status: 'settled' | 'released' | 'expired',
  charged: Amounts,
  nowMs: number,
): Hold => ({ ...hold, status, charged, resolvedAtMs: nowMs });

/** Turns a hold into a fact. The truth is recorded even where it passes the hold. */
export function settle(
  hold: Hold,
  actual: { readonly amounts: Amounts; readonly estimated: boolean },
  nowMs: number,
): Resolution {
  const late = repeated(hold);
  if (late !== null) return { status: late, hold };
  const charged = chargeOf(hold, actual.amounts);
  const over = (charged.nanoUsd ?? 0) > (hold.amounts.nanoUsd ?? 0);
  return {
    status: over ? 'settled-over-hold' : 'settled',
    hold: { ...resolved(hold, 'settled', charged, nowMs), estimated: actual.estimated },
  };
}

/** Gives everything back: the provider was never called. The nonce stays spent. */
export function release(hold: Hold, nowMs: number): Resolution {
  const late = repeated(hold);
  if (late !== null) return { status: late, hold };
  return { status: 'released', hold: resolved(hold, 'released', {}, nowMs) };
}

/** The lease ran out: charged with the last word plus the most that could have followed it. */
export function expire(hold: Hold, nowMs: number): Resolution {
  const late = repeated(hold);
  if (late !== null) return { status: late, hold };
  const silenceMs = Math.max(0, hold.leaseEndsAtMs - hold.renewedAtMs);
  const charged: Partial<Record<Unit, number>> = {};
  for (const unit of unitsOf(hold.produciblePerSecond)) {
    const most = hold.amounts[unit];
    if (most === undefined) continue;
    const perSecond = hold.produciblePerSecond[unit] ?? 0;
    const producible = Math.ceil((perSecond * silenceMs) / 1_000);
    charged[unit] = Math.min(most, (hold.metered[unit] ?? 0) + producible);
  }
  return {
    status: 'expired',
    hold: { ...resolved(hold, 'expired', chargeOf(hold, charged), nowMs), estimated: true },
  };
}

/** Splits a charge over the windows it was taken from, oldest first; the newest takes the rest. */
export function chargedMovements(taken: readonly Taken[], charged: Amounts): Movement[] {
  const left: Record<string, number> = {};
  const last: Record<string, number> = {};
  taken.forEach(({ name }, index) => {
    left[name] = charged[unitOfCounter(name)] ?? 0;
    last[name] = index;
  });
  return taken.map(({ name, windowId, amount }, index) => {
    const rest = left[name] ?? 0;
    const used = last[name] === index ? rest : Math.min(rest, amount);
    left[name] = rest - used;
    return { name, windowId, used, held: -amount };
  });
}

/** What resolving does to the account of this place in the hold. */
export function afterResolution(account: Account, hold: Hold, index: number): Account {
  const taken = hold.accounts[index]?.taken ?? [];
  return move(account, chargedMovements(taken, hold.charged), hold.resolvedAtMs);
}

/**
 * An expired hold was charged less than the truth: what is missing, unit by unit, or null. Nothing
 * is ever returned here.
 */
export function missingFrom(hold: Hold, actual: Amounts): Amounts | null {
  if (hold.status !== 'expired') return null;
  const missing = combine(hold.charged, actual, (charged, truth) => Math.max(0, truth - charged));
  const counted: Amounts = { ...missing, concurrentCalls: 0 };
  return unitsOf(counted).some((unit) => (counted[unit] ?? 0) > 0) ? counted : null;
}
