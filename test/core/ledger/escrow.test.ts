// Slices of a shared budget, as its root counts them. Reports may come late, twice, out of order or
// not at all. What breaks if this fails: the same money is granted to two objects, or to none.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_ACCOUNT, move } from '../../../core/ledger/account.ts';
import {
  emptyLease,
  grant,
  hear,
  type Heard,
  type Lease,
  leaseMovement,
  sliceSize,
  unspent,
} from '../../../core/ledger/escrow.ts';

const LEASE: Lease = { windowId: 3, granted: 100, returned: 10, used: 20 };

describe('a lease', () => {
  it('begins with nothing in its window', () => {
    expect(emptyLease(3)).toEqual({ windowId: 3, granted: 0, returned: 0, used: 0 });
  });

  it.each([
    [100, 0, 0, 100],
    [100, 10, 20, 70],
    [100, 10, 89, 1],
    [100, 10, 90, 0],
    [100, 10, 91, 0], // a call dearer than its hold
  ])('of %d granted, %d returned, %d used has %d unspent', (granted, returned, used, left) => {
    expect(unspent({ windowId: 0, granted, returned, used })).toBe(left);
  });

  it.each([
    [
      { used: 30, returned: 15 },
      { used: 30, returned: 15 },
    ],
    [{ used: 20, returned: 10 }, {}],
    [{ used: 19, returned: 9 }, {}],
    [{ used: 30, returned: 9 }, { used: 30 }],
    [{ used: 19, returned: 11 }, { returned: 11 }],
  ])('that hears %j takes what is news of it', (report, news) => {
    expect(hear(LEASE, report)).toEqual({ ...LEASE, ...news });
  });

  it('grows by what is granted', () => {
    expect(grant(LEASE, 5)).toEqual({ ...LEASE, granted: 105 });
  });

  it('moves in the cell of its root what was used and what is still out', () => {
    expect(leaseMovement('nanoUsd-day', LEASE, grant(LEASE, 5))).toEqual({
      name: 'nanoUsd-day',
      windowId: 3,
      used: 0,
      held: 0,
      leased: 5,
    });
    const heard = hear(LEASE, { used: 26, returned: 14 });
    expect(leaseMovement('nanoUsd-day', LEASE, heard)).toMatchObject({ used: 6, leased: -10 });
    const passed = hear(LEASE, { used: 95, returned: 10 });
    expect(leaseMovement('nanoUsd-day', LEASE, passed)).toMatchObject({ used: 75, leased: -70 });
  });
});

describe('any run of grants and reports', () => {
  /** What the spending object does; each report says how it stood then. */
  const deeds = fc.array(
    fc.record({
      grant: fc.nat({ max: 50 }),
      use: fc.nat({ max: 40 }),
      giveBack: fc.nat({ max: 20 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  /** Which report arrives next: any of them, any number of times. */
  const arrivals = fc.array(fc.nat({ max: 100 }), { maxLength: 25 });

  it('is counted by the root as the newest report says, whatever came late, twice or never', () => {
    fc.assert(
      fc.property(deeds, arrivals, fc.boolean(), (steps, picks, lastOne) => {
        const reports: Heard[] = [{ used: 0, returned: 0 }];
        let account = EMPTY_ACCOUNT;
        let lease = emptyLease(0);
        const become = (after: Lease): void => {
          const movement = leaseMovement('nanoUsd-day', lease, after);
          expect(movement.used).toBeGreaterThanOrEqual(0);
          account = move(account, [movement], 0);
          lease = after;
        };
        let [used, returned] = [0, 0];
        for (const step of steps) {
          become(grant(lease, step.grant));
          used += Math.min(step.use, lease.granted - returned - used);
          returned += Math.min(step.giveBack, lease.granted - returned - used);
          reports.push({ used, returned });
        }
        const heard = picks.map((pick) => pick % reports.length);
        if (lastOne) heard.unshift(reports.length - 1);
        for (const index of heard) become(hear(lease, reports[index] ?? { used, returned }));
        const newest = Math.max(0, ...heard);
        expect(lease).toMatchObject(reports[newest] ?? {});
        expect(unspent(lease)).toBeGreaterThanOrEqual(lease.granted - returned - used);
        const [cell] = account.cells['nanoUsd-day'] ?? [];
        expect([cell?.used, cell?.leased ?? 0]).toEqual([lease.used, unspent(lease)]);
      }),
    );
  });
});

describe('sliceSize', () => {
  it.each([
    // cap, free, shards, least, most, granted
    [1_000, 0, 1, 0, 10, 0],
    [1_000, -5, 1, -9, 10, 0],
    [1_000, 9, 1, 10, 20, 0], // not even the least
    [1_000, 10, 1, 10, 20, 10], // exactly the least
    [1_000, 15, 1, 10, 20, 15], // all that is left
    [1_000, 20, 1, 10, 20, 20],
    [1_000, 21, 1, 10, 20, 20],
    [1_000, 1_000, 1, 10, 20, 250], // a quarter of the cap
    [1_000, 1_000, 4, 10, 20, 62], // per object
    [1_000, 1_000, 4, 10, 62, 62],
    [1_000, 1_000, 4, 10, 63, 63], // asked for more than the stock
    [1_000, 400, 1, 10, 20, 200], // half of what is free
    [1_000, 500, 1, 10, 20, 250],
    [1_000, 499, 1, 10, 20, 249],
    [1_003, 1_003, 1, 1, 1, 250], // downwards
    [1_000, 400, 4, 1, 1, 50],
    [10, 10, 16, 1, 1, 1], // a stock of less than one
    [10, 10, 16, 0, 0, 0],
  ])('of a cap of %d with %d free for %d objects, asked for %d to %d: %d', (...figures) => {
    const [cap, free, shards, least, most, slice] = figures;
    expect(sliceSize({ cap, free, shards, least, most })).toBe(slice);
  });

  it('is never more than is free, and less than the least only where it is nothing', () => {
    const figure = fc.integer({ min: -50, max: 5_000 });
    const ask = fc.record({
      cap: fc.nat({ max: 5_000 }),
      free: figure,
      shards: fc.integer({ min: 1, max: 64 }),
      least: fc.nat({ max: 300 }),
      more: fc.nat({ max: 300 }),
    });
    fc.assert(
      fc.property(ask, ({ more, ...rest }) => {
        const slice = sliceSize({ ...rest, most: rest.least + more });
        expect(slice).toBeLessThanOrEqual(Math.max(0, rest.free));
        expect(slice === 0 || slice >= rest.least).toBe(true);
        const wanted = rest.least + more > 0;
        if (wanted) expect(slice === 0).toBe(rest.free < Math.max(1, rest.least));
      }),
    );
  });
});
