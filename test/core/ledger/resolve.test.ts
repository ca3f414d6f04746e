// How a hold ends: what is charged of each unit, in which window, and what a second word about it
// is worth. What breaks if this fails: money that is charged twice, or never.

import { describe, expect, it } from 'vitest';
import { EMPTY_ACCOUNT } from '../../../core/ledger/account.ts';
import type { Hold, HoldStatus } from '../../../core/ledger/hold.ts';
import { renew } from '../../../core/ledger/ledger.ts';
import {
  afterResolution,
  chargedMovements,
  expire,
  missingFrom,
  release,
  repeated,
  settle,
} from '../../../core/ledger/resolve.ts';
import { calls, day, granted, month, openHold, partyOf, requests } from './makers.ts';

const AMOUNTS = { requests: 1, nanoUsd: 400, concurrentCalls: 1, outputTokens: 50 };
const hold = openHold({ amounts: AMOUNTS });
const exact = (amounts: Hold['amounts'], estimated = false) => ({ amounts, estimated });

describe('settle', () => {
  it.each([
    // actual money, status
    [0, 'settled'],
    [399, 'settled'],
    [400, 'settled'],
    [401, 'settled-over-hold'],
  ])('of %d where 400 are held is %s', (nanoUsd, status) => {
    const outcome = settle(hold, exact({ nanoUsd }), 7);
    expect(outcome.status).toBe(status);
    expect(outcome.hold).toEqual({
      ...hold,
      status: 'settled',
      charged: { ...AMOUNTS, nanoUsd, concurrentCalls: 0 },
      resolvedAtMs: 7,
    });
  });

  it('charges what was held where the truth is not known, and says if it is an estimate', () => {
    const { hold: after } = settle(hold, exact({ outputTokens: 9 }, true), 7);
    expect(after.charged).toEqual({ ...AMOUNTS, outputTokens: 9, concurrentCalls: 0 });
    expect([after.estimated, settle(hold, exact({}), 7).hold.estimated]).toEqual([true, false]);
    expect(settle(hold, exact({ requests: 9, outputTokens: 99 }), 7).status).toBe('settled');
  });

  it('never leaves a call in progress, and makes none where none was', () => {
    expect(settle(hold, exact({ concurrentCalls: 3 }), 7).hold.charged.concurrentCalls).toBe(0);
    const { charged } = settle(openHold({ amounts: { nanoUsd: 5 } }), exact({}), 7).hold;
    expect(charged).toEqual({ nanoUsd: 5 });
  });

  it('of money where none was held is over the hold, and nothing is not', () => {
    const free = openHold({ amounts: { requests: 1 } });
    expect(settle(free, exact({ nanoUsd: 1 }), 7).status).toBe('settled-over-hold');
    expect(settle(free, exact({ nanoUsd: 0 }), 7).status).toBe('settled');
    expect(settle(free, exact({}), 7).status).toBe('settled');
  });
});

describe('release', () => {
  it('charges nothing of any unit', () => {
    expect(release(hold, 9)).toEqual({
      status: 'released',
      hold: { ...hold, status: 'released', charged: {}, resolvedAtMs: 9 },
    });
  });
});

describe('a hold that is over', () => {
  const over: readonly (readonly [Exclude<HoldStatus, 'held'>, string])[] = [
    ['settled', 'already-settled'],
    ['released', 'already-released'],
    ['expired', 'already-expired'],
    ['refused', 'already-refused'],
  ];

  it.each(over)('as %s answers %s to every word, and stays the very same', (status, answer) => {
    const before = openHold({ status, charged: { nanoUsd: 1 } });
    expect(repeated(before)).toBe(answer);
    for (const outcome of [settle(before, exact({}), 9), release(before, 9), expire(before, 9)]) {
      expect(outcome.status).toBe(answer);
      expect(outcome.hold).toBe(before);
    }
  });

  it('is only one that is not held', () => {
    expect(repeated(hold)).toBeNull();
  });
});

describe('afterResolution', () => {
  const parties = [
    partyOf('a', [day(1_000), requests(5), calls(2)]),
    partyOf('b', [month(1_000), calls(2)]),
  ];
  const taken = granted(parties, {}, 5);
  const cellsAfter = (outcome: Hold, index: number) =>
    Object.fromEntries(
      Object.entries(
        afterResolution(taken.accounts[index] ?? EMPTY_ACCOUNT, outcome, index).cells,
      ).map(([name, cells]) => [name, [cells[0]?.used, cells[0]?.held]]),
    );

  it.each([
    ['settled', settle(taken.hold, exact({ nanoUsd: 300 }), 9).hold, 300, 1],
    ['released', release(taken.hold, 9).hold, 0, 0],
    ['expired', expire(taken.hold, 9).hold, 400, 1],
  ] as const)(
    'moves what was held by a hold that is %s to what is used',
    (_, over, used, count) => {
      expect(cellsAfter(over, 0)).toEqual({
        'nanoUsd-day': [used, 0],
        'requests-day': [count, 0],
        'concurrentCalls-now': [0, 0],
      });
      expect(cellsAfter(over, 1)).toEqual({
        'nanoUsd-month': [used, 0],
        'concurrentCalls-now': [0, 0],
      });
    },
  );

  it('moves the clock of the account on, and touches no account of another place', () => {
    const { hold: over } = settle(taken.hold, exact({}), 9);
    const [account = EMPTY_ACCOUNT] = taken.accounts;
    expect(afterResolution(account, over, 0).clockMs).toBe(9);
    expect(afterResolution(account, over, 2)).toEqual({ ...account, clockMs: 9 });
  });
});

describe('chargedMovements', () => {
  const entry = (name: string, windowId: number, amount: number) => ({ name, windowId, amount });
  const taken = [
    entry('nanoUsd-minute', 1, 10),
    entry('nanoUsd-day', 0, 30),
    entry('nanoUsd-minute', 2, 5),
    entry('requests-day', 0, 1),
    entry('nanoUsd-minute', 3, 15),
  ];

  it.each([
    [-7, [-7, -7, 0, 0, 0]],
    [0, [0, 0, 0, 0, 0]],
    [9, [9, 9, 0, 0, 0]],
    [12, [10, 12, 2, 0, 0]],
    [20, [10, 20, 5, 0, 5]],
    [30, [10, 30, 5, 0, 15]],
    [31, [10, 31, 5, 0, 16]],
  ])('splits %d over the windows of each counter, oldest first', (nanoUsd, used) => {
    const movements = chargedMovements(taken, { nanoUsd });
    expect(movements.map((movement) => movement.used)).toEqual(used);
    expect(movements.map(({ held, ...rest }) => ({ ...rest, held: held + 0 }))).toEqual(
      taken.map(({ name, windowId, amount }, index) => ({
        name,
        windowId,
        used: used[index],
        held: -amount,
      })),
    );
  });

  it('of nothing are none', () => {
    expect(chargedMovements([], { nanoUsd: 5 })).toEqual([]);
  });
});

describe('the truth that arrives after expiry', () => {
  const expired = openHold({ status: 'expired', charged: { ...AMOUNTS, concurrentCalls: 0 } });

  it.each([
    ['cheaper', { nanoUsd: 399, outputTokens: 49 }, null],
    ['the same', AMOUNTS, null],
    ['dearer', { nanoUsd: 401 }, { nanoUsd: 1 }],
    ['dearer in one unit', { nanoUsd: 1, outputTokens: 52 }, { outputTokens: 2 }],
    ['of a unit nobody held', { images: 3 }, { images: 3 }],
    ['of a call that is over', { concurrentCalls: 5 }, null],
    ['unknown', {}, null],
  ])('is missing what it is dearer by where it is %s', (_, actual, missing) => {
    const none = { requests: 0, nanoUsd: 0, concurrentCalls: 0, outputTokens: 0 };
    expect(missingFrom(expired, actual)).toEqual(missing === null ? null : { ...none, ...missing });
  });

  it.each(['held', 'settled', 'released', 'refused'] as const)(
    'is missing nothing where the hold is %s',
    (status) => {
      expect(missingFrom({ ...expired, status }, { nanoUsd: 9_999 })).toBeNull();
    },
  );
});

describe('renew', () => {
  const running = openHold({
    amounts: AMOUNTS,
    metered: { nanoUsd: 300, outputTokens: 10 },
    renewedAtMs: 100,
    leaseEndsAtMs: 1_100,
  });

  it.each([
    ['more', { nanoUsd: 350 }, 350],
    ['the same', { nanoUsd: 300 }, 300],
    ['less', { nanoUsd: 200 }, 300],
    ['nothing', {}, 300],
    ['all that is held', { nanoUsd: 400 }, 400],
    ['more than is held', { nanoUsd: 9_999 }, 400],
  ])('meters, told of %s, what only grows and never passes the hold', (_, metered, nanoUsd) => {
    const known = { requests: 0, nanoUsd, concurrentCalls: 0, outputTokens: 10 };
    expect(renew(running, metered, 1_000, 200)).toEqual({
      ...running,
      metered: known,
      renewedAtMs: 200,
      leaseEndsAtMs: 1_200,
    });
  });

  it.each([
    // now, lease, renewed at, ends at
    [99, 1_000, 100, 1_100],
    [100, 1_000, 100, 1_100],
    [101, 1_000, 101, 1_101],
    [500, 600, 500, 1_100],
    [500, 100, 500, 1_100],
    [500, 601, 500, 1_101],
  ])(
    'at %d for %d ms never shortens the lease: %d, %d',
    (nowMs, leaseMs, renewedAtMs, endsAtMs) => {
      expect(renew(running, {}, leaseMs, nowMs)).toMatchObject({
        renewedAtMs,
        leaseEndsAtMs: endsAtMs,
      });
    },
  );
});
