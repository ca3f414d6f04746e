// A thousand first requests of somebody nobody knew, all at once: the object starts, the account is
// born and the budget is spent to the cent. If this fails, a crowd that arrives together before
// there is a row spends a budget several times over.

import { beforeEach, expect, it } from 'vitest';
import type { ReserveReply } from '../../core/ledger/messages.ts';
import { ask, freshPrincipal, ledgerOf, money, NOON_MS, own, reserve } from './ledger-harness.ts';
import { setClock, shardNamed, type Stub, view } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const CROWD = 1_000;
const PAID_FOR = 100;
const BUDGET = [{ window: 'day', unit: 'nanoUsd', cap: PAID_FOR * 100 + 99 }] as const;

const count = (replies: readonly ReserveReply[], status: string): number =>
  replies.filter((reply) => reply.status === status).length;

it('admits exactly what the budget of an unknown user pays for, over a stub each', async () => {
  const user = freshPrincipal('user:test');
  const replies = await Promise.all(
    Array.from({ length: CROWD }, () =>
      reserve(ledgerOf(user), ask(user, { limits: BUDGET, nonceExpiresAtMs: NOON_MS + 90_000 })),
    ),
  );
  expect([count(replies, 'held'), count(replies, 'over-budget')]).toEqual([PAID_FOR, 900]);
  expect(await money(ledgerOf(user), user, BUDGET)).toEqual({ used: 0, held: 10_000, open: 100 });
});

const bornIn = (cohort: string, cap: number) => ({
  cohort,
  limits: [{ window: 'lifetime', unit: 'nanoUsd', cap } as const],
});

it('admits exactly what one new device may spend, in a shard with its cohort', async () => {
  // The cohort's own shard of one, so that its purse is kept beside the device.
  const layout = { epoch: 1, count: 1, previous: null };
  const shard = (): Stub => shardNamed('edge:1:0');
  const device = freshPrincipal('device:');
  const cohort = 'cohort:203.0.113.0/24@2100-01-01';
  const accounts = [{ ...own(device, BUDGET), birth: bornIn(cohort, 1_000_000) }];
  const replies = await Promise.all(
    Array.from({ length: CROWD }, () => reserve(shard(), ask([], { accounts }), [], layout)),
  );
  expect([count(replies, 'held'), count(replies, 'over-budget')]).toEqual([PAID_FOR, 900]);
  expect((await money(shard(), device, BUDGET)).held).toBe(10_000);
  const purse = await view(shard(), cohort, bornIn(cohort, 1_000_000).limits, layout);
  expect(purse.counters[0]?.held).toBe(10_000);
});

it('admits a thousand new devices of one network as far as their cohort goes', async () => {
  const layout = { epoch: 1, count: 1, previous: null };
  const cohort = 'cohort:198.51.100.0/24@2100-01-01';
  const { limits } = bornIn(cohort, PAID_FOR * 100 + 99);
  const replies = await Promise.all(
    Array.from({ length: CROWD }, () => {
      const accounts = [{ ...own(freshPrincipal('device:')), birth: { cohort, limits } }];
      return reserve(shardNamed('edge:1:0'), ask([], { accounts }), [], layout);
    }),
  );
  expect([count(replies, 'held'), count(replies, 'over-budget')]).toEqual([PAID_FOR, 900]);
  const purse = await view(shardNamed('edge:1:0'), cohort, limits, layout);
  expect(purse.counters[0]?.held).toBe(10_000);
});
