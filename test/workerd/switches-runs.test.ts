// A step of a run against the switches: it is what the call is that opened the run, as well as
// what it is itself. If this fails, an agent loop of somebody who is switched off spends what is
// left of it.

import { evictDurableObject } from 'cloudflare:test';
import { beforeEach, expect, it } from 'vitest';
import { put, shard, somebody, statusAs } from './control-harness.ts';
import { ask, freshPrincipal, NOON_MS, renewing, reserve } from './ledger-harness.ts';
import { setClock, shardNamed, tell } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const SHARD = 'edge:1:0';

it('is what the call is that opened its run, also after an eviction', async () => {
  const user = somebody();
  const parent = ask(freshPrincipal('ip:test'));
  const names = [user, `run:${parent.key}`];
  await reserve(shardNamed(SHARD), { ...parent, names });
  const step = (): Promise<string> => statusAs(SHARD, 'model:small', `run:${parent.key}`);
  expect(await step()).toBe('held');
  await put(user);
  expect(await step()).toBe('switched');
  await evictDurableObject(shard(SHARD));
  // Its next renewal says again what it is.
  await tell(shardNamed(SHARD), { ...renewing(parent, 10), names });
  expect(await step()).toBe('switched');
  expect(await statusAs(SHARD, 'model:small', 'run:another')).toBe('held');
});
