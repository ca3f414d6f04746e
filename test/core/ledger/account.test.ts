// An account keeps the two newest windows of every counter and nothing older, so that it stays
// small for ever and a hold taken before midnight still settles into yesterday.

import { describe, expect, it } from 'vitest';
import {
  type Account,
  CELLS_MAX,
  counterName,
  EMPTY_ACCOUNT,
  move,
  viewCounter,
} from '../../../core/ledger/account.ts';
import { day, month } from './bench-ledger.ts';

const DAY_MS = 86_400_000;
const spend = (account: Account, windowId: number, used: number): Account =>
  move(account, [{ name: 'nanoUsd-day', windowId, used, held: 0 }], windowId * DAY_MS);

describe('an account', () => {
  it('keeps the two newest windows of a counter, newest first', () => {
    const account = [5, 6, 7].reduce((so, id) => spend(so, id, id), EMPTY_ACCOUNT);
    expect(account.cells['nanoUsd-day']).toEqual([
      { windowId: 7, used: 7, held: 0 },
      { windowId: 6, used: 6, held: 0 },
    ]);
    expect(CELLS_MAX).toBe(2);
  });

  it('stays the same size over ten years of days', () => {
    let account = EMPTY_ACCOUNT;
    for (let id = 20_000; id < 23_650; id += 1) account = spend(account, id, 1);
    expect(account.cells['nanoUsd-day']).toHaveLength(2);
  });

  it('drops a movement in a window that is gone rather than a window that is in force', () => {
    const account = [6, 7].reduce((so, id) => spend(so, id, id), EMPTY_ACCOUNT);
    const late = spend(account, 3, 1_000);
    expect(late.cells['nanoUsd-day']?.map((cell) => cell.windowId)).toEqual([7, 6]);
    expect(viewCounter(late, day(100), 7 * DAY_MS).used).toBe(7);
  });

  it('moves counters of other windows and units independently', () => {
    const account = spend(EMPTY_ACCOUNT, 5, 5);
    expect(viewCounter(account, month(100), 5 * DAY_MS)).toMatchObject({ used: 0, held: 0 });
  });

  it('reads a window that has turned over as empty, with the time it ends', () => {
    const account = spend(EMPTY_ACCOUNT, 5, 5);
    expect(viewCounter(account, day(100), 6 * DAY_MS)).toEqual({
      name: counterName(day(100)),
      window: 'day',
      unit: 'nanoUsd',
      used: 0,
      held: 0,
      cap: 100,
      resetsAtMs: 7 * DAY_MS,
    });
  });

  it('is a value: moving leaves the one before as it was', () => {
    const before = spend(EMPTY_ACCOUNT, 5, 5);
    const copy = structuredClone(before);
    spend(before, 5, 9);
    spend(before, 6, 9);
    expect(before).toEqual(copy);
    expect(EMPTY_ACCOUNT).toEqual({ clockMs: 0, cells: {}, caps: {} });
  });

  it('has a clock that only goes forward', () => {
    const account = move(spend(EMPTY_ACCOUNT, 5, 1), [], 3 * DAY_MS);
    expect(account.clockMs).toBe(5 * DAY_MS);
    expect(move(account, [], 9 * DAY_MS).clockMs).toBe(9 * DAY_MS);
  });
});
