// Random schedules of reserve, settle, release, renew and expire, on random caps and a clock that
// jumps both ways, against an auditor that only adds up. What breaks if this fails: money. A
// failing run prints its seed and path; give both to `fc.assert` to see it again.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Limit } from '../../../core/ledger/account.ts';
import { Auditor } from './auditor.ts';
import {
  ASK,
  benchReserve,
  benchResolve,
  type Act,
  type Bench,
  type BenchParty,
  holdOf,
  makeBench,
} from './bench-ledger.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2028, 1, 28, 20);

const stepMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -6_000, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -DAY_MS, max: 2 * DAY_MS }) },
);

const reserveStep = fc.record({
  act: fc.constant('reserve' as const),
  stepMs,
  who: fc.constantFrom<(readonly number[])[]>([0], [1], [0, 1]),
  max: fc.integer({ min: 0, max: 60 }),
  minShare: fc.integer({ min: 0, max: 100 }),
  metered: fc.integer({ min: 0, max: 40 }),
  perSecond: fc.integer({ min: 0, max: 9 }),
});

const resolveStep = fc.record({
  act: fc.constantFrom('settle', 'settle', 'release', 'renew', 'expire'),
  stepMs,
  pick: fc.nat(),
  amount: fc.integer({ min: 0, max: 90 }),
});

const cap = fc.integer({ min: 0, max: 300 });
const limits: fc.Arbitrary<readonly Limit[]> = fc
  .tuple(cap, cap, fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 4 }))
  .map(([dayCap, monthCap, count, open]) => [
    { window: 'day', unit: 'nanoUsd', cap: dayCap },
    { window: 'month', unit: 'nanoUsd', cap: monthCap },
    { window: 'day', unit: 'requests', cap: count },
    { window: 'now', unit: 'concurrentCalls', cap: open },
  ]);

const schedule = fc.record({
  parties: fc.tuple(limits, limits).map(([device, ip]): readonly BenchParty[] => [
    { principal: 'device:d', limits: device },
    { principal: 'ip:192.0.2.1', limits: ip },
  ]),
  steps: fc.array(fc.oneof(reserveStep, resolveStep), { minLength: 1, maxLength: 60 }),
});

type Schedule = typeof schedule extends fc.Arbitrary<infer Value> ? Value : never;

/** How the ledger is asked to reserve; the negative controls put something naive in its place. */
type Reserve = typeof benchReserve;

const actOf = (act: string, amount: number): Act =>
  act === 'settle'
    ? { kind: 'settle', nanoUsd: amount }
    : act === 'renew'
      ? { kind: 'renew', metered: amount, leaseMs: ASK.leaseMs }
      : { kind: act === 'release' ? 'release' : 'expire' };

/** Plays one schedule; throws at the first thing the auditor does not agree with. */
function play({ parties, steps }: Schedule, reserve: Reserve, resolve = benchResolve): Auditor {
  const bench: Bench = makeBench();
  const auditor = new Auditor();
  let nowMs = START_MS;
  steps.forEach((step, index) => {
    nowMs += step.stepMs;
    if (step.act === 'reserve') {
      const mine = parties.filter((_, at) => step.who.includes(at));
      const min = Math.floor((step.max * step.minShare) / 100);
      const ask = { ...ASK, ...step, key: `h${String(index)}`, min };
      if (reserve(bench, mine, ask, nowMs) === 'held') {
        const granted = holdOf(bench, ask.key).amountNanoUsd;
        if (granted < min || granted > step.max) throw new Error(`granted ${String(granted)}`);
        const principals = mine.map((party) => party.principal);
        auditor.admitted(ask.key, principals, granted, nowMs);
        auditor.inspectAdmission(bench, mine, nowMs);
      }
    } else {
      const entry = auditor.entries[step.pick % Math.max(1, auditor.entries.length)];
      if (entry === undefined) return;
      const before = holdOf(bench, entry.key);
      const status = resolve(bench, entry.key, actOf(step.act, step.amount), nowMs);
      const after = holdOf(bench, entry.key);
      if (status.startsWith('already-') && before.status === 'held') throw new Error(status);
      if (after.status !== 'held' && after !== before) {
        const state = after.status === 'refused' ? 'released' : after.status;
        auditor.resolved(entry.key, state, after.chargedNanoUsd, nowMs);
      }
    }
    auditor.inspect(bench, parties, nowMs);
  });
  return auditor;
}

const RUNS = { numRuns: 600 } as const;

describe('any schedule', () => {
  it('keeps every counter equal to the sum of its calls and every admission under its cap', () => {
    fc.assert(
      fc.property(schedule, (one) => {
        expect(play(one, benchReserve).entries.length).toBeLessThanOrEqual(one.steps.length);
      }),
      RUNS,
    );
  });

  it('charges an expired call between what was metered and what was held', () => {
    fc.assert(
      fc.property(reserveStep, fc.nat({ max: 100_000 }), (step, laterMs) => {
        const bench = makeBench();
        const ask = { ...ASK, ...step, key: 'h', min: 0 };
        benchReserve(bench, [{ principal: 'a', limits: [] }], ask, START_MS);
        benchResolve(bench, 'h', { kind: 'expire' }, START_MS + laterMs);
        const { amountNanoUsd, chargedNanoUsd } = holdOf(bench, 'h');
        expect(chargedNanoUsd).toBeLessThanOrEqual(amountNanoUsd);
        expect(chargedNanoUsd).toBeGreaterThanOrEqual(Math.min(amountNanoUsd, step.metered));
      }),
      RUNS,
    );
  });
});

describe('the auditor catches', () => {
  const caught = (reserve: Reserve, resolve = benchResolve): boolean =>
    fc.check(
      fc.property(schedule, (one) => {
        play(one, reserve, resolve);
      }),
      { ...RUNS, seed: 1 },
    ).failed;

  it('a ledger that checks against what is settled and forgets what is held', () => {
    const forgetful: Reserve = (bench, parties, ask, nowMs) => {
      const blind = makeBench();
      for (const [principal, account] of bench.accounts) {
        const cells = Object.entries(account.cells).map(([name, all]) => [
          name,
          all.map((cell) => ({ ...cell, held: 0 })),
        ]);
        blind.accounts.set(principal, {
          ...account,
          cells: Object.fromEntries(cells) as typeof account.cells,
        });
      }
      const status = benchReserve(blind, parties, ask, nowMs);
      if (status !== 'held') return status;
      const free = parties.map((party) => ({
        ...party,
        limits: party.limits.map((limit) => ({ ...limit, cap: 1_000_000 })),
      }));
      return benchReserve(bench, free, ask, nowMs);
    };
    expect(caught(forgetful)).toBe(true);
  });

  it('a ledger that gives back what nobody settled', () => {
    const generous: typeof benchResolve = (bench, key, act, nowMs) => {
      const before = holdOf(bench, key);
      const status = benchResolve(bench, key, act, nowMs);
      if (status !== 'expired' || before.principals.length === 0) return status;
      for (const [principal, account] of bench.accounts) {
        const cells = account.cells['nanoUsd-day']?.map((cell) => ({ ...cell, used: 0 })) ?? [];
        bench.accounts.set(principal, {
          ...account,
          cells: { ...account.cells, 'nanoUsd-day': cells },
        });
      }
      return status;
    };
    expect(caught(benchReserve, generous)).toBe(true);
  });

  it('a ledger that settles one hold twice', () => {
    const forgetful: typeof benchResolve = (bench, key, act, nowMs) => {
      bench.holds.set(key, { ...holdOf(bench, key), status: 'held' });
      return benchResolve(bench, key, act, nowMs);
    };
    expect(caught(benchReserve, forgetful)).toBe(true);
  });
});
