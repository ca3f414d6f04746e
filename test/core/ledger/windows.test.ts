// Calendar windows in UTC: where each one turns, that its number only grows, and when it ends.
// What breaks if this fails: a budget that comes back early, late, or twice.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comesBack,
  rollingPeriodMs,
  windowEndsAtMs,
  windowId,
  type WindowKind,
  WINDOWS,
  windowSeconds,
} from '../../../core/ledger/window.ts';
import { parseTable } from '../../support/table.ts';

const utc = (time: string): number => Date.parse(`${time}Z`);
const CALENDAR = ['minute', 'hour', 'day', 'week', 'month'] as const;
const ENDLESS = WINDOWS.filter((kind) => !CALENDAR.some((one) => one === kind));

/** The first millisecond of each time begins a new window of the kinds that are named. */
const TURNS = parseTable(
  ['begins', 'turns', 'because'],
  `
  begins               turns                       because
  1970-01-01T00:01:00  minute                      minute
  1970-01-01T01:00:00  minute,hour                 hour
  1970-01-02T00:00:00  minute,hour,day             midnight
  1970-01-05T00:00:00  minute,hour,day,week        first-Monday
  1970-02-01T00:00:00  minute,hour,day,month       first-month
  2026-11-21T12:34:00  minute                      minute
  2026-11-21T13:00:00  minute,hour                 hour
  2026-11-22T00:00:00  minute,hour,day             Sunday
  2026-11-23T00:00:00  minute,hour,day,week        Monday
  2026-12-01T00:00:00  minute,hour,day,month       30-days
  2027-01-01T00:00:00  minute,hour,day,month       new-year
  2027-01-31T00:00:00  minute,hour,day             before-a-month-end
  2027-02-01T00:00:00  minute,hour,day,week,month  31-days-and-Monday
  2027-02-28T00:00:00  minute,hour,day             common-February
  2027-03-01T00:00:00  minute,hour,day,week,month  28-days
  2027-03-28T01:00:00  minute,hour                 Europe-changes-its-clocks
  2028-02-29T00:00:00  minute,hour,day             leap-day
  2028-03-01T00:00:00  minute,hour,day,month       29-days
  2000-02-29T00:00:00  minute,hour,day             400-years-leap
  2000-03-01T00:00:00  minute,hour,day,month       29-days
  2100-02-28T00:00:00  minute,hour,day             no-leap-century
  2100-03-01T00:00:00  minute,hour,day,week,month  28-days
  2024-12-30T00:00:00  minute,hour,day,week        ISO-week-1-of-2025
  2025-01-01T00:00:00  minute,hour,day,month       inside-that-week
  `,
);

describe('a calendar window', () => {
  it.each(TURNS)('turns once at $begins and not around it ($because)', ({ begins, turns }) => {
    const firstMs = utc(begins);
    for (const kind of CALENDAR) {
      const step = turns.split(',').includes(kind) ? 1 : 0;
      const id = windowId(kind, firstMs);
      expect(`${kind} +${String(id - windowId(kind, firstMs - 1))}`).toBe(
        `${kind} +${String(step)}`,
      );
      expect(windowId(kind, firstMs + 1)).toBe(id);
      if (step === 1) expect(windowEndsAtMs(kind, id - 1)).toBe(firstMs);
    }
  });

  it.each([
    ['minute', '1970-01-01T00:00:00', 0],
    ['hour', '1970-01-01T00:59:59.999', 0],
    ['day', '2026-11-21T12:00:00', 20_778],
    ['week', '1970-01-04T23:59:59.999', 0],
    ['week', '1970-01-05T00:00:00', 1],
    ['month', '1970-01-01T00:00:00', 23_640],
    ['month', '2026-12-31T23:59:59.999', 24_323],
  ] as const)('of kind %s at %s has the number it has in stored rows', (kind, time, id) => {
    expect(windowId(kind, utc(time))).toBe(id);
  });

  it('has a number that only grows, and ends with the first millisecond of the next', () => {
    const timeMs = fc.integer({ min: 0, max: Date.UTC(2_400, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...CALENDAR), timeMs, timeMs, (kind, a, b) => {
        const id = windowId(kind, a);
        const endsAtMs = windowEndsAtMs(kind, id) ?? Number.NaN;
        expect(a).toBeLessThan(endsAtMs);
        expect([windowId(kind, endsAtMs - 1), windowId(kind, endsAtMs)]).toEqual([id, id + 1]);
        const laterId = windowId(kind, Math.max(a, b));
        expect(laterId).toBeGreaterThanOrEqual(id);
        expect(laterId === id).toBe(Math.max(a, b) < endsAtMs);
      }),
    );
  });

  it('is the same for every time zone and season', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => utc('2027-03-28T00:00') + hour * 3.6e6);
    expect(new Set(hours.map((timeMs) => windowId('day', timeMs))).size).toBe(1);
    expect(new Set(hours.map((timeMs) => windowId('hour', timeMs))).size).toBe(24);
  });
});

describe('a window that never turns', () => {
  it.each(ENDLESS)('of kind %s has one number and no end', (kind) => {
    expect([0, 1, utc('2026-11-23T00:00')].map((at) => windowId(kind, at))).toEqual([0, 0, 0]);
    expect(windowEndsAtMs(kind, 0)).toBeNull();
  });
});

describe('every window', () => {
  const facts: Readonly<Record<WindowKind, readonly [number | null, number | null, boolean]>> = {
    now: [null, null, true],
    minute: [60, null, true],
    hour: [3_600, null, true],
    day: [86_400, null, true],
    week: [604_800, null, true],
    month: [2_592_000, null, true],
    lifetime: [null, null, false],
    run: [null, null, false],
    'rolling-minute': [60, 60_000, true],
    'rolling-hour': [3_600, 3_600_000, true],
    'rolling-day': [86_400, 86_400_000, true],
    'rolling-week': [604_800, 604_800_000, true],
  };

  it.each(WINDOWS)('of kind %s says how long it is and whether waiting helps', (kind) => {
    expect([windowSeconds(kind), rollingPeriodMs(kind), comesBack(kind)]).toEqual(facts[kind]);
  });
});
