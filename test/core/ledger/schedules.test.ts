// Random schedules of reserve, extend, settle, release, renew and expire, on random caps and a
// clock that jumps both ways, against an auditor that only adds up. What breaks if this fails:
// money. A failing run prints its seed and path; give both to `fc.assert` to see it again.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../core/ledger/account.ts';
import { Auditor } from './auditor.ts';
import { type Bench, benchReserve, benchResolve, holdOf, makeBench } from './bench-ledger.ts';
import { anySchedule, type Doing, HONEST, play, type Schedule } from './schedule.ts';

/** Plays one schedule; throws at the first thing the auditor does not agree with. */
function audit(schedule: Schedule, doing: Doing): Auditor {
  const bench: Bench = makeBench();
  const auditor = new Auditor();
  const over = new Set<string>();
  play(
    schedule,
    bench,
    ({ key, status, step, mine, ask, nowMs }) => {
      if (ask !== null) {
        if (status === 'held') {
          const { nanoUsd: granted = Number.NaN } = holdOf(bench, key).amounts;
          const { nanoUsd: least = 0 } = ask.least;
          if (!(granted >= least && granted <= (ask.amounts.nanoUsd ?? 0))) {
            throw new Error(`granted ${String(granted)}`);
          }
          const principals = mine.map((party) => party.principal);
          auditor.admitted(key, principals, granted, nowMs);
          auditor.inspectAdmission(bench, mine, nowMs);
        }
      } else if (over.has(key) !== status.startsWith('already-')) {
        throw new Error(`${key}: ${status}`);
      } else if (status === 'extended' && 'amount' in step) {
        auditor.extended(key, step.amount, nowMs);
      } else if (holdOf(bench, key).status !== 'held' && !over.has(key)) {
        const { status: state, charged } = holdOf(bench, key);
        over.add(key);
        const ended = state === 'settled' || state === 'expired' ? state : 'released';
        auditor.resolved(key, ended, charged.nanoUsd ?? 0, nowMs);
      }
      auditor.inspect(bench, schedule.parties, nowMs);
    },
    doing,
  );
  return auditor;
}

describe('any schedule', () => {
  it('keeps every counter equal to the sum of its calls and every admission under its cap', () => {
    fc.assert(
      fc.property(anySchedule, (one) => {
        expect(audit(one, HONEST).entries.length).toBeLessThanOrEqual(one.steps.length);
      }),
      { numRuns: 250 },
    );
  });
});

describe('the auditor catches', () => {
  const caught = (naive: Partial<Doing>): boolean =>
    fc.check(
      fc.property(anySchedule, (one) => {
        audit(one, { ...HONEST, ...naive });
      }),
      { numRuns: 600, seed: 1, endOnFailure: true },
    ).failed;

  const withCells = (
    account: Account,
    change: (name: string, cell: Account['cells'][string][number]) => typeof cell,
  ): Account => ({
    ...account,
    cells: Object.fromEntries(
      Object.entries(account.cells).map(([name, all]) => [
        name,
        all.map((cell) => change(name, cell)),
      ]),
    ),
  });

  it('a ledger that checks against what is settled and forgets what is held', () => {
    const reserve: Doing['reserve'] = (bench, parties, ask, nowMs) => {
      const blind = makeBench();
      for (const [principal, account] of bench.accounts) {
        blind.accounts.set(
          principal,
          withCells(account, (_, cell) => ({ ...cell, held: 0 })),
        );
      }
      const status = benchReserve(blind, parties, ask, nowMs);
      if (status !== 'held') return status;
      const free = parties.map((party) => ({
        ...party,
        limits: party.limits.map((limit) => ({ ...limit, cap: 1_000_000 })),
      }));
      return benchReserve(bench, free, ask, nowMs);
    };
    expect(caught({ reserve })).toBe(true);
  });

  it('a ledger that gives back what nobody settled', () => {
    const resolve: Doing['resolve'] = (bench, key, act, nowMs) => {
      const status = benchResolve(bench, key, act, nowMs);
      if (status !== 'expired') return status;
      for (const [principal, account] of bench.accounts) {
        bench.accounts.set(
          principal,
          withCells(account, (name, cell) =>
            name === 'nanoUsd-day' ? { ...cell, used: 0 } : cell,
          ),
        );
      }
      return status;
    };
    expect(caught({ resolve })).toBe(true);
  });

  it('a ledger that settles one hold twice', () => {
    const resolve: Doing['resolve'] = (bench, key, act, nowMs) => {
      bench.holds.set(key, { ...holdOf(bench, key), status: 'held' });
      return benchResolve(bench, key, act, nowMs);
    };
    expect(caught({ resolve })).toBe(true);
  });

  it('a ledger whose extensions are not taken from anybody', () => {
    const extend: Doing['extend'] = (bench, _, { key, amounts }) => {
      const hold = holdOf(bench, key);
      if (hold.status !== 'held') return `already-${hold.status}`;
      bench.holds.set(key, { ...hold, amounts: { ...hold.amounts, ...amounts } });
      return 'extended';
    };
    expect(caught({ extend })).toBe(true);
  });
});
