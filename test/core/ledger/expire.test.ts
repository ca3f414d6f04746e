// A hold that nobody resolves is charged, never returned: what was metered plus the most that
// silence can have produced, at most the hold. What breaks if this fails: whoever can make a
// settlement fail is given free tokens, or whoever loses a connection loses the whole purse.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expire } from '../../../core/ledger/resolve.ts';
import { holdOf, playTable, type TableSetting } from './bench-ledger.ts';
import { day, one, openHold, requests } from './makers.ts';

const mistakes = (setting: TableSetting, page: string) => playTable(setting, page).mistakes;

describe('a hold whose lease ran out', () => {
  it('is charged what was metered at the reserve plus a lease of silence', () => {
    const { bench, mistakes: wrong } = playTable(
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
    expect(wrong).toEqual([]);
    expect(holdOf(bench, 'h1')).toMatchObject({
      status: 'expired',
      charged: { requests: 1, nanoUsd: 170, concurrentCalls: 0 },
      resolvedAtMs: 10_000,
      estimated: true,
    });
  });

  it('is charged from the last heartbeat on, not from the reserve', () => {
    expect(
      mistakes(
        { parties: one(day(1_000)), metered: 100, perSecond: 7, leaseMs: 10_000 },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      8   renew    h1    220    | 400  0     | renewed
      18  expire   h1    _      | 0    290   | expired
      `,
      ),
    ).toEqual([]);
  });

  it.each([
    [401, 400],
    [400, 400],
    [399, 399],
  ])('of %d is charged what was producible, 400, and at most the hold: %d', (held, charged) => {
    expect(
      mistakes(
        { parties: one(day(1_000)), perSecond: 40, leaseMs: 10_000 },
        `
      at  do       hold  amount   | held     spent       | status
      0   reserve  h1    ${held}  | ${held}  0           | held
      10  expire   h1    _        | 0        ${charged}  | expired
      `,
      ),
    ).toEqual([]);
  });

  it.each([
    // per second, lease in ms, charged
    [7, 1_500, 11],
    [7, 1_000, 7],
    [7, 1_001, 8],
    [1, 1, 1],
    [0, 5_000, 0],
    [7, 0, 0],
  ])(
    'at %d a second for %d ms is charged upwards to a whole: %d',
    (perSecond, leaseMs, nanoUsd) => {
      const hold = openHold({
        amounts: { nanoUsd: 400 },
        metered: {},
        produciblePerSecond: { nanoUsd: perSecond },
        renewedAtMs: 50,
        leaseEndsAtMs: 50 + leaseMs,
      });
      expect(expire(hold, 99_999).hold.charged).toEqual({ nanoUsd });
    },
  );

  it('is charged unit by unit, and whole where silence is not known to be cheaper', () => {
    const hold = openHold({
      amounts: { requests: 1, nanoUsd: 400, concurrentCalls: 1, outputTokens: 90, toolCalls: 4 },
      metered: { nanoUsd: 100, outputTokens: 80, toolCalls: 1 },
      produciblePerSecond: { nanoUsd: 7, outputTokens: 2, images: 5 },
      renewedAtMs: 0,
      leaseEndsAtMs: 10_000,
    });
    expect(expire(hold, 10_000)).toEqual({
      status: 'expired',
      hold: {
        ...hold,
        status: 'expired',
        charged: { requests: 1, nanoUsd: 170, concurrentCalls: 0, outputTokens: 90, toolCalls: 4 },
        resolvedAtMs: 10_000,
        estimated: true,
      },
    });
  });

  it('is never charged less than was metered, even with a lease that ended before it began', () => {
    const hold = openHold({
      amounts: { nanoUsd: 400 },
      metered: { nanoUsd: 100 },
      produciblePerSecond: { nanoUsd: 7 },
      renewedAtMs: 20_000,
      leaseEndsAtMs: 10_000,
    });
    expect(expire(hold, 30_000).hold.charged).toEqual({ nanoUsd: 100 });
  });

  it('costs between what was metered and what was held', () => {
    const figure = fc.nat({ max: 500 });
    fc.assert(
      fc.property(figure, figure, figure, fc.nat({ max: 30_000 }), (held, known, rate, leaseMs) => {
        const hold = openHold({
          amounts: { nanoUsd: held },
          metered: { nanoUsd: Math.min(held, known) },
          produciblePerSecond: { nanoUsd: rate },
          renewedAtMs: 0,
          leaseEndsAtMs: leaseMs,
        });
        const { nanoUsd = Number.NaN } = expire(hold, leaseMs).hold.charged;
        expect(nanoUsd).toBeLessThanOrEqual(held);
        expect(nanoUsd).toBeGreaterThanOrEqual(Math.min(held, known));
      }),
    );
  });

  it('costs the same whether time found it at once or an hour later', () => {
    expect(
      mistakes(
        { parties: one(day(1_000)), metered: 50, perSecond: 7, leaseMs: 10_000 },
        `
      at    do       hold  amount | held spent | status
      0     reserve  h1    400    | 400  0     | held
      3600  expire   h1    _      | 0    120   | expired
      `,
      ),
    ).toEqual([]);
  });

  it('counts as a request, because the provider may have been called', () => {
    expect(
      mistakes(
        { parties: one(requests(2), day(1_000)) },
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
      ),
    ).toEqual([]);
  });
});
