// Calendar windows in UTC and the clock they are read by: midnight, month ends, a leap day, the
// turn of a year, and a clock that steps back. What breaks if this fails: a budget that can be
// spent twice by whoever waits for, or causes, a turn of the clock.

import { describe, expect, it } from 'vitest';
import { viewCounter } from '../../../core/ledger/account.ts';
import { windowEndsAtMs, windowId, windowSeconds } from '../../../core/ledger/window.ts';
import { accountOf, calls, day, holdOf, month, one, playTable } from './bench-ledger.ts';

const utc = (time: string): number => Date.parse(`${time}Z`);
const dayOf = (time: string): number => windowId('day', utc(time));
const monthOf = (time: string): number => windowId('month', utc(time));

describe('windowId', () => {
  it.each([
    ['midnight', '2026-11-21T23:59:59.999', '2026-11-22T00:00:00'],
    ['into a leap day', '2028-02-28T23:59:59.999', '2028-02-29T00:00:00'],
    ['out of a leap day', '2028-02-29T23:59:59.999', '2028-03-01T00:00:00'],
    ['past a missing leap day', '2027-02-28T23:59:59.999', '2027-03-01T00:00:00'],
    ['the turn of a year', '2026-12-31T23:59:59.999', '2027-01-01T00:00:00'],
    ['a night on which clocks change in Europe', '2027-03-27T23:59:59.999', '2027-03-28T00:00:00'],
  ])('turns the day at %s, one at a time', (_, before, after) => {
    expect(dayOf(after)).toBe(dayOf(before) + 1);
  });

  it.each([
    ['a month of 31 days', '2027-01-31T23:59:59.999', '2027-02-01T00:00:00'],
    ['a leap February', '2028-02-29T23:59:59.999', '2028-03-01T00:00:00'],
    ['the turn of a year', '2026-12-31T23:59:59.999', '2027-01-01T00:00:00'],
  ])('turns the month at the end of %s, one at a time', (_, before, after) => {
    expect(monthOf(after)).toBe(monthOf(before) + 1);
  });

  it('keeps the leap day in its month and the whole of a day in one window', () => {
    expect(monthOf('2028-02-28T23:59:59.999')).toBe(monthOf('2028-02-29T00:00:00'));
    expect(dayOf('2027-03-28T00:00:00')).toBe(dayOf('2027-03-28T23:59:59.999'));
  });

  it('never turns what counts now', () => {
    expect(windowId('now', utc('2026-11-21T00:00:00'))).toBe(windowId('now', 0));
    expect(windowEndsAtMs('now', 0)).toBeNull();
    expect(windowSeconds('now')).toBeNull();
  });

  it.each(['day', 'month'] as const)('of a %s ends exactly where the next one begins', (kind) => {
    for (const time of ['2026-11-21T12:00', '2026-12-31T23:59', '2028-02-29T00:00']) {
      const id = windowId(kind, utc(time));
      const endsAtMs = windowEndsAtMs(kind, id) ?? Number.NaN;
      expect(windowId(kind, endsAtMs - 1)).toBe(id);
      expect(windowId(kind, endsAtMs)).toBe(id + 1);
    }
  });

  it('says how long a window is, in seconds', () => {
    expect([windowSeconds('day'), windowSeconds('month')]).toEqual([86_400, 2_592_000]);
  });
});

describe('a budget over time', () => {
  it('is whole again at midnight, and not a millisecond before', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at                       do       hold  amount | held spent | status
      2026-11-21T12:00:00      reserve  h1    1000   | 1000 0     | held
      2026-11-21T12:00:01      settle   h1    1000   | 0    1000  | settled
      2026-11-21T23:59:59.999  reserve  h2    1      | 0    1000  | over-budget
      2026-11-22T00:00:00      reserve  h3    1000   | 1000 0     | held
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('has a leap day of its own', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2028-02-28T12:00:00  reserve  h1    1000   | 1000 0     | held
      2028-02-28T12:00:01  settle   h1    1000   | 0    1000  | settled
      2028-02-29T00:00:00  reserve  h2    1000   | 1000 0     | held
      2028-02-29T00:00:01  settle   h2    1000   | 0    1000  | settled
      2028-02-29T23:59:59  reserve  h3    1      | 0    1000  | over-budget
      2028-03-01T00:00:00  reserve  h4    1000   | 1000 0     | held
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('of a month goes on over midnight and is whole again with the new month', () => {
    expect(
      playTable(
        { parties: one(month(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2026-12-30T12:00:00  reserve  h1    600    | 600  0     | held
      2026-12-30T12:00:01  settle   h1    600    | 0    600   | settled
      2026-12-31T23:59:59  reserve  h2    401    | 0    600   | over-budget
      2026-12-31T23:59:59  reserve  h3    400    | 400  600   | held
      2027-01-01T00:00:00  reserve  h4    1000   | 1000 0     | held
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('charges a hold taken before midnight to yesterday', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)) },
      `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:58  reserve  h1    900    | 900  0     | held
      2026-11-22T00:00:01  settle   h1    700    | 0    0     | settled
      2026-11-22T00:00:02  reserve  h2    1000   | 1000 0     | held
      `,
    );
    expect(mistakes).toEqual([]);
    const cells = accountOf(bench, 'device:d').cells['nanoUsd-day'];
    const yesterday = cells?.find((cell) => cell.windowId === dayOf('2026-11-21T12:00'));
    expect(yesterday).toMatchObject({ used: 700, held: 0 });
  });

  it('charges what expires after midnight to yesterday, and a later truth too', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)), metered: 50 },
      `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:58  reserve  h1    900    | 900  0     | held
      2026-11-22T00:00:08  expire   h1    _      | 0    0     | expired
      2026-11-22T00:00:09  settle   h1    300    | 0    0     | already-expired
      `,
    );
    expect(mistakes).toEqual([]);
    const [yesterday] = accountOf(bench, 'device:d').cells['nanoUsd-day'] ?? [];
    expect(yesterday).toEqual({ windowId: dayOf('2026-11-21T12:00'), used: 300, held: 0 });
  });

  it('keeps calls that are in progress in progress over midnight', () => {
    expect(
      playTable(
        { parties: one(calls(1), day(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:58  reserve  h1    10     | 1    0     | held
      2026-11-22T00:00:01  reserve  h2    10     | 1    0     | over-concurrency
      2026-11-22T00:00:02  settle   h1    10     | 0    0     | settled
      2026-11-22T00:00:03  reserve  h2    10     | 1    0     | held
      `,
      ).mistakes,
    ).toEqual([]);
  });
});

describe('a clock that steps back', () => {
  it('by five seconds over midnight re-opens neither day', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:50  reserve  h1    1000   | 1000 0     | held
      2026-11-21T23:59:51  settle   h1    1000   | 0    1000  | settled
      2026-11-22T00:00:02  reserve  h2    1000   | 1000 0     | held
      2026-11-21T23:59:57  reserve  h3    1      | 1000 0     | over-budget
      2026-11-21T23:59:57  settle   h2    1000   | 0    1000  | settled
      2026-11-21T23:59:58  reserve  h4    1      | 0    1000  | over-budget
      2026-11-22T00:00:03  reserve  h5    1      | 0    1000  | over-budget
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('by a day, and forward again, gives nothing twice', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2026-11-22T10:00:00  reserve  h1    1000   | 1000 0     | held
      2026-11-22T10:00:01  settle   h1    1000   | 0    1000  | settled
      2026-11-21T10:00:00  reserve  h2    1      | 0    1000  | over-budget
      2026-11-22T10:00:02  reserve  h3    1      | 0    1000  | over-budget
      2026-11-23T00:00:00  reserve  h4    1000   | 1000 0     | held
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('over the end of a month re-opens neither month', () => {
    expect(
      playTable(
        { parties: one(month(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2028-03-01T00:00:01  reserve  h1    1000   | 1000 0     | held
      2028-02-29T23:59:58  reserve  h2    1      | 1000 0     | over-budget
      2028-02-29T23:59:59  release  h1    _      | 0    0     | released
      2028-02-29T23:59:59  reserve  h3    1000   | 1000 0     | held
      2028-03-01T00:00:02  reserve  h4    1      | 1000 0     | over-budget
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('charges one call to one day in every purse, the later of their clocks', () => {
    const device = { principal: 'device:d', limits: [day(1_000)] };
    const ip = { principal: 'ip:192.0.2.1', limits: [day(1_000)] };
    const { bench, mistakes } = playTable(
      { parties: [ip] },
      `
      at                   do       hold  amount | held spent | status
      2026-11-22T00:00:02  reserve  h1    100    | 100  0     | held
      `,
    );
    expect(mistakes).toEqual([]);
    expect(
      playTable(
        { parties: [device, ip] },
        `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:57  reserve  h2    100    | 100  0     | held
      2026-11-21T23:59:58  settle   h2    70     | 0    70    | settled
      `,
        bench,
      ).mistakes,
    ).toEqual([]);
    const tomorrow = dayOf('2026-11-22T12:00');
    expect(holdOf(bench, 'h2').windows).toEqual([{ name: 'nanoUsd-day', windowId: tomorrow }]);
    const seen = viewCounter(accountOf(bench, 'ip:192.0.2.1'), day(1_000), 0);
    expect(seen).toMatchObject({ used: 70, held: 100 });
  });
});
