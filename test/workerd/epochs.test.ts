// The number of shards changes: a new set takes over what the old one keeps, account by account,
// when it is first needed. If these fail, a change of shards hands every device and address a fresh
// budget, or a proof a second life.

import { beforeEach, describe, expect, it } from 'vitest';
import { cohortPrincipal, ipPrincipal } from '../../core/address.ts';
import type { Limit } from '../../core/ledger/account.ts';
import { addressOf, type ShardLayout } from '../../core/ledger/layout.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { advance, ask, freshPrincipal, MONEY, NOON_MS, own, placeOf } from './ledger-harness.ts';
import {
  releasing,
  reserve,
  setClock,
  settling,
  shardNamed,
  tell,
  view,
} from './ledger-harness.ts';
import { forget, inObject } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

/** Sets of shards of one test: nobody else has these epochs. */
let epochs = 0;
function freshSets(...counts: readonly number[]): readonly ShardLayout[] {
  let previous: ShardLayout | null = null;
  return counts.map((count) => {
    epochs += 1;
    const layout: ShardLayout = { epoch: epochs, count, previous };
    previous = layout;
    return layout;
  });
}

const at = (principal: string, layout: ShardLayout) => shardNamed(addressOf(principal, layout));

const take = (
  principal: string,
  layout: ShardLayout,
  message: ReserveMessage = ask(principal),
): ReturnType<typeof reserve> => reserve(at(principal, layout), message, [], layout);

async function spend(principal: string, layout: ShardLayout, nanoUsd: number): Promise<void> {
  const message = ask(principal);
  expect((await take(principal, layout, message)).status).toBe('held');
  expect(await tell(at(principal, layout), settling(message, nanoUsd))).toBe('settled');
}

const seen = async (principal: string, layout: ShardLayout, limits?: readonly Limit[]) =>
  (await view(at(principal, layout), principal, limits, layout)).counters[0];

describe('an account', () => {
  it('follows its principal: what it used, its caps, what is on hold', async () => {
    const [old, next] = freshSets(4, 7) as [ShardLayout, ShardLayout];
    for (const principal of ['ip:203.0.113.7', 'ip:2001:db8:0:1::/64', freshPrincipal('device:')]) {
      await spend(principal, old, 40);
      await at(principal, old).setCap(placeOf(addressOf(principal, old), old), {
        principal,
        window: 'day',
        unit: 'nanoUsd',
        cap: 500,
      });
      await take(principal, old);
      // On hold there counts as used here, until it ends.
      expect(await seen(principal, next)).toMatchObject({ used: 140, held: 0, cap: 500 });
      const dear = ask(principal, { nanoUsd: 361 });
      expect((await take(principal, next, dear)).status).toBe('over-budget');
    }
  });

  it('is taken over once, by whoever needs it first, and survives an eviction on both sides', async () => {
    const [old, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    await spend(device, old, 40);
    const replies = await Promise.all(Array.from({ length: 50 }, () => take(device, next)));
    expect(replies.filter(({ status }) => status === 'held')).toHaveLength(9);
    await forget(addressOf(device, old));
    await forget(addressOf(device, next));
    expect(await seen(device, next)).toMatchObject({ used: 40, held: 900 });
  });

  // If this fails, a reply lost on the way hands somebody a fresh budget.
  it('arrives whole when the old shard dies between handing it over and its reply', async () => {
    const [old, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    await spend(device, old, 40);
    await inObject(at(device, old), (instance, state) => {
      const ledger = Reflect.get(instance, 'ledger') as { handOver(message: unknown): unknown };
      const handOver = ledger.handOver.bind(ledger);
      ledger.handOver = async (message) => {
        await handOver(message);
        await state.storage.sync();
        state.abort('the machine is gone');
        return [];
      };
    });
    await expect(take(device, next)).rejects.toThrow();
    expect((await take(device, old)).status).toBe('moved');
    expect(await seen(device, next)).toMatchObject({ used: 40, held: 0 });
  });

  it('is answered `moved` by the old shard from then on', async () => {
    const [old, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    await spend(device, old, 40);
    await spend(device, next, 10);
    expect((await take(device, old)).status).toBe('moved');
    await forget(addressOf(device, old));
    expect((await take(device, old)).status).toBe('moved');
  });

  it('of a principal that is new to both sets begins empty', async () => {
    const [, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    expect((await take(device, next)).status).toBe('held');
    expect(await seen(device, next)).toMatchObject({ used: 0, held: 100, cap: 1_000 });
  });

  it('is not admitted anywhere while its old shard does not answer', async () => {
    const [old, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    await spend(device, old, 40);
    await inObject(at(device, old), (instance) => {
      const ledger = Reflect.get(instance, 'ledger') as { handOver(): Promise<never> };
      ledger.handOver = () => Promise.reject(new Error('not today'));
    });
    await expect(take(device, next)).rejects.toThrow('not today');
    await forget(addressOf(device, old));
    expect(await seen(device, next)).toMatchObject({ used: 40, held: 0 });
  });
});

describe('a call on hold in the old shard', () => {
  it('ends there, and the new account learns what it came to', async () => {
    for (const [charge, used] of [
      [30, 30],
      [100, 100],
      [130, 130],
    ] as const) {
      const [old, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
      const device = freshPrincipal('device:');
      const message = ask(device);
      await take(device, old, message);
      expect(await seen(device, next)).toMatchObject({ used: 100 });
      const status = charge > 100 ? 'settled-over-hold' : 'settled';
      expect(await tell(at(device, old), settling(message, charge))).toBe(status);
      await expect.poll(async () => (await seen(device, next))?.used).toBe(used);
    }
  });

  it('is given back at the new home when it is released, and charged when it expires', async () => {
    const [old, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    const [first, second] = [ask(device), ask(device)];
    await take(device, old, first);
    await take(device, old, second);
    expect(await seen(device, next)).toMatchObject({ used: 200 });
    await tell(at(device, old), releasing(first));
    await expect.poll(async () => (await seen(device, next))?.used).toBe(100);
    advance(4_000);
    await view(at(device, old), device, [MONEY], old);
    await expect.poll(async () => (await seen(device, next))?.used).toBe(21);
  });
});

describe('a nonce of the old set', () => {
  // If this fails, every proof is good once in each set of shards.
  it('is spent in the old shard, once, with the money in the new one', async () => {
    const [old, next] = freshSets(2, 3) as [ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    const proof = { nonceExpiresAtMs: NOON_MS + 90_000 };
    const message = ask(device);
    const nonce = { ...message, accounts: [], ...proof };
    expect((await take(device, old, nonce)).status).toBe('held');
    expect((await take(device, next, message)).status).toBe('held');
    const again = { ...nonce, attempt: 'attempt2' };
    expect((await take(device, old, again)).status).toBe('replayed');
    expect(await tell(at(device, old), settling(message, 5))).toBe('settled-over-hold');
    expect((await take(device, old, again)).status).toBe('replayed');
    expect(await seen(device, next)).toMatchObject({ used: 0, held: 100 });
  });
});

describe('sets that change again and again', () => {
  it('hand an account on from the first to the third, also when the second never saw it', async () => {
    const [first, second, third] = freshSets(2, 3, 5) as [ShardLayout, ShardLayout, ShardLayout];
    const [seldom, often] = [freshPrincipal('device:'), freshPrincipal('device:')];
    for (const device of [seldom, often]) await spend(device, first, 40);
    await spend(often, second, 7);
    // The second set has to have heard of the first at all.
    for (let shard = 0; shard < second.count; shard += 1) {
      const filler = freshPrincipal('device:');
      await reserve(
        shardNamed(`edge:${String(second.epoch)}:${String(shard)}`),
        ask(filler),
        [],
        second,
      );
    }
    expect(await seen(often, third)).toMatchObject({ used: 47 });
    expect(await seen(seldom, third)).toMatchObject({ used: 40 });
  });

  it('hand an account back to as many shards as there were', async () => {
    const [first, second, third] = freshSets(4, 2, 4) as [ShardLayout, ShardLayout, ShardLayout];
    const device = freshPrincipal('device:');
    await spend(device, first, 40);
    await spend(device, second, 7);
    await spend(device, third, 3);
    expect(await seen(device, third)).toMatchObject({ used: 50, held: 0 });
  });
});

describe('a cohort', () => {
  const PURSE: readonly Limit[] = [{ window: 'lifetime', unit: 'nanoUsd', cap: 1_000 }];

  it('keeps its members and its purse, wherever both live', async () => {
    for (let round = 0; round < 6; round += 1) {
      const [old, next] = freshSets(3, 5) as [ShardLayout, ShardLayout];
      const born = cohortPrincipal(ipPrincipal(`198.51.${String(round)}.9`), NOON_MS);
      const other = cohortPrincipal(ipPrincipal(`192.0.${String(round)}.9`), NOON_MS);
      const device = freshPrincipal('device:');
      const call = (cohort: string): ReserveMessage =>
        ask([], { accounts: [{ ...own(device), birth: { cohort, limits: PURSE } }] });
      for (const [layout, cohort] of [
        [old, born],
        [next, other],
      ] as const) {
        const message = call(cohort);
        expect((await take(device, layout, message)).status).toBe('held');
        await tell(at(device, layout), settling(message, 100));
      }
      const purse = await seen(born, next, PURSE);
      expect((purse?.used ?? 0) + (purse?.held ?? 0)).toBeGreaterThanOrEqual(200);
      expect(purse?.used).toBeLessThanOrEqual(1_000);
      expect(await seen(other, next, PURSE)).toMatchObject({ used: 0, held: 0 });
    }
  });
});
