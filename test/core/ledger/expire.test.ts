// A hold that nobody resolves is charged, never returned: what was metered plus the most that
// silence can have produced, at most the hold. What breaks if this fails: whoever can make a
// settlement fail is given free tokens, or whoever loses a connection loses the whole purse.

import { describe, expect, it } from 'vitest';
import { day, holdOf, one, playTable, requests } from './bench-ledger.ts';

describe('a hold whose lease ran out', () => {
  it('is charged what was metered at the reserve plus a lease of silence', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)), metered: 100, perSecond: 7, leaseMs: 10_000 },
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      10  expire   h1    _      | 0    170   | expired
      11  expire   h1    _      | 0    170   | already-expired
      12  release  h1    _      | 0    170   | already-expired
      13  renew    h1    300    | 0    170   | already-expired
      `,
    );
    expect(mistakes).toEqual([]);
    expect(holdOf(bench, 'h1')).toMatchObject({ chargedNanoUsd: 170, estimated: true });
  });

  it('is charged from the last heartbeat on, not from the reserve', () => {
    expect(
      playTable(
        { parties: one(day(1_000)), metered: 100, perSecond: 7, leaseMs: 10_000 },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      8   renew    h1    220    | 400  0     | renewed
      18  expire   h1    _      | 0    290   | expired
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('is charged at most the hold, to the nano-dollar', () => {
    expect(
      playTable(
        { parties: one(day(1_000)), perSecond: 40, leaseMs: 10_000 },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    401    | 401  0     | held
      10  expire   h1    _      | 0    400   | expired
      20  reserve  h2    400    | 400  400   | held
      30  expire   h2    _      | 0    800   | expired
      `,
      ).mistakes,
    ).toEqual([]);
    expect(
      playTable(
        { parties: one(day(1_000)), perSecond: 40, leaseMs: 10_000 },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    399    | 399  0     | held
      10  expire   h1    _      | 0    399   | expired        // 400 were producible
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('is charged upwards to a whole nano-dollar where silence ends within a second', () => {
    expect(
      playTable(
        { parties: one(day(1_000)), perSecond: 7, leaseMs: 1_500 },
        `
      at   do       hold  amount | held spent | status
      0    reserve  h1    400    | 400  0     | held
      1.5  expire   h1    _      | 0    11    | expired        // 10.5 up to 11
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('costs the same whether time found it at once or an hour later', () => {
    expect(
      playTable(
        { parties: one(day(1_000)), metered: 50, perSecond: 7, leaseMs: 10_000 },
        `
      at    do       hold  amount | held spent | status
      0     reserve  h1    400    | 400  0     | held
      3600  expire   h1    _      | 0    120   | expired
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('counts as a request, because the provider may have been called', () => {
    const parties = one(requests(2), day(1_000));
    expect(
      playTable(
        { parties },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 1    0     | held
      10  expire   h1    _      | 0    1     | expired
      11  reserve  h2    400    | 1    1     | held
      12  release  h2    _      | 0    1     | released       // never called: no request
      13  reserve  h3    400    | 1    1     | held
      14  settle   h3    1      | 0    2     | settled
      15  reserve  h4    1      | 0    2     | over-requests
      `,
      ).mistakes,
    ).toEqual([]);
  });
});

describe('the truth that arrives after expiry', () => {
  it('is added where it is dearer, once, and ignored where it is cheaper or the same', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)), metered: 100, leaseMs: 10_000 },
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      10  expire   h1    _      | 0    100   | expired
      11  settle   h1    99     | 0    100   | already-expired
      12  settle   h1    100    | 0    100   | already-expired
      13  settle   h1    101    | 0    101   | already-expired
      14  settle   h1    350    | 0    350   | already-expired
      15  settle   h1    350    | 0    350   | already-expired
      16  settle   h1    120    | 0    350   | already-expired
      `,
    );
    expect(mistakes).toEqual([]);
    expect(holdOf(bench, 'h1')).toMatchObject({ status: 'expired', chargedNanoUsd: 350 });
  });

  it('leaves the charge an estimate unless it is dearer', () => {
    const settling = { parties: one(day(1_000)), metered: 100, leaseMs: 10_000 };
    const { bench } = playTable(
      settling,
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      10  expire   h1    _      | 0    100   | expired
      11  settle   h1    100    | 0    100   | already-expired
      `,
    );
    expect(holdOf(bench, 'h1').estimated).toBe(true);
    const { mistakes } = playTable(
      settling,
      `
      at  do       hold  amount | held spent | status
      12  settle   h1    101    | 0    101   | already-expired
      `,
      bench,
    );
    expect([mistakes, holdOf(bench, 'h1').estimated]).toEqual([[], false]);
  });

  it('is recorded beyond the hold as well', () => {
    expect(
      playTable(
        { parties: one(day(1_000)), metered: 400, leaseMs: 10_000 },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      10  expire   h1    _      | 0    400   | expired
      11  settle   h1    470    | 0    470   | already-expired
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('adds money only, not another request', () => {
    expect(
      playTable(
        { parties: one(requests(5), day(1_000)), metered: 100 },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 1    0     | held
      10  expire   h1    _      | 0    1     | expired
      11  settle   h1    350    | 0    1     | already-expired
      `,
      ).mistakes,
    ).toEqual([]);
  });
});
