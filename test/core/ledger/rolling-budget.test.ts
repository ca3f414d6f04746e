// What a rolling limit promises to whoever pays: how much can be used in any stretch of time, and
// when a refused call may come again.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Limit, viewCounter } from '../../../core/ledger/account.ts';
import { drainedAtMs } from '../../../core/ledger/rolling.ts';
import { rollingPeriodMs } from '../../../core/ledger/window.ts';
import { accountOf, type Bench, benchReserve, benchResolve, makeBench } from './bench-ledger.ts';
import { ASK, limitOf, one, rolling } from './makers.ts';

const KINDS = ['rolling-minute', 'rolling-hour', 'rolling-day', 'rolling-week'] as const;
const START_MS = Date.UTC(2026, 10, 21);

let calls = 0;
function use(bench: Bench, limit: Limit, nanoUsd: number, nowMs: number): string {
  calls += 1;
  const key = `h${String(calls)}`;
  const ask = { ...ASK, key, amounts: { nanoUsd }, least: {} };
  const status = benchReserve(bench, one(limit), ask, nowMs);
  if (status === 'held') {
    benchResolve(bench, key, { kind: 'settle', amounts: { nanoUsd } }, nowMs);
  }
  return status;
}

describe('a rolling limit', () => {
  it.each(KINDS)('of a %s admits again exactly when enough has drained', (kind) => {
    const periodMs = rollingPeriodMs(kind) ?? Number.NaN;
    const cap = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(cap, fc.double({ min: 0, max: 1, noNaN: true }), (most, share) => {
        const limit = limitOf('nanoUsd', kind, most);
        const bench = makeBench();
        expect(use(bench, limit, most, START_MS)).toBe('held');
        const units = Math.max(1, Math.floor(most * share));
        const leak = { cap: most, periodMs, atMs: START_MS, remainder: 0 };
        const againMs = drainedAtMs({ used: most, leak }, units) ?? Number.NaN;
        expect(use(bench, limit, units, againMs - 1)).toBe('over-budget');
        expect(use(bench, limit, units, againMs)).toBe('held');
      }),
      { numRuns: 30 },
    );
  });

  it('says when everything will be back, and then it is, and not a millisecond before', () => {
    const bench = makeBench();
    const limit = rolling(700);
    use(bench, limit, 500, START_MS);
    use(bench, limit, 150, START_MS + 7_001);
    const { resetsAtMs } = viewCounter(accountOf(bench, 'device:d'), limit, START_MS + 7_500);
    expect(resetsAtMs).toBe(START_MS + 55_715);
    expect(use(bench, limit, 700, START_MS + 55_714)).toBe('over-budget');
    expect(use(bench, limit, 700, START_MS + 55_715)).toBe('held');
  });

  it('lets at most twice its cap be used in any one period, however calls are timed', () => {
    const tries = fc.array(
      fc.record({
        waitMs: fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: 20_000 }), fc.nat({ max: 70_000 })),
        nanoUsd: fc.integer({ min: 1, max: 120 }),
        seconds: fc.nat({ max: 20 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), tries, (cap, list) => {
        const bench = makeBench();
        const limit = rolling(cap);
        const open: {
          readonly key: string;
          readonly endsAtMs: number;
          readonly nanoUsd: number;
        }[] = [];
        const begun: { readonly atMs: number; readonly nanoUsd: number }[] = [];
        let nowMs = START_MS;
        list.forEach(({ waitMs, nanoUsd, seconds }, index) => {
          nowMs += waitMs;
          for (const call of open.filter(({ endsAtMs }) => endsAtMs <= nowMs)) {
            const act = { kind: 'settle', amounts: { nanoUsd: call.nanoUsd } } as const;
            benchResolve(bench, call.key, act, nowMs);
          }
          const key = `h${String(index)}`;
          const ask = { ...ASK, key, amounts: { nanoUsd }, least: {} };
          if (benchReserve(bench, one(limit), ask, nowMs) !== 'held') return;
          open.push({ key, endsAtMs: nowMs + seconds * 1_000, nanoUsd });
          begun.push({ atMs: nowMs, nanoUsd });
        });
        for (const { atMs: fromMs } of begun) {
          const within = begun.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 60_000);
          const sum = within.reduce((total, call) => total + call.nanoUsd, 0);
          expect(sum).toBeLessThanOrEqual(2 * cap);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('of zero admits nothing, ever', () => {
    const bench = makeBench();
    for (const laterMs of [0, 60_000, 86_400_000]) {
      expect(use(bench, rolling(0), 1, START_MS + laterMs)).toBe('over-budget');
    }
    expect(use(bench, rolling(0), 0, START_MS)).toBe('held');
  });

  it('that is narrowed keeps what was used, and that is widened gives the rest at once', () => {
    const bench = makeBench();
    expect(use(bench, rolling(600), 600, START_MS)).toBe('held');
    expect(use(bench, rolling(60), 1, START_MS + 30_000)).toBe('over-budget');
    expect(use(bench, rolling(900), 601, START_MS + 30_000)).toBe('over-budget');
    expect(use(bench, rolling(900), 600, START_MS + 30_000)).toBe('held');
    expect(use(bench, rolling(900), 150, START_MS + 40_000)).toBe('held');
    expect(use(bench, rolling(900), 1, START_MS + 40_000)).toBe('over-budget');
  });
});
