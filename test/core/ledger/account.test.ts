// An account keeps the two newest windows of every counter and nothing older, so that it stays
// small for ever and a hold taken before midnight still settles into yesterday.

import { describe, expect, it } from 'vitest';
import {
  type Account,
  accountTimeMs,
  cellAt,
  CELLS_MAX,
  counterName,
  EMPTY_ACCOUNT,
  type Limit,
  move,
  quotaOf,
  unitOfCounter,
  viewCounter,
} from '../../../core/ledger/account.ts';
import { UNITS } from '../../../core/ledger/unit.ts';
import { WINDOWS } from '../../../core/ledger/window.ts';
import { accountWith, day, DAY_MS, limitOf, MINUTE_MS, month, rolling } from './makers.ts';

const NAME = 'nanoUsd-day';
const spend = (account: Account, windowId: number, used: number): Account =>
  move(account, [{ name: NAME, windowId, used, held: 0 }], windowId * DAY_MS);

describe('a counter', () => {
  it('is named after its unit and window, and its route where it has one', () => {
    expect(counterName(day(1))).toBe(NAME);
    expect(counterName(limitOf('requests', 'day', 1, 'free-chat'))).toBe('requests-day@free-chat');
    expect(counterName(limitOf('requests', 'day', 1, ''))).toBe('requests-day@');
  });

  it('has a name of its own for every unit, window and route, and its unit reads back', () => {
    const names = UNITS.flatMap((unit) =>
      WINDOWS.flatMap((window) =>
        [undefined, 'chat', 'chat-two', 'a@b'].map((route) => {
          const name = counterName(limitOf(unit, window, 1, route));
          expect(unitOfCounter(name)).toBe(unit);
          return name;
        }),
      ),
    );
    expect(new Set(names).size).toBe(UNITS.length * WINDOWS.length * 4);
  });
});

describe('an account', () => {
  it('keeps the two newest windows of a counter, newest first, in whatever order they came', () => {
    for (const order of [
      [5, 6, 7],
      [7, 6, 5],
      [6, 5, 7],
      [7, 5, 6],
    ]) {
      const account = order.reduce((so, id) => spend(so, id, id), EMPTY_ACCOUNT);
      expect(account.cells[NAME]).toEqual([
        { windowId: 7, used: 7, held: 0 },
        { windowId: 6, used: 6, held: 0 },
      ]);
    }
    expect(CELLS_MAX).toBe(2);
  });

  it('stays the same size over ten years of days', () => {
    let account = EMPTY_ACCOUNT;
    for (let id = 20_000; id < 23_650; id += 1) account = spend(account, id, 1);
    expect(account.cells[NAME]).toHaveLength(2);
  });

  it('drops a movement in a window that is gone rather than a window that is in force', () => {
    const account = [6, 7].reduce((so, id) => spend(so, id, id), EMPTY_ACCOUNT);
    const late = spend(account, 3, 1_000);
    expect(late.cells[NAME]?.map((cell) => cell.windowId)).toEqual([7, 6]);
    expect(viewCounter(late, day(100), 7 * DAY_MS).used).toBe(7);
  });

  it('moves the counters that are named, window by window, and no other', () => {
    const account = move(
      EMPTY_ACCOUNT,
      [
        { name: NAME, windowId: 5, used: 5, held: 0 },
        { name: NAME, windowId: 5, used: 1, held: 7 },
        { name: NAME, windowId: 4, used: 0, held: 3 },
        { name: 'requests-day', windowId: 5, used: 2, held: 0 },
      ],
      5 * DAY_MS,
    );
    expect(account).toEqual({
      clockMs: 5 * DAY_MS,
      caps: {},
      cells: {
        [NAME]: [
          { windowId: 5, used: 6, held: 7 },
          { windowId: 4, used: 0, held: 3 },
        ],
        'requests-day': [{ windowId: 5, used: 2, held: 0 }],
      },
    });
    expect(viewCounter(account, month(100), 5 * DAY_MS)).toMatchObject({ used: 0, held: 0 });
    expect(viewCounter(account, day(100), 5 * DAY_MS)).toMatchObject({ used: 6, held: 7 });
    expect(viewCounter(account, day(100), 4 * DAY_MS)).toMatchObject({ used: 6, held: 7 });
  });

  it('reads a window that has turned over as empty, with the time it ends', () => {
    const account = spend(EMPTY_ACCOUNT, 5, 5);
    expect(viewCounter(account, day(100), 6 * DAY_MS - 1).used).toBe(5);
    expect(viewCounter(account, day(100), 6 * DAY_MS)).toEqual({
      name: NAME,
      window: 'day',
      unit: 'nanoUsd',
      used: 0,
      held: 0,
      cap: 100,
      resetsAtMs: 7 * DAY_MS,
    });
    expect(viewCounter(account, limitOf('nanoUsd', 'lifetime', 9), 0).resetsAtMs).toBeNull();
  });

  it('is a value: moving leaves the one before as it was', () => {
    const before = { ...spend(EMPTY_ACCOUNT, 5, 5), caps: { [NAME]: 3 }, cohort: 'cohort:c' };
    const copy = structuredClone(before);
    expect(spend(before, 5, 9)).toMatchObject({ caps: { [NAME]: 3 }, cohort: 'cohort:c' });
    spend(before, 6, 9);
    expect(before).toEqual(copy);
    expect(EMPTY_ACCOUNT).toEqual({ clockMs: 0, cells: {}, caps: {} });
  });

  it('has a clock that only goes forward', () => {
    const account = move(spend(EMPTY_ACCOUNT, 5, 1), [], 3 * DAY_MS);
    expect(account.clockMs).toBe(5 * DAY_MS);
    expect(move(account, [], 9 * DAY_MS).clockMs).toBe(9 * DAY_MS);
    expect([4, 5, 6].map((at) => accountTimeMs(account, at * DAY_MS))).toEqual([
      5 * DAY_MS,
      5 * DAY_MS,
      6 * DAY_MS,
    ]);
  });
});

describe('the cap of a counter', () => {
  const account: Account = { ...accountWith(NAME, { granted: 70, returned: 30 }), caps: {} };

  it("is the policy's, or the operator's own where there is one, be it wider, narrower or 0", () => {
    const capOf = (caps: Account['caps'], limit: Limit): number =>
      viewCounter({ ...account, caps }, limit, 0).cap;
    expect(capOf({}, day(100))).toBe(100);
    expect([101, 99, 0].map((cap) => capOf({ [NAME]: cap }, day(100)))).toEqual([101, 99, 0]);
    expect(capOf({ 'nanoUsd-day@chat': 5 }, day(100))).toBe(100);
    expect(capOf({ 'nanoUsd-day@chat': 5 }, limitOf('nanoUsd', 'day', 9, 'chat'))).toBe(5);
  });

  it('is what the root has granted and not had back, where it is a slice', () => {
    expect(viewCounter(account, day(100), 0, true).cap).toBe(40);
    expect(viewCounter({ ...account, caps: { [NAME]: 7 } }, day(100), 0, true).cap).toBe(40);
    expect(viewCounter(EMPTY_ACCOUNT, day(100), 0, true).cap).toBe(0);
  });

  it.each([
    [{}, 0],
    [{ granted: 5 }, 5],
    [{ granted: 5, returned: 2 }, 3],
    [{ granted: 5, returned: 5 }, 0],
  ])('of a slice that has %j is %d', (cell, quota) => {
    expect(quotaOf({ windowId: 0, used: 9, held: 9, ...cell })).toBe(quota);
  });
});

describe('a root account', () => {
  it('counts what it granted as gone, and keeps running totals of what goes and comes', () => {
    const movement = { name: NAME, windowId: 0, used: 0, held: 0 };
    let account = move(EMPTY_ACCOUNT, [{ ...movement, leased: 50, granted: 9, returned: 4 }], 0);
    expect(account.cells[NAME]).toEqual([
      { windowId: 0, used: 0, held: 0, leased: 50, granted: 9, returned: 4 },
    ]);
    account = move(account, [{ ...movement, leased: -20, granted: 1, returned: 2, held: 3 }], 0);
    expect(account.cells[NAME]).toEqual([
      { windowId: 0, used: 0, held: 3, leased: 30, granted: 10, returned: 6 },
    ]);
    expect(viewCounter(account, day(100), 0)).toMatchObject({ held: 33, used: 0, cap: 100 });
    account = move(account, [{ ...movement, leased: -30, granted: -10, returned: -6 }], 0);
    expect(account.cells[NAME]).toEqual([{ windowId: 0, used: 0, held: 3 }]);
  });
});

describe('a rolling cell', () => {
  const movement = { name: 'nanoUsd-rolling-minute', windowId: 0, used: 0, held: 0 };
  const leak = { cap: 60, periodMs: MINUTE_MS, atMs: 1_000, remainder: 0 };
  const taken = move(EMPTY_ACCOUNT, [{ ...movement, used: 30, leak }], 1_000);

  it('begins empty, at the time and with the cap it is first looked at', () => {
    expect(cellAt(EMPTY_ACCOUNT, rolling(60), 5_000)).toEqual({
      windowId: 0,
      used: 0,
      held: 0,
      leak: { cap: 60, periodMs: MINUTE_MS, atMs: 5_000, remainder: 0 },
    });
    expect(cellAt(EMPTY_ACCOUNT, day(60), DAY_MS)).toEqual({ windowId: 1, used: 0, held: 0 });
  });

  it('drains before it is added to, and says when all of it will have drained', () => {
    const account = move(taken, [{ ...movement, used: 5, held: 2 }], 11_000);
    expect(account.cells[movement.name]).toEqual([
      { windowId: 0, used: 25, held: 2, leak: { ...leak, atMs: 11_000 } },
    ]);
    expect(viewCounter(account, rolling(60), 11_000).resetsAtMs).toBe(36_000);
    expect(viewCounter(account, rolling(60), 13_500)).toMatchObject({ used: 23, held: 2 });
    expect(viewCounter(account, rolling(60), 13_500).resetsAtMs).toBe(36_000);
    expect(viewCounter(account, rolling(60), 36_000)).toMatchObject({ used: 0, held: 2 });
  });

  it.each([
    [-19, 1],
    [-20, 0],
    [-21, 0], // what has drained is not given back once more
  ])('of which 20 are left is moved by %d to %d', (used, left) => {
    const account = move(taken, [{ ...movement, used }], 11_000);
    expect(viewCounter(account, rolling(60), 11_000).used).toBe(left);
  });

  it('does not drain for a clock that steps back', () => {
    expect(viewCounter(taken, rolling(60), 0)).toMatchObject({ used: 30, resetsAtMs: 31_000 });
    expect(move(taken, [{ ...movement, used: 5 }], 0).cells[movement.name]?.[0]?.used).toBe(35);
  });

  it('drains at the old rate until a new cap is seen, and at the new one from then on', () => {
    const wider = cellAt(taken, rolling(120), 11_000);
    expect(wider).toMatchObject({ used: 20, leak: { cap: 120, atMs: 11_000 } });
    const account = move(taken, [{ ...movement, leak: wider.leak ?? leak }], 11_000);
    expect(viewCounter(account, rolling(120), 16_000)).toMatchObject({ used: 10, cap: 120 });
    expect(viewCounter(account, rolling(120), 21_000).used).toBe(0);
  });

  it("drains at the operator's rate where there is one, and not at all at 0", () => {
    const capped = { ...taken, caps: { [movement.name]: 0 } };
    const cell = cellAt(capped, rolling(60), 1_000);
    expect(cell.leak?.cap).toBe(0);
    const stopped = move(capped, [{ ...movement, leak: cell.leak ?? leak }], 1_000);
    expect(viewCounter(stopped, rolling(60), DAY_MS)).toMatchObject({ used: 30, cap: 0 });
    expect(viewCounter(stopped, rolling(60), DAY_MS).resetsAtMs).toBeNull();
  });
});
