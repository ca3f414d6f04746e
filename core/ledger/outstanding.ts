// At most so many challenges that were fetched ahead may be outstanding at a time, for one
// principal. Issuing one stores nothing, so they are counted when they are redeemed: exactly, with
// one number for each that may be outstanding. It looks at no clock.

import type { Account } from './account.ts';

export type SolvedAhead = {
  readonly issuedAtMs: number;
  readonly outstandingMax: number;
};

/** Which machine has the interval, and when it ends there. */
export type OutstandingSlot = { readonly machine: number; readonly endMs: number };

/**
 * The machine that takes this redemption, or null if too many would have been outstanding.
 *
 * A challenge issued in millisecond i and redeemed in t was outstanding during [i, max(t, i + 1)):
 * a millisecond is the finest that its issue is known to. At most k of these intervals overlap if
 * and only if they can be dealt to k machines that have one at a time. Redemptions come in the
 * order of their ends, and in this order best fit (the machine that became free last, and not after
 * i) refuses only what no dealing could take. For let every machine be busy at some time after i,
 * and let e be the earliest of their ends. A machine that had been free from before e until e or
 * later would have taken an interval that began at e or later, although the machine that ends at e
 * fits it better. So in the moment before e all k were busy, and with the new one k + 1 overlap.
 *
 * Only where one is redeemed in the very millisecond of its issue do ends come out of order: one
 * may be refused that would have fitted, and still none is taken that does not.
 */
export function slotFor(
  account: Account,
  { issuedAtMs, outstandingMax }: SolvedAhead,
  nowMs: number,
): OutstandingSlot | null {
  const ends = account.solvedAhead ?? [];
  let machine = -1;
  let latest = -1;
  for (let candidate = 0; candidate < outstandingMax; candidate += 1) {
    const end = ends[candidate] ?? 0;
    if (end > issuedAtMs || end <= latest) continue;
    machine = candidate;
    latest = end;
  }
  if (machine < 0) return null;
  return { machine, endMs: Math.max(nowMs, issuedAtMs + 1) };
}

/**
 * The account with this machine busy until then. On one machine ends only grow, so a slot that is
 * taken in twice, or later than its successor, as after a restart, changes nothing.
 */
export function withSlot(account: Account, { machine, endMs }: OutstandingSlot): Account {
  const before = account.solvedAhead ?? [];
  const solvedAhead = Array.from({ length: Math.max(before.length, machine + 1) }, (_, index) =>
    Math.max(before[index] ?? 0, index === machine ? endMs : 0),
  );
  return { ...account, solvedAhead };
}
