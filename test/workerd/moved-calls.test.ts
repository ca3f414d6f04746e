// Calls that outlive a change of shards: they are on hold in the old shard, and their account is
// kept by the new one. Whatever happens to such a call later must be counted where the account is.

import { beforeEach, describe, expect, it } from 'vitest';
import { addressOf, type ShardLayout } from '../../core/ledger/layout.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { advance, apply, ask, extending, freshPrincipal, LEASE_MS } from './ledger-harness.ts';
import { MONEY, NOON_MS, reserve, setClock, settling, shardNamed, tell } from './ledger-harness.ts';
import { LAYOUT, view } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const OLD: ShardLayout = { epoch: 101, count: 2, previous: null };
const NEXT: ShardLayout = { epoch: 102, count: 3, previous: OLD };

const at = (principal: string, layout: ShardLayout) => shardNamed(addressOf(principal, layout));

const seen = async (principal: string): Promise<number> => {
  const { counters } = await view(at(principal, NEXT), principal, [MONEY], NEXT);
  return (counters[0]?.used ?? 0) + (counters[0]?.held ?? 0);
};

/** A call in the old shard whose account has gone. */
async function left(): Promise<{ device: string; message: ReserveMessage }> {
  const device = freshPrincipal('device:');
  const message = ask(device);
  await reserve(at(device, OLD), message, [], OLD);
  expect(await seen(device)).toBe(100);
  return { device, message };
}

describe('a call whose account has moved', () => {
  it('is not extended beyond what its new home knows of', async () => {
    const { device, message } = await left();
    const { extends: replies } = await apply(at(device, OLD), {
      extends: [extending(message, { nanoUsd: 900 })],
      layout: OLD,
    });
    await tell(at(device, OLD), settling(message, 900));
    await expect.poll(() => seen(device)).toBe(900);
    expect(replies).toEqual([{ key: message.key, status: 'moved' }]);
  });

  // Not so yet: only the call's own end is told to the new home.
  it('is charged the truth at its new home when that comes late', async () => {
    const { device, message } = await left();
    advance(LEASE_MS);
    await view(at(device, OLD), device, [MONEY], OLD);
    await expect.poll(() => seen(device)).toBe(21);
    expect(await tell(at(device, OLD), settling(message, 80))).toBe('already-expired');
    await expect.poll(() => seen(device), { timeout: 300 }).toBe(80);
  });

  it('is refunded at its new home', async () => {
    const { device, message } = await left();
    await tell(at(device, OLD), settling(message, 60));
    await expect.poll(() => seen(device)).toBe(60);
    const refund = { id: 'r', key: message.key, nanoUsd: 50, reason: 'a test' };
    expect(await at(device, OLD).refund(refund)).toBe('adjusted');
    await expect.poll(() => seen(device), { timeout: 300 }).toBe(10);
  });
});

describe('a call whose proof was spent where it was', () => {
  it('is answered so before anything its past would say', async () => {
    const principal = freshPrincipal('device:');
    const shard = shardNamed('edge:1:moved');
    const proof = ask(principal, { nonceExpiresAtMs: NOON_MS + 90_000 });
    await reserve(shard, proof);
    await shard.handOver({
      principals: [principal],
      to: 'edge:2:0',
      self: 'edge:1:moved',
      layout: LAYOUT,
    });
    for (const attempt of ['attempt1', 'attempt2']) {
      const reply = await reserve(shard, { ...proof, attempt }, [], LAYOUT);
      expect(reply.status).toBe('moved');
    }
    advance(1);
    const { resolves } = await apply(shard, { resolves: [settling(proof, 5)] });
    expect(resolves[0]?.status).toBe('settled');
  });
});
