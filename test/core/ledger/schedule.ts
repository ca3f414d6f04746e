// Random schedules: who reserves, extends, settles, releases, renews and expires what, on random
// caps and on a clock that jumps. `play` runs one through a bench, step by step.

import * as fc from 'fast-check';
import type { Limit } from '../../../core/ledger/account.ts';
import type { ReserveAsk } from '../../../core/ledger/ledger.ts';
import {
  type Act,
  type Bench,
  type BenchParty,
  benchExtend,
  benchReserve,
  benchResolve,
} from './bench-ledger.ts';
import { ASK, calls, DAY_MS, day, limitOf, month, requests, rolling } from './makers.ts';

/** An evening before a leap day. */
const START_MS = Date.UTC(2028, 1, 28, 20);

const FORWARD = [
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * DAY_MS }) },
] as const;
const BACK = [
  { weight: 2, arbitrary: fc.integer({ min: -6_000, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -DAY_MS, max: 0 }) },
] as const;

const stepOf = (stepMs: fc.Arbitrary<number>) =>
  fc.oneof(
    fc.record({
      act: fc.constant('reserve' as const),
      stepMs,
      who: fc.constantFrom<(readonly number[])[]>([0], [1], [0, 1]),
      max: fc.integer({ min: 0, max: 60 }),
      minShare: fc.integer({ min: 0, max: 100 }),
      metered: fc.integer({ min: 0, max: 40 }),
      perSecond: fc.integer({ min: 0, max: 9 }),
    }),
    fc.record({
      act: fc.constantFrom('settle', 'settle', 'extend', 'release', 'renew', 'expire'),
      stepMs,
      pick: fc.nat({ max: 99 }),
      amount: fc.integer({ min: 0, max: 90 }),
    }),
  );

export type Step = ReturnType<typeof stepOf> extends fc.Arbitrary<infer Value> ? Value : never;
export type Reserving = Extract<Step, { act: 'reserve' }>;

const cap = fc.integer({ min: 0, max: 300 });
const limits: fc.Arbitrary<readonly Limit[]> = fc
  .record({ day: cap, month: cap, minute: cap, rolling: cap, count: fc.nat(12), open: fc.nat(4) })
  .map((caps) => [
    day(caps.day),
    month(caps.month),
    limitOf('nanoUsd', 'minute', caps.minute, 'chat'),
    rolling(caps.rolling),
    requests(caps.count),
    calls(caps.open),
  ]);

const scheduleOf = (stepMs: fc.Arbitrary<number>, maxLength: number) =>
  fc.record({
    parties: fc.tuple(limits, limits).map(([device, ip]): readonly BenchParty[] => [
      { principal: 'device:d', limits: device },
      { principal: 'ip:192.0.2.1', limits: ip },
    ]),
    steps: fc.array(stepOf(stepMs), { minLength: 1, maxLength }),
  });

export const anySchedule = scheduleOf(fc.oneof(...FORWARD, ...BACK), 40);
export const forwardSchedule = scheduleOf(fc.oneof(...FORWARD), 25);

export type Schedule = typeof anySchedule extends fc.Arbitrary<infer Value> ? Value : never;

/** How the ledger is asked; negative controls put something naive in its place. */
export const HONEST = { reserve: benchReserve, resolve: benchResolve, extend: benchExtend };
export type Doing = typeof HONEST;

/** What a step came to, for whoever looks on. */
export type Done = {
  readonly index: number;
  readonly nowMs: number;
  readonly key: string;
  readonly status: string;
  readonly step: Step;
  /** Of a reserve. */
  readonly mine: readonly BenchParty[];
  readonly ask: ReserveAsk | null;
};

const actOf = (act: string, nanoUsd: number): Act =>
  act === 'settle'
    ? { kind: 'settle', amounts: { nanoUsd } }
    : act === 'renew'
      ? { kind: 'renew', metered: { nanoUsd }, leaseMs: ASK.leaseMs }
      : { kind: act === 'release' ? 'release' : 'expire' };

const askOf = (key: string, step: Reserving): ReserveAsk => ({
  ...ASK,
  key,
  amounts: { requests: 1, nanoUsd: step.max, concurrentCalls: 1 },
  least: { nanoUsd: Math.floor((step.max * step.minShare) / 100) },
  metered: { nanoUsd: step.metered },
  produciblePerSecond: { nanoUsd: step.perSecond },
});

export function play(
  { parties, steps }: Schedule,
  bench: Bench,
  done: (what: Done) => void,
  doing: Doing = HONEST,
): number {
  let nowMs = START_MS;
  steps.forEach((step, index) => {
    nowMs += step.stepMs;
    const common = { index, nowMs, step };
    if (step.act === 'reserve') {
      const mine = parties.filter((_, at) => step.who.includes(at));
      const ask = askOf(`h${String(index)}`, step);
      const status = doing.reserve(bench, mine, ask, nowMs);
      done({ ...common, key: ask.key, status, mine, ask });
      return;
    }
    const keys = [...bench.holds.keys()];
    const key = keys[step.pick % Math.max(1, keys.length)];
    if (key === undefined) return;
    const status =
      step.act === 'extend'
        ? doing.extend(bench, parties, { key, amounts: { nanoUsd: step.amount } }, nowMs)
        : doing.resolve(bench, key, actOf(step.act, step.amount), nowMs);
    done({ ...common, key, status, mine: [], ask: null });
  });
  return nowMs;
}
