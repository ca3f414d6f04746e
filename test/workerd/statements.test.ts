// Totals per day and model, for the comparison with a provider's bill: every ended call once, in
// the day it was reserved, whatever the object has forgotten in between.

import { abortAllDurableObjects, runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, expect, it } from 'vitest';
import type { Statement } from '../../core/reconcile/statement.ts';
import { CHECKPOINT_HOLDS } from '../../durable-objects/ledger-store.ts';
import { advance, ask, freshPrincipal, LEASE_MS, NOON_MS, releasing } from './ledger-harness.ts';
import { reserve, setClock, settling, shardNamed, tell } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const ROOMY = [{ window: 'day', unit: 'nanoUsd', cap: 1_000_000 }] as const;
const [MINI, LARGE] = ['openai/gpt-4o-mini', 'openai/ft:gpt-4o/acme'];

const statementsOf = (shard: string, from = '2100-01-01', to = '2100-12-31') =>
  shardNamed(shard).statements(from, to) as Promise<readonly Statement[]>;

async function call(shard: string, label: string | undefined, nanoUsd: number): Promise<string> {
  const message = ask('ip:203.0.113.7', { limits: ROOMY, label: label ?? null });
  await reserve(shardNamed(shard), message);
  const tokens = { inputTokens: 10, outputTokens: 20, cachedInputTokens: 3, cacheWriteTokens: 1 };
  await tell(shardNamed(shard), settling(message, nanoUsd, tokens));
  return message.key;
}

const freshShard = (): string => freshPrincipal('edge:1:statement');

it('add up every call of a day and a model', async () => {
  const shard = freshShard();
  for (let calls = 0; calls < 3; calls += 1) await call(shard, MINI, 40);
  await call(shard, LARGE, 500);
  await call(shard, undefined, 1);
  setClock(NOON_MS + 86_400_000);
  await call(shard, MINI, 60);
  const mini = { provider: 'openai', model: 'gpt-4o-mini', estimatedCalls: 0, estimatedNanoUsd: 0 };
  expect(await statementsOf(shard)).toEqual([
    expect.objectContaining({ model: 'ft:gpt-4o/acme', calls: 1, nanoUsd: 500 }),
    {
      ...mini,
      day: '2100-01-01',
      calls: 3,
      nanoUsd: 120,
      inputTokens: 30,
      cachedInputTokens: 9,
      cacheWriteTokens: 3,
      outputTokens: 60,
      adjustmentsNanoUsd: 0,
    },
    expect.objectContaining({ ...mini, day: '2100-01-02', calls: 1, nanoUsd: 60 }),
  ]);
  expect(await statementsOf(shard, '2100-01-02', '2100-01-02')).toHaveLength(1);
});

it.each([1, CHECKPOINT_HOLDS / 2 - 1, CHECKPOINT_HOLDS / 2, CHECKPOINT_HOLDS])(
  'count %i calls once after a crash at any distance from a checkpoint',
  async (calls) => {
    const shard = freshShard();
    for (let done = 0; done < calls; done += 1) {
      await call(shard, MINI, 7);
      if (done % 10 === 5) await abortAllDurableObjects();
    }
    await abortAllDurableObjects();
    expect(await statementsOf(shard)).toMatchObject([{ calls, nanoUsd: 7 * calls }]);
    await abortAllDurableObjects();
    expect(await statementsOf(shard)).toMatchObject([{ calls, nanoUsd: 7 * calls }]);
  },
);

it('count an expired call as estimated, a released one not at all, a late truth beside', async () => {
  const shard = freshShard();
  const [late, gone] = [0, 0].map(() =>
    ask('ip:203.0.113.7', { limits: ROOMY, label: MINI ?? '' }),
  );
  for (const message of [late, gone]) {
    if (message !== undefined) await reserve(shardNamed(shard), message);
  }
  if (gone !== undefined) await tell(shardNamed(shard), releasing(gone));
  advance(LEASE_MS);
  await runDurableObjectAlarm(shardNamed(shard));
  if (late !== undefined) await tell(shardNamed(shard), settling(late, 90));
  await abortAllDurableObjects();
  expect(await statementsOf(shard)).toMatchObject([
    { calls: 1, estimatedCalls: 1, nanoUsd: 21, estimatedNanoUsd: 21, adjustmentsNanoUsd: 69 },
  ]);
});

// If this fails, a refund is on the books of the call and missing in the month's total.
it('keep a refund of a call that only touched shared budgets here', async () => {
  const shard = freshShard();
  const message = ask([], { label: MINI ?? '' });
  await reserve(shardNamed(shard), message);
  await tell(shardNamed(shard), settling(message, 90));
  await statementsOf(shard);
  const refund = { id: 'r', key: message.key, nanoUsd: 30, reason: 'a test' };
  expect(await shardNamed(shard).refund(refund)).toBe('adjusted');
  await abortAllDurableObjects();
  expect(await statementsOf(shard)).toMatchObject([{ nanoUsd: 90, adjustmentsNanoUsd: -30 }]);
});

it('outlive the rows of their calls', async () => {
  const shard = freshShard();
  const key = await call(shard, MINI, 40);
  for (let days = 0; days < 30; days += 1) {
    advance(86_400_000);
    await runDurableObjectAlarm(shardNamed(shard));
  }
  expect(await shardNamed(shard).record(key)).toBeNull();
  expect(await statementsOf(shard)).toMatchObject([{ calls: 1, nanoUsd: 40 }]);
});
