// What may become of a hold: it is taken, it may grow, it ends once, and then it stays as it is.

import type { Hold } from '../core/ledger/hold.ts';
import { Broken } from './trace.ts';

const text = (value: unknown): string => JSON.stringify(value);

const check = (holds: boolean, invariant: string, detail: () => string): void => {
  if (!holds) throw new Broken(invariant, detail());
};

function noneNegative(hold: Hold): void {
  for (const amounts of [hold.amounts, hold.metered, hold.charged]) {
    for (const [unit, amount] of Object.entries(amounts)) {
      check(
        Number.isSafeInteger(amount) && amount >= 0,
        'amounts are whole and never negative',
        () => `${hold.key} ${unit} ${String(amount)}`,
      );
    }
  }
}

/** Throws unless this change of a row is a legal one. */
export function checkHold(address: string, before: Hold | null, after: Hold | null): void {
  const where = (): string => `${address}: ${text(before)} → ${text(after)}`;
  if (after === null) {
    check(before?.status !== 'held', 'an open hold is never deleted', where);
    return;
  }
  noneNegative(after);
  if (before === null) {
    check(
      after.status === 'held' || after.status === 'refused' || after.status === 'released',
      'a hold begins open or as a tombstone',
      where,
    );
    return;
  }
  if (before.status !== 'held') {
    check(text(before) === text(after), 'a hold resolves once', where);
    return;
  }
  check(before.attempt === after.attempt, 'a hold stays with its attempt', where);
  check(after.status !== 'refused', 'an open hold is not refused', where);
  for (const [unit, amount] of Object.entries(before.amounts)) {
    const now = Object.entries(after.amounts).find(([name]) => name === unit)?.[1] ?? 0;
    check(now >= amount, 'an open hold never shrinks', where);
  }
  check(after.leaseEndsAtMs >= before.leaseEndsAtMs, 'a lease never shrinks', where);
}

/** Beyond what was on hold, counter by counter: the only way over a budget. */
export const overrunOf = (hold: Hold, unit: string): number => {
  if (hold.status !== 'settled') return 0;
  const charged = Object.entries(hold.charged).find(([name]) => name === unit)?.[1] ?? 0;
  const held = Object.entries(hold.amounts).find(([name]) => name === unit)?.[1] ?? 0;
  return Math.max(0, charged - held);
};
