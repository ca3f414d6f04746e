// After a restart an account that was written some time ago learns from the rows of holds what it
// missed. What breaks if this fails: whoever can make an object restart is given back what was
// spent, or is charged twice.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, EMPTY_ACCOUNT, move, viewCounter } from '../../../core/ledger/account.ts';
import type { Hold } from '../../../core/ledger/hold.ts';
import { withCharge, withHeld } from '../../../core/ledger/recovery.ts';
import { afterResolution, expire, release, settle } from '../../../core/ledger/resolve.ts';
import { rollingPeriodMs } from '../../../core/ledger/window.ts';
import { accountOf, makeBench } from './bench-ledger.ts';
import { day, DAY_MS, granted, partyOf, requests, rolling } from './makers.ts';
import { anySchedule, forwardSchedule, play, type Schedule } from './schedule.ts';

type Stored = { readonly account: Account; readonly turn: number };
type Row = { readonly hold: Hold; readonly turn: number };

/** As it comes out of its row: what is on hold is not written. */
const written = (account: Account): Account => ({
  ...account,
  cells: Object.fromEntries(
    Object.entries(account.cells).map(([name, cells]) => [
      name,
      cells.map((cell) => ({ ...cell, held: 0 })),
    ]),
  ),
});

/** What a ledger object does when it wakes up, for one account. */
function recovered({ account, turn: knownTurn }: Stored, principal: string, rows: readonly Row[]) {
  let so = account;
  for (const { hold, turn } of rows.toSorted((a, b) => a.turn - b.turn)) {
    const index = hold.accounts.findIndex((one) => one.principal === principal);
    if (index < 0) continue;
    if (hold.status === 'held') so = withHeld(so, hold, index);
    else if (turn > knownTurn) so = withCharge(so, hold, index);
  }
  return so;
}

/** Plays a schedule, remembering every account at every turn and the last row of every hold. */
function remember(schedule: Schedule) {
  const bench = makeBench();
  const rows = new Map<string, Row>();
  const written_ = schedule.parties.map(({ principal }) => ({
    principal,
    turns: [{ account: EMPTY_ACCOUNT, turn: 0 }],
  }));
  let extensions = 0;
  const endMs = play(schedule, bench, ({ index, key, status }) => {
    const turn = index + 1;
    const hold = bench.holds.get(key);
    if (hold !== undefined && hold !== rows.get(key)?.hold) rows.set(key, { hold, turn });
    if (status === 'extended') extensions += 1;
    for (const { principal, turns } of written_) {
      turns.push({ account: written(accountOf(bench, principal)), turn });
    }
  });
  return { bench, rows: [...rows.values()], accounts: written_, extensions, endMs };
}

const calendarCells = ({ cells }: Account) =>
  Object.fromEntries(Object.entries(cells).filter(([name]) => !name.includes('-rolling')));

describe('an account that was written at any earlier turn', () => {
  it('learns to be what it would have been in calendar windows, whatever the clock', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        const { bench, rows, accounts, extensions } = remember(schedule);
        for (const { principal, turns } of accounts) {
          const truth = accountOf(bench, principal);
          for (const stored of turns) {
            const account = recovered(stored, principal, rows);
            expect(calendarCells(account)).toEqual(calendarCells(truth));
            if (extensions === 0) expect(account.clockMs).toBe(truth.clockMs);
            else expect(account.clockMs).toBeLessThanOrEqual(truth.clockMs);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('learns to be what it would have been in every window, rolling ones among them', () => {
    fc.assert(
      fc.property(forwardSchedule, fc.nat({ max: 90_000 }), (schedule, laterMs) => {
        const { bench, rows, accounts, endMs } = remember(schedule);
        for (const { principal, turns } of accounts) {
          const truth = accountOf(bench, principal);
          const limits = schedule.parties.find((one) => one.principal === principal)?.limits ?? [];
          for (const stored of turns) {
            const account = recovered(stored, principal, rows);
            for (const limit of limits.filter(({ window }) => rollingPeriodMs(window) !== null)) {
              const seen = viewCounter(account, limit, endMs + laterMs);
              expect(seen).toEqual(viewCounter(truth, limit, endMs + laterMs));
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a hold', () => {
  const party = partyOf('device:d', [day(1_000), requests(5), rolling(600)]);
  const { hold, accounts } = granted([party], {}, DAY_MS);
  const [taken = EMPTY_ACCOUNT] = accounts;

  it('that is open is on hold again, in the window and at the rate it was taken', () => {
    expect(withHeld(EMPTY_ACCOUNT, hold, 0)).toEqual(taken);
    expect(withHeld(written(taken), hold, 0)).toEqual(taken);
  });

  it.each([
    ['settled', settle(hold, { amounts: { nanoUsd: 120 }, estimated: false }, DAY_MS + 5)],
    ['settled over', settle(hold, { amounts: { nanoUsd: 900 }, estimated: false }, DAY_MS + 5)],
    ['released', release(hold, DAY_MS + 5)],
    ['expired', expire(hold, DAY_MS + 5)],
  ])('that is %s is charged and no longer on hold', (_, { hold: over }) => {
    const truth = afterResolution(taken, over, 0);
    expect(withCharge(written(taken), over, 0)).toEqual(truth);
    expect(withCharge(EMPTY_ACCOUNT, over, 0)).toEqual(truth);
  });

  it('leaves an account at the rate its row knows, and gives its own to one that has none', () => {
    const over = settle(hold, { amounts: { nanoUsd: 120 }, estimated: false }, DAY_MS + 5).hold;
    const name = 'nanoUsd-rolling-minute';
    const rateOf = (account: Account) => account.cells[name]?.map(({ leak }) => leak?.cap);
    const [cell] = taken.cells[name] ?? [];
    const at = (more: object): Account => ({
      ...EMPTY_ACCOUNT,
      cells: { ...taken.cells, [name]: cell === undefined ? [] : [{ ...cell, ...more }] },
    });
    const leak = { cap: 7, periodMs: 60_000, atMs: 0, remainder: 0 };
    const { leak: _rate, ...plain } = cell ?? { windowId: 0, used: 0, held: 0 };
    const without: Account = { ...EMPTY_ACCOUNT, cells: { [name]: [plain] } };
    const elsewhere = at({ windowId: 9, leak });
    const own = at({ leak }).cells[name] ?? [];
    const both = { ...EMPTY_ACCOUNT, cells: { [name]: [...own, { ...plain, windowId: -1 }] } };
    for (const replayed of [
      (account: Account) => withCharge(account, over, 0),
      (account: Account) => withHeld(account, hold, 0),
    ]) {
      expect(rateOf(replayed(at({ leak })))).toEqual([7]);
      expect(rateOf(replayed(without))).toEqual([600]);
      expect(rateOf(replayed(elsewhere))).toEqual([7, 600]);
      expect(rateOf(replayed(both))).toEqual([7, undefined]);
      expect(rateOf(replayed(EMPTY_ACCOUNT))).toEqual([600]);
    }
  });

  it('of another account changes nothing but the clock', () => {
    const over = release(hold, DAY_MS + 5).hold;
    expect(withHeld(EMPTY_ACCOUNT, hold, 1)).toEqual(move(EMPTY_ACCOUNT, [], DAY_MS));
    expect(withCharge(EMPTY_ACCOUNT, over, 1)).toEqual(move(EMPTY_ACCOUNT, [], DAY_MS + 5));
  });

  it('taken before the clock stepped back over midnight keeps its account in the newer day', () => {
    const over = settle(hold, { amounts: { nanoUsd: 400 }, estimated: false }, DAY_MS - 5).hold;
    const account = withCharge(EMPTY_ACCOUNT, over, 0);
    expect(account).toEqual(afterResolution(taken, over, 0));
    expect(viewCounter(account, day(1_000), DAY_MS - 5).used).toBe(400);
  });
});
