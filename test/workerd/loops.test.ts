// The account of a caller's loop in a real object: begun by a first call, gone on with by others,
// over after its time, and remembered as long as it matters. What breaks if this fails: counters
// begin anew because an object lost its memory, or a history that nobody began is paid for.

import { abortAllDurableObjects } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import type { ReserveMessage, RunAsk } from '../../core/ledger/messages.ts';
import {
  advance,
  ask,
  batchOf,
  extend,
  extending,
  freshPrincipal,
  ledgerOf,
  NOON_MS,
  own,
  releasing,
  reserve,
  setClock,
  settling,
  tell,
} from './ledger-harness.ts';
import { forget, inObject } from './rows-harness.ts';

const SECONDS = 60;
const STEPS = 3;
const HOUR_MS = 3_600_000;
const DAY: Limit = { window: 'day', unit: 'nanoUsd', cap: 1_000_000 };

beforeEach(() => {
  setClock(NOON_MS);
});

const limits: readonly Limit[] = [
  { window: 'run', unit: 'nanoUsd', cap: 1_000 },
  { window: 'run', unit: 'agentSteps', cap: STEPS },
  { window: 'run', unit: 'toolCalls', cap: 4 },
];

/** A home, a run in it, and its steps. */
function setting() {
  const principal = freshPrincipal();
  const loop = freshPrincipal('loop:');
  const stepOf = (mustExist: boolean, name = loop): ReserveMessage => {
    const run: RunAsk = { mustExist, msMax: SECONDS * 1_000 };
    return {
      ...ask(principal),
      amounts: { requests: 1, nanoUsd: 100, agentSteps: 1, toolCalls: 2 },
      least: { nanoUsd: 1, agentSteps: 1, toolCalls: 0 },
      accounts: [own(principal, [DAY]), { principal: name, limits, root: null, run }],
    };
  };
  const statusOf = async (mustExist: boolean, name?: string): Promise<string> =>
    (await reserve(ledgerOf(principal), stepOf(mustExist, name))).status;
  return { principal, loop, stepOf, statusOf };
}

it('a call that goes on with nothing is refused, and one that begins is not', async () => {
  const { statusOf } = setting();
  expect(await statusOf(true)).toBe('run-unknown');
  expect(await statusOf(false)).toBe('held');
  expect(await statusOf(true)).toBe('held');
});

it('the same beginning again is the same run', async () => {
  const { statusOf } = setting();
  for (let step = 0; step < STEPS; step += 1) expect(await statusOf(false)).toBe('held');
  expect(await statusOf(false)).toBe('over-quota');
  expect(await statusOf(true)).toBe('over-quota');
});

it('a beginning that was released began nothing', async () => {
  const { principal, stepOf, statusOf } = setting();
  const first = stepOf(false);
  await reserve(ledgerOf(principal), first);
  expect(await statusOf(true)).toBe('held');
  const other = freshPrincipal('loop:');
  const lone = stepOf(false, other);
  await reserve(ledgerOf(principal), lone);
  await tell(ledgerOf(principal), releasing(lone));
  expect(await statusOf(true, other)).toBe('run-unknown');
});

it('what is left of calls of tools is granted, down to none', async () => {
  const { principal, stepOf } = setting();
  for (const granted of [2, 2, 0]) {
    const reply = await reserve(ledgerOf(principal), stepOf(false));
    expect(reply).toMatchObject({ status: 'held', granted: { toolCalls: granted } });
    const told = 'counters' in reply ? reply.counters : [];
    expect(told.map(({ unit }) => unit)).toEqual(['nanoUsd', 'nanoUsd', 'agentSteps', 'toolCalls']);
  }
});

it('a running step grows within the money of its run and no further', async () => {
  const { principal, stepOf } = setting();
  const step = stepOf(false);
  await reserve(ledgerOf(principal), step);
  expect(await extend(ledgerOf(principal), extending(step, { nanoUsd: 1_000 }))).toBe('extended');
  expect(await extend(ledgerOf(principal), extending(step, { nanoUsd: 1_001 }))).toBe(
    'over-budget',
  );
});

it('runs that are over go in a busy object that no alarm ever visits', async () => {
  const { principal, stepOf } = setting();
  const ledger = ledgerOf(principal);
  const RUNS_A_DAY = 256;
  const rows = (): Promise<number> =>
    inObject(
      ledger,
      (_instance, state) =>
        state.storage.sql
          .exec<{ rows: number }>(
            `SELECT count(*) AS rows FROM side WHERE kind = 'account' AND subject GLOB 'loop:*'`,
          )
          .one().rows,
    );
  for (let day = 0; day < 8; day += 1) {
    await inObject(ledger, async (instance) => {
      for (let run = 0; run < RUNS_A_DAY; run += 1) {
        const step = stepOf(false, freshPrincipal('loop:'));
        await instance.apply(batchOf(principal, { reserves: [step] }));
        await instance.apply(batchOf(principal, { resolves: [settling(step, 1)] }));
      }
    });
    if (day === 1) expect(await rows()).toBe(2 * RUNS_A_DAY);
    advance(24 * HOUR_MS);
  }
  // Two days of them, and what came since the last look.
  expect(await rows()).toBeLessThanOrEqual(4 * RUNS_A_DAY);
});

describe('behind its time', () => {
  it('a run is not gone on with, and its beginning is another run', async () => {
    const { principal, stepOf, statusOf } = setting();
    const steps = [stepOf(false), stepOf(true), stepOf(true)];
    for (const step of steps) {
      await reserve(ledgerOf(principal), step);
      await tell(ledgerOf(principal), settling(step, 100, { agentSteps: 1 }));
    }
    advance(SECONDS * 1_000 - 1);
    expect(await statusOf(false)).toBe('over-quota');
    advance(1);
    expect(await statusOf(true)).toBe('run-unknown');
    expect(await statusOf(false)).toBe('held');
    expect(await statusOf(true)).toBe('held');
  });

  it('what is still on hold keeps the run that it was taken from', async () => {
    const { principal, stepOf, statusOf } = setting();
    const open = stepOf(false);
    await reserve(ledgerOf(principal), { ...open, leaseMs: HOUR_MS });
    advance(SECONDS * 1_000);
    expect(await statusOf(false)).toBe('held');
    expect(await statusOf(false)).toBe('held');
    expect(await statusOf(false)).toBe('over-quota');
  });

  it('a clock that steps back gives nothing back', async () => {
    const { principal, stepOf, statusOf } = setting();
    const step = stepOf(false);
    await reserve(ledgerOf(principal), step);
    await tell(ledgerOf(principal), settling(step, 100));
    advance(SECONDS * 1_000);
    expect(await statusOf(true)).toBe('run-unknown');
    expect(await statusOf(false)).toBe('held');
    advance(-SECONDS * 1_000);
    expect(await statusOf(true)).toBe('held');
    expect(await statusOf(false)).toBe('held');
    expect(await statusOf(false)).toBe('over-quota');
  });
});

const LOSSES: readonly (readonly [string, (principal: string) => Promise<void>])[] = [
  ['eviction', forget],
  ['an abort', () => abortAllDurableObjects()],
];

describe.each(LOSSES)('after %s', (_, lose) => {
  it('a run has begun when it began and used what it used', async () => {
    const { principal, stepOf, statusOf } = setting();
    const first = stepOf(false);
    await reserve(ledgerOf(principal), first);
    await lose(principal);
    await tell(ledgerOf(principal), settling(first, 100, { agentSteps: 1, toolCalls: 1 }));
    await lose(principal);
    expect(await statusOf(true)).toBe('held');
    await lose(principal);
    expect(await statusOf(true)).toBe('held');
    expect(await statusOf(true)).toBe('over-quota');
    advance(SECONDS * 1_000);
    await lose(principal);
    expect(await statusOf(true)).toBe('run-unknown');
  });

  it('a run that was begun anew does not remember the one before it', async () => {
    const { principal, stepOf, statusOf } = setting();
    for (let step = 0; step < STEPS; step += 1) {
      const one = stepOf(false);
      await reserve(ledgerOf(principal), one);
      await tell(ledgerOf(principal), settling(one, 100, { agentSteps: 1 }));
    }
    advance(SECONDS * 1_000);
    expect(await statusOf(false)).toBe('held');
    await lose(principal);
    expect(await statusOf(true)).toBe('held');
    expect(await statusOf(true)).toBe('held');
    expect(await statusOf(true)).toBe('over-quota');
  });
});

it('a run leaves no row behind two days later', async () => {
  const { principal, loop, stepOf } = setting();
  const step = stepOf(false);
  await reserve(ledgerOf(principal), step);
  await tell(ledgerOf(principal), settling(step, 100));
  const rows = (): Promise<string[]> =>
    inObject(ledgerOf(principal), (_instance, state) =>
      state.storage.sql
        .exec<{ subject: string }>(`SELECT subject FROM side WHERE kind = 'account'`)
        .toArray()
        .map(({ subject }) => subject),
    );
  const tidy = async (): Promise<void> => {
    const passing = ask(principal, { accounts: [own(principal, [DAY])], nanoUsd: 1 });
    await reserve(ledgerOf(principal), passing);
    await tell(ledgerOf(principal), settling(passing, 1));
    for (let alarms = 0; alarms < 3; alarms += 1) {
      await inObject(ledgerOf(principal), (instance) => instance.alarm());
    }
  };
  expect(await rows()).toContain(loop);
  advance(49 * HOUR_MS);
  await tidy();
  expect(await rows()).toEqual([principal]);
});
