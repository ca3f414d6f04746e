// Budgets over time: midnight, month ends, and a clock that steps back. What breaks if this fails:
// a budget that can be spent twice by whoever waits for, or causes, a turn of the clock.

import { describe, expect, it } from 'vitest';
import { viewCounter } from '../../../core/ledger/account.ts';
import { windowId } from '../../../core/ledger/window.ts';
import { accountOf, playTable, type TableSetting } from './bench-ledger.ts';
import { calls, day, limitOf, month, one, rolling } from './makers.ts';

const utc = (time: string): number => Date.parse(`${time}Z`);
const dayOf = (time: string): number => windowId('day', utc(time));
const mistakes = (setting: TableSetting, page: string) => playTable(setting, page).mistakes;

describe('a budget over time', () => {
  it.each([
    ['minute', '2026-11-21T12:34:00', '2026-11-21T12:34:59.999', '2026-11-21T12:35:00'],
    ['hour', '2026-11-21T12:00:00', '2026-11-21T12:59:59.999', '2026-11-21T13:00:00'],
    ['day', '2028-02-28T00:00:00', '2028-02-28T23:59:59.999', '2028-02-29T00:00:00'],
    ['day', '2028-02-29T00:00:00', '2028-02-29T23:59:59.999', '2028-03-01T00:00:00'],
    ['week', '2026-11-16T00:00:00', '2026-11-22T23:59:59.999', '2026-11-23T00:00:00'],
    ['month', '2027-02-01T00:00:00', '2027-02-28T23:59:59.999', '2027-03-01T00:00:00'],
    ['month', '2026-12-01T00:00:00', '2026-12-31T23:59:59.999', '2027-01-01T00:00:00'],
  ] as const)('of a %s lasts from %s to %s and is whole again at %s', (kind, from, to, next) => {
    expect(
      mistakes(
        { parties: one(limitOf('nanoUsd', kind, 1_000)) },
        `
      at       do       hold  amount | held spent | status
      ${from}  reserve  h1    1000   | 1000 0     | held
      ${from}  settle   h1    999    | 0    999   | settled
      ${to}    reserve  h2    2      | 0    999   | over-budget
      ${to}    reserve  h2    1      | 1    999   | held
      ${next}  reserve  h3    1001   | 0    0     | over-budget
      ${next}  reserve  h3    1000   | 1000 0     | held
      `,
      ),
    ).toEqual([]);
  });

  it.each(['lifetime', 'run'] as const)('of a %s never comes back', (kind) => {
    expect(
      mistakes(
        { parties: one(limitOf('nanoUsd', kind, 1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2026-11-21T12:00:00  reserve  h1    1000   | 1000 0     | held
      2026-11-21T12:00:01  settle   h1    1000   | 0    1000  | settled
      2036-11-21T12:00:00  reserve  h2    1      | 0    1000  | over-budget
      `,
      ),
    ).toEqual([]);
  });

  it('charges a hold taken before midnight to yesterday', () => {
    const { bench, mistakes: wrong } = playTable(
      { parties: one(day(1_000)) },
      `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:58  reserve  h1    900    | 900  0     | held
      2026-11-22T00:00:01  settle   h1    700    | 0    0     | settled
      2026-11-22T00:00:02  reserve  h2    1000   | 1000 0     | held
      `,
    );
    expect(wrong).toEqual([]);
    const cells = accountOf(bench, 'device:d').cells['nanoUsd-day'];
    const yesterday = cells?.find((cell) => cell.windowId === dayOf('2026-11-21T12:00'));
    expect(yesterday).toEqual({ windowId: dayOf('2026-11-21T12:00'), used: 700, held: 0 });
  });

  it('charges what expires after midnight to yesterday', () => {
    const { bench, mistakes: wrong } = playTable(
      { parties: one(day(1_000)), metered: 50 },
      `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:58  reserve  h1    900    | 900  0     | held
      2026-11-22T00:00:08  expire   h1    _      | 0    0     | expired
      `,
    );
    expect(wrong).toEqual([]);
    const [yesterday] = accountOf(bench, 'device:d').cells['nanoUsd-day'] ?? [];
    expect(yesterday).toEqual({ windowId: dayOf('2026-11-21T12:00'), used: 50, held: 0 });
  });

  it('keeps calls that are in progress in progress over midnight', () => {
    expect(
      mistakes(
        { parties: one(calls(1), day(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:58  reserve  h1    10     | 1    0     | held
      2026-11-22T00:00:01  reserve  h2    10     | 1    0     | over-concurrency
      2026-11-22T00:00:02  settle   h1    10     | 0    0     | settled
      2026-11-22T00:00:03  reserve  h2    10     | 1    0     | held
      `,
      ),
    ).toEqual([]);
  });
});

describe('a rolling budget', () => {
  it('is refused one over what has drained and granted exactly when enough has', () => {
    expect(
      mistakes(
        { parties: one(rolling(600)) },
        `
      at      do       hold  amount | held spent | status
      100     reserve  h1    601    | 0    0     | over-budget
      100     reserve  h1    600    | 600  0     | held
      130     reserve  h2    1      | 600  0     | over-budget   // what is held does not drain
      130     settle   h1    600    | 0    600   | settled
      130.099 reserve  h3    1      | 0    600   | over-budget
      130.1   reserve  h3    2      | 0    599   | over-budget
      130.1   reserve  h3    1      | 1    599   | held
      160     reserve  h4    300    | 1    300   | over-budget
      160     reserve  h4    299    | 300  300   | held
      160     release  h4    _      | 1    300   | released
      190     release  h3    _      | 0    0     | released
      900     reserve  h5    601    | 0    0     | over-budget   // nothing is saved up
      900     reserve  h5    600    | 600  0     | held
      `,
      ),
    ).toEqual([]);
  });

  it('does not drain again after the clock stepped back', () => {
    expect(
      mistakes(
        { parties: one(rolling(600)) },
        `
      at   do       hold  amount | held spent | status
      100  reserve  h1    600    | 600  0     | held
      100  settle   h1    600    | 0    600   | settled
      110  reserve  h2    100    | 100  500   | held
      100  settle   h2    100    | 0    600   | settled
      110  reserve  h3    1      | 0    600   | over-budget
      120  reserve  h3    100    | 100  500   | held
      `,
      ),
    ).toEqual([]);
  });
});

describe('a clock that steps back', () => {
  it('by five seconds over midnight re-opens neither day', () => {
    expect(
      mistakes(
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
      ),
    ).toEqual([]);
  });

  it('by a day, and forward again, gives nothing twice', () => {
    expect(
      mistakes(
        { parties: one(day(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2026-11-22T10:00:00  reserve  h1    1000   | 1000 0     | held
      2026-11-22T10:00:01  settle   h1    1000   | 0    1000  | settled
      2026-11-21T10:00:00  reserve  h2    1      | 0    1000  | over-budget
      2026-11-22T10:00:02  reserve  h3    1      | 0    1000  | over-budget
      2026-11-23T00:00:00  reserve  h4    1000   | 1000 0     | held
      `,
      ),
    ).toEqual([]);
  });

  it('over the end of a month re-opens neither month', () => {
    expect(
      mistakes(
        { parties: one(month(1_000)) },
        `
      at                   do       hold  amount | held spent | status
      2028-03-01T00:00:01  reserve  h1    1000   | 1000 0     | held
      2028-02-29T23:59:58  reserve  h2    1      | 1000 0     | over-budget
      2028-02-29T23:59:59  release  h1    _      | 0    0     | released
      2028-02-29T23:59:59  reserve  h3    1000   | 1000 0     | held
      2028-03-01T00:00:02  reserve  h4    1      | 1000 0     | over-budget
      `,
      ),
    ).toEqual([]);
  });

  it('charges one call in every purse to the newest window that purse has seen', () => {
    const device = { principal: 'device:d', limits: [day(1_000)] };
    const ip = { principal: 'ip:192.0.2.1', limits: [day(1_000)] };
    const { bench } = playTable(
      { parties: [ip] },
      `
      at                   do       hold  amount | held spent | status
      2026-11-22T00:00:02  reserve  h1    100    | 100  0     | held
      `,
    );
    const page = `
      at                   do       hold  amount | held spent | status
      2026-11-21T23:59:57  reserve  h2    100    | 100  0     | held
      2026-11-21T23:59:58  settle   h2    70     | 0    70    | settled
      `;
    expect(playTable({ parties: [device, ip] }, page, bench).mistakes).toEqual([]);
    const seen = viewCounter(accountOf(bench, ip.principal), day(1_000), 0);
    expect(seen).toMatchObject({ used: 70, held: 100, resetsAtMs: utc('2026-11-23T00:00') });
    const other = viewCounter(accountOf(bench, device.principal), day(1_000), 0);
    expect(other).toMatchObject({ used: 70, held: 0, resetsAtMs: utc('2026-11-22T00:00') });
  });
});
