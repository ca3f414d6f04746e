// Steps, extensions, reports and the end of a run in any order that one object can see them in.
// What breaks if this fails: an order of messages in which an app's agent does work that nobody is
// charged for, or in which its caller pays more than was held.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Account,
  counterName,
  EMPTY_ACCOUNT,
  move,
  viewCounter,
} from '../../../core/ledger/account.ts';
import type { Hold } from '../../../core/ledger/hold.ts';
import { extend, type Party, reserve } from '../../../core/ledger/ledger.ts';
import { afterResolution, expire, settle } from '../../../core/ledger/resolve.ts';
import { windowId } from '../../../core/ledger/window.ts';
import {
  CLOSED_CAP,
  MONEY,
  reportLimits,
  runLimits,
  runPrincipal,
  SETTLED_CAP,
  standingOf,
} from '../../../core/run/account.ts';
import { weighRun } from '../../../core/run/weigh.ts';

const HELD = 1_000;
const STEPS_MAX = 6;
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const TICKET = {
  id: 'x',
  home: 'edge:1:0',
  nanoUsdMax: HELD,
  outputTokensMax: 1,
  stepsMax: STEPS_MAX,
  toolCallsMax: 8,
  expiresAtSeconds: 1,
};
const END = {
  ending: 'complete',
  originStatus: 200,
  usage: null,
  price: null,
  heldNanoUsd: HELD,
  leastNanoUsd: 1,
} as const;

/** One run in one object. */
class Run {
  account: Account = EMPTY_ACCOUNT;
  readonly open: Hold[] = [];
  begun = 0;
  /** What steps that have ended cost, and reports that were taken. */
  spent = 0;
  reported = 0;

  #party(): Party {
    const principal = runPrincipal(TICKET.id);
    return { principal, account: this.account, limits: runLimits(TICKET), sliced: false };
  }

  mark(cap: number): void {
    const caps = { ...this.account.caps, [counterName(MONEY)]: cap };
    this.account = { ...this.account, caps };
  }

  standing() {
    const counters = reportLimits(TICKET).map((limit) => viewCounter(this.account, limit, NOW_MS));
    return standingOf({ counters });
  }

  begin(nanoUsd: number): void {
    const ask = {
      key: `step-${String(this.begun)}`,
      attempt: '1',
      amounts: { nanoUsd, agentSteps: 1 },
      least: { nanoUsd: Math.min(nanoUsd, 10), agentSteps: 1 },
      metered: {},
      produciblePerSecond: { nanoUsd: 1_000_000 },
      leaseMs: 1_000,
      label: null,
    };
    const reserved = reserve([this.#party()], ask, NOW_MS, 'final');
    if ('status' in reserved) return;
    this.begun += 1;
    this.account = reserved.accounts[0] ?? this.account;
    this.open.push(reserved.hold);
  }

  grow(at: number, more: number): void {
    const hold = this.open[at % Math.max(1, this.open.length)];
    if (hold === undefined) return;
    const target = { nanoUsd: (hold.amounts.nanoUsd ?? 0) + more };
    const grown = extend(hold, [this.#party()], target, NOW_MS);
    if (grown.status !== 'extended') return;
    this.account = grown.accounts[0] ?? this.account;
    this.open[this.open.indexOf(hold)] = grown.hold;
  }

  /** It cost this share of its hold, and says so, or its Worker died. */
  finish(at: number, percent: number, isKilled: boolean): void {
    const [hold] = this.open.splice(at % Math.max(1, this.open.length), 1);
    if (hold === undefined) return;
    const nanoUsd = Math.floor(((hold.amounts.nanoUsd ?? 0) * percent) / 100);
    this.spent += nanoUsd;
    const told = { amounts: { nanoUsd, agentSteps: 1 }, estimated: false };
    const { hold: ended } = isKilled ? expire(hold, NOW_MS) : settle(hold, told, NOW_MS);
    this.account = afterResolution(this.account, ended, 0);
  }

  report(nanoUsd: number): void {
    if (this.standing().isSettled) return;
    this.reported += nanoUsd;
    const movements = (['nanoUsd', 'requests'] as const).map((unit) => ({
      name: counterName({ window: 'run', unit }),
      windowId: windowId('run', NOW_MS),
      used: unit === 'nanoUsd' ? nanoUsd : 1,
      held: 0,
    }));
    this.account = move(this.account, movements, NOW_MS);
  }
}

type Act = (run: Run) => void;

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.nat({ max: 600 }).map((nanoUsd): Act => (run) => {
      run.begin(nanoUsd);
    }),
    fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 400 })).map(([at, more]): Act => (run) => {
      run.grow(at, more);
    }),
    fc
      .tuple(fc.nat({ max: 9 }), fc.nat({ max: 100 }), fc.boolean())
      .map(([at, percent, isKilled]): Act => (run) => {
        run.finish(at, percent, isKilled);
      }),
    fc.nat({ max: 50 }).map((nanoUsd): Act => (run) => {
      run.report(nanoUsd);
    }),
  ),
  { maxLength: 12 },
);

/** What the caller is charged, and what was done for it by the time that all of it is over. */
function play(before: Act[], closing: Act[], behind: Act[], isClosed: boolean) {
  const run = new Run();
  for (const act of before) act(run);
  if (isClosed) run.mark(CLOSED_CAP);
  const begun = run.begun;
  for (const act of closing) act(run);
  if (isClosed) run.mark(SETTLED_CAP);
  const standing = run.standing();
  const { nanoUsd } = weighRun(standing, END);
  for (const act of behind) act(run);
  while (run.open.length > 0) run.finish(0, 100, false);
  return { run, charged: nanoUsd, isEmpty: begun + standing.reports === 0 };
}

describe('a run, in any order of its messages', () => {
  it('is charged all that was done for it, and no more than was held and reported', () => {
    fc.assert(
      fc.property(acts, acts, acts, (before, closing, behind) => {
        const { run, charged } = play(before, closing, behind, true);
        expect(charged).toBeGreaterThanOrEqual(run.spent + run.reported);
        expect(charged).toBeLessThanOrEqual(HELD + run.reported);
        expect(run.begun).toBeLessThanOrEqual(STEPS_MAX);
      }),
      { numRuns: 3_000 },
    );
  });

  it('begins no step behind its end', () => {
    fc.assert(
      fc.property(acts, acts, acts, (before, closing, behind) => {
        const first = new Run();
        for (const act of before) act(first);
        expect(play(before, closing, behind, true).run.begun).toBe(first.begun);
      }),
      { numRuns: 500 },
    );
  });

  it('is charged its whole hold where nothing is known of it', () => {
    expect(play([], [], [], true)).toMatchObject({ charged: HELD, isEmpty: true });
  });

  it('negative control: an account that is settled and not closed does work for nothing', () => {
    const free = fc.check(
      fc.property(acts, acts, acts, (before, closing, behind) => {
        const { run, charged } = play(before, closing, behind, false);
        return charged >= run.spent + run.reported;
      }),
      { numRuns: 3_000, seed: 1 },
    );
    expect(free.failed).toBe(true);
  });
});
