// Shared budgets without a shared object: the root grants slices, other objects spend them. All
// figures are running totals that only grow, so whichever report comes last is the truth and one
// that comes twice is harmless. The root counts a slice as gone the moment it is granted; it counts
// it back only when the object that had it has said, durably, that it will not spend it.

import type { Movement } from './account.ts';

/** What one object was granted of one counter in one window, as far as the root knows. */
export type Lease = {
  readonly windowId: number;
  readonly granted: number;
  readonly returned: number;
  readonly used: number;
};

export const emptyLease = (windowId: number): Lease => ({
  windowId,
  granted: 0,
  returned: 0,
  used: 0,
});

/** Granted and neither used nor given back. A call dearer than its hold can use more than that. */
export const unspent = (lease: Lease): number =>
  Math.max(0, lease.granted - lease.returned - lease.used);

export type Heard = Pick<Lease, 'used' | 'returned'>;

/** The lease after a report. Old news changes nothing. */
export const hear = (lease: Lease, { used, returned }: Heard): Lease => ({
  ...lease,
  used: Math.max(lease.used, used),
  returned: Math.max(lease.returned, returned),
});

export const grant = (lease: Lease, amount: number): Lease => ({
  ...lease,
  granted: lease.granted + amount,
});

/** What a change of a lease means for the root's own cell. */
export const leaseMovement = (name: string, before: Lease, after: Lease): Movement => ({
  name,
  windowId: after.windowId,
  used: after.used - before.used,
  held: 0,
  leased: unspent(after) - unspent(before),
});

/** Slices shrink with what is left, so that the end of a budget is not spread over idle shards. */
const SLICES_OF_CAP = 4;
const SLICES_OF_FREE = 2;

export type SliceAsk = {
  readonly cap: number;
  /** Neither used nor on hold nor granted. */
  readonly free: number;
  readonly shards: number;
  readonly least: number;
  readonly most: number;
};

/**
 * How much to grant: what was asked and, while there is plenty, a stock for the calls to come. 0
 * when not even the least is there.
 */
export function sliceSize({ cap, free, shards, least, most }: SliceAsk): number {
  if (free < least || free <= 0) return 0;
  const stock = Math.min(
    Math.floor(cap / (SLICES_OF_CAP * shards)),
    Math.floor(free / (SLICES_OF_FREE * shards)),
  );
  return Math.min(free, Math.max(most, stock));
}
