// A root that dies, or whose replies are lost: nothing of the budget is stranded, nothing is spent
// twice, and shards go on with what they were granted. If these fail, one crash of one object costs
// a budget its rest, or its owner the difference.

import { beforeEach, describe, expect, it } from 'vitest';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { advance, ledgerOf, NOON_MS, setClock, settling } from './ledger-harness.ts';
import { shardNamed, tell } from './ledger-harness.ts';
import { forget } from './rows-harness.ts';
import { cellsIn, type Shared, sharedBudget, sharedCall, SHARDS } from './shared-harness.ts';
import { spentIn, spoilDraws, through } from './shared-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const [FIRST = '', SECOND = ''] = SHARDS;
/** An object that found a root dry asks it again after this long. */
const DRY_MS = 1_000;

describe('a root that fails', () => {
  const spends = async (budget: Shared, nanoUsd: number): Promise<string> =>
    (await through(FIRST, sharedCall(budget, nanoUsd))).status;

  it('strands nothing when it dies between the grant and its reply', async () => {
    const budget = sharedBudget(100);
    await spoilDraws(ledgerOf(budget.name), async (answer, state) => {
      await answer();
      await state.storage.sync();
      state.abort('the machine is gone');
      return [];
    });
    expect(await spends(budget, 10)).toBe('root-unreachable');
    expect((await cellsIn(ledgerOf(budget.name), budget.name)).leased).toBeGreaterThan(0);
    let held = 0;
    for (let calls = 0; calls < 30; calls += 1) {
      if ((await spends(budget, 10)) === 'held') held += 1;
      advance(DRY_MS / 10);
    }
    expect(held).toBe(10);
    expect(await spentIn(budget.name)).toBe(100);
  });

  it('gives to another shard what was granted in a reply that was lost', async () => {
    const budget = sharedBudget(100);
    await spoilDraws(ledgerOf(budget.name), async (answer, state) => {
      await answer();
      await state.storage.sync();
      state.abort('the machine is gone');
      return [];
    });
    expect(await spends(budget, 90)).toBe('root-unreachable');
    expect((await through(SECOND, sharedCall(budget, 100))).status).toBe('held');
  });

  it('is not missed until the slice is spent, and then nothing is admitted', async () => {
    const budget = sharedBudget(1_600);
    // A first slice of a sixteenth: 100.
    expect(await spends(budget, 10)).toBe('held');
    await spoilDraws(ledgerOf(budget.name), () => Promise.reject(new Error('not today')));
    const statuses: string[] = [];
    for (let calls = 0; calls < 12; calls += 1) statuses.push(await spends(budget, 10));
    expect(statuses.filter((status) => status === 'held')).toHaveLength(9);
    expect(statuses.slice(9)).toEqual(['root-unreachable', 'root-unreachable', 'root-unreachable']);
    await forget(budget.name);
    expect(await spends(budget, 10)).toBe('held');
  });

  it('leaves a call that can do with less what is left of the slice', async () => {
    const budget = sharedBudget(1_600);
    expect(await spends(budget, 40)).toBe('held');
    await spoilDraws(ledgerOf(budget.name), () => Promise.reject(new Error('not today')));
    const modest: ReserveMessage = sharedCall(budget, 500, { least: { nanoUsd: 20 } });
    expect(await through(FIRST, modest)).toMatchObject({
      status: 'held',
      granted: { nanoUsd: 60 },
    });
  });

  it('is not needed by a shard that died with a slice and came back', async () => {
    const budget = sharedBudget(1_600);
    expect(await spends(budget, 10)).toBe('held');
    await spoilDraws(ledgerOf(budget.name), () => Promise.reject(new Error('not today')));
    await forget(FIRST);
    expect(await spends(budget, 90)).toBe('held');
    expect(await spends(budget, 1)).toBe('root-unreachable');
    await forget(budget.name);
  });

  // If this fails, a slice that was taken back is spent a second time.
  it('is never told that something came back which a crash could spend again', async () => {
    const budget = sharedBudget(1_000);
    const small = sharedCall(budget, 10);
    await through(FIRST, small);
    await tell(shardNamed(FIRST), settling(small, 4));
    expect((await through(SECOND, sharedCall(budget, 996))).status).toBe('held');
    await forget(FIRST);
    expect(await spends(budget, 10)).toBe('over-budget');
    expect(await spentIn(budget.name)).toBe(1_000);
  });

  it('forgets no slice when the shard dies with it', async () => {
    const budget = sharedBudget(160);
    expect(await spends(budget, 10)).toBe('held');
    await forget(FIRST);
    await forget(budget.name);
    expect((await through(SECOND, sharedCall(budget, 150))).status).toBe('held');
    expect(await spentIn(budget.name)).toBe(160);
  });
});
