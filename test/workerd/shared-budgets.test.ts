// A budget of many, spent in several shards without asking anybody: never over, and to the last
// cent. Real objects on both sides. If these fail, a route's budget is spent once for each shard,
// or part of it can never be spent at all.

import { beforeEach, describe, expect, it } from 'vitest';
import { advance, ledgerOf, NOON_MS, setCap, setClock, settling } from './ledger-harness.ts';
import { shardNamed, tell } from './ledger-harness.ts';
import { forget } from './rows-harness.ts';
import { cellsIn, rootView, sharedBudget, sharedCall, SHARDS } from './shared-harness.ts';
import { type Shared, spentIn, through } from './shared-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const [FIRST = '', SECOND = ''] = SHARDS;
/** An object that found a root dry asks it again after this long. */
const DRY_MS = 1_000;

/** Calls of this price, round the shards, until every shard says no for good. */
async function spendAll(budget: Shared, nanoUsd: number): Promise<number> {
  let held = 0;
  for (let refusals = 0; refusals < SHARDS.length;) {
    refusals = 0;
    for (const shard of SHARDS) {
      const { status } = await through(shard, sharedCall(budget, nanoUsd));
      if (status === 'held') held += 1;
      else refusals += 1;
    }
    advance(10);
  }
  return held;
}

describe('a budget spent in four shards', () => {
  it('is spent to the last call it pays for, and not one further', async () => {
    const budget = sharedBudget(1_000);
    let held = await spendAll(budget, 7);
    expect(await spentIn(budget.name)).toBeLessThanOrEqual(1_000);
    // What a shard found dry a moment ago it asks for again.
    advance(DRY_MS);
    held += await spendAll(budget, 7);
    expect(held).toBe(142);
    expect(await spentIn(budget.name)).toBe(994);
  });

  it('is never over when two thousand calls come at once', async () => {
    const budget = sharedBudget(5_000);
    const replies = await Promise.all(
      Array.from({ length: 2_000 }, (_, at) =>
        through(SHARDS[at % SHARDS.length] ?? '', sharedCall(budget, 7)),
      ),
    );
    const held = replies.filter(({ status }) => status === 'held').length;
    expect(held).toBeLessThanOrEqual(714);
    expect(await spentIn(budget.name)).toBe(held * 7);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set(['held', 'over-budget']));
  });

  it('gives one shard what lies idle in another', async () => {
    const budget = sharedBudget(1_000);
    const small = sharedCall(budget, 10);
    await through(FIRST, small);
    await tell(shardNamed(FIRST), settling(small, 4));
    // More than the root has left: the first shard has a slice it does not use.
    expect((await through(SECOND, sharedCall(budget, 996))).status).toBe('held');
    expect(await spentIn(budget.name)).toBe(1_000);
    expect((await through(FIRST, sharedCall(budget, 1))).status).toBe('over-budget');
  });

  it('is spent again once calls settle for less', async () => {
    const budget = sharedBudget(100);
    const calls = SHARDS.map((shard) => ({ shard, message: sharedCall(budget, 25) }));
    for (const { shard, message } of calls) {
      expect((await through(shard, message)).status).toBe('held');
    }
    for (const { shard, message } of calls) {
      expect(await tell(shardNamed(shard), settling(message, 5))).toBe('settled');
    }
    advance(DRY_MS);
    expect((await through(FIRST, sharedCall(budget, 80))).status).toBe('held');
    advance(DRY_MS);
    expect((await through(SECOND, sharedCall(budget, 1))).status).toBe('over-budget');
  });

  it('is seen exactly by its root, after calls in several shards', async () => {
    const budget = sharedBudget(10_000);
    let used = 0;
    for (const [at, shard] of SHARDS.entries()) {
      for (let calls = 0; calls < 5; calls += 1) {
        const message = sharedCall(budget, 100);
        await through(shard, message);
        await tell(shardNamed(shard), settling(message, 10 + at));
        used += 10 + at;
      }
    }
    expect(await rootView(budget)).toMatchObject({ used, cap: 10_000 });
    // An eviction of everybody changes nothing of it.
    for (const name of [budget.name, ...SHARDS]) await forget(name);
    expect(await rootView(budget)).toMatchObject({ used, cap: 10_000 });
  });
});

describe('calls one after another', () => {
  // If this fails, a raised cap is granted from money that is spent already.
  it('dearer than their holds are seen by the root, also when the slice was used up', async () => {
    const budget = sharedBudget(100);
    const [first, second] = [sharedCall(budget, 50), sharedCall(budget, 50)];
    for (const message of [first, second]) {
      expect((await through(FIRST, message)).status).toBe('held');
    }
    await tell(shardNamed(FIRST), settling(first, 100));
    expect(await rootView(budget)).toMatchObject({ used: 100 });
    await tell(shardNamed(FIRST), settling(second, 50));
    expect(await rootView(budget)).toMatchObject({ used: 150 });
    await setCap(ledgerOf(budget.name), budget.name, 200);
    advance(DRY_MS);
    expect((await through(SECOND, sharedCall(budget, 60))).status).toBe('over-budget');
    advance(DRY_MS);
    expect((await through(SECOND, sharedCall(budget, 50))).status).toBe('held');
  });

  it('are not refused for what a draw on its way brings', async () => {
    const budget = sharedBudget(100);
    for (const nanoUsd of [50, 30, 20]) {
      expect((await through(FIRST, sharedCall(budget, nanoUsd))).status).toBe('held');
    }
  });
});

describe('a cap that an operator lowers', () => {
  it('holds at once: slices that are not on hold are taken back', async () => {
    const budget = sharedBudget(10_000);
    for (const shard of SHARDS) await through(shard, sharedCall(budget, 100));
    await setCap(ledgerOf(budget.name), budget.name, 400);
    for (const shard of SHARDS) {
      expect((await through(shard, sharedCall(budget, 1))).status).toBe('over-budget');
    }
    expect(await spentIn(budget.name)).toBe(400);
    expect((await cellsIn(ledgerOf(budget.name), budget.name)).leased).toBe(400);
  });

  it('holds at once even while somebody looks at the root', async () => {
    const budget = sharedBudget(10_000);
    for (const shard of SHARDS) await through(shard, sharedCall(budget, 100));
    const looks = Array.from({ length: 10 }, () => rootView(budget));
    await setCap(ledgerOf(budget.name), budget.name, 400);
    await Promise.all(looks);
    for (const shard of SHARDS) {
      expect((await through(shard, sharedCall(budget, 1))).status).toBe('over-budget');
    }
  });

  it('gives again what it gives, when it is raised', async () => {
    const budget = sharedBudget(100);
    expect((await through(FIRST, sharedCall(budget, 100))).status).toBe('held');
    expect((await through(FIRST, sharedCall(budget, 100))).status).toBe('over-budget');
    await setCap(ledgerOf(budget.name), budget.name, 200);
    advance(DRY_MS);
    expect((await through(FIRST, sharedCall(budget, 100))).status).toBe('held');
  });
});
