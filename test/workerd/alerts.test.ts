// What operators are told of budgets, where counters are kept: once for each window and percentage,
// over evictions and restarts, and without a row that a call would not have written. If this fails,
// an operator hears of one budget all night, or of none; or being told costs every call.

import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import { addressOf, type ShardLayout } from '../../core/ledger/layout.ts';
import { LIMITS, lines, log, spend, told, WATCHED } from './alerts-harness.ts';
import {
  advance,
  ask,
  extend,
  extending,
  freshPrincipal,
  LAYOUT,
  LEASE_MS,
} from './ledger-harness.ts';
import { ledgerOf, money, MONEY, NOON_MS, releasing, reserve, setCap } from './ledger-harness.ts';
import { setClock, settling, shardNamed, tell } from './ledger-harness.ts';
import { countRows, inObject, rowsOf } from './rows-harness.ts';

const DAY_MS = 86_400_000;

beforeEach(() => {
  setClock(NOON_MS);
  log.mockClear();
});

describe('of a purse an operator is told', () => {
  it('when a call that passes a share ends, and not of what is only on hold', async () => {
    const principal = freshPrincipal();
    const dear = ask(principal, { limits: LIMITS, nanoUsd: 900 });
    await reserve(ledgerOf(principal), dear);
    await tell(ledgerOf(principal), releasing(dear));
    await spend(principal, 499);
    expect(told(principal)).toEqual([]);
    await spend(principal, 1);
    expect(lines(principal)).toEqual([
      {
        event: 'alert',
        id: 'budget',
        principal,
        counter: 'nanoUsd-day',
        percent: 50,
        used: 500,
        cap: 1_000,
        windowEndsAt: '2100-01-02T00:00:00.000Z',
        policyVersion: 'v1',
      },
    ]);
    await spend(principal, 500);
    expect(told(principal)).toEqual([50, 80, 100]);
  });

  it('once, though the object forgets everything between two passes', async () => {
    const principal = freshPrincipal();
    await spend(principal, 500);
    await evictDurableObject(ledgerOf(principal));
    await spend(principal, 10);
    await abortAllDurableObjects();
    await spend(principal, 10);
    expect(told(principal)).toEqual([50]);
    await evictDurableObject(ledgerOf(principal));
    await spend(principal, 290);
    expect(told(principal)).toEqual([50, 80]);
  });

  // The negative control: what is remembered in memory alone is told again.
  it('again if the row that says so is gone', async () => {
    const principal = freshPrincipal();
    await spend(principal, 500);
    await inObject(ledgerOf(principal), (_instance, { storage }) => {
      storage.sql.exec(`DELETE FROM side WHERE kind = 'account'`);
    });
    await evictDurableObject(ledgerOf(principal));
    await spend(principal, 500);
    expect(told(principal).filter((percent) => percent === 50)).toHaveLength(2);
  });

  it('by a hold that was taken before the object was evicted, and by its lease’s end', async () => {
    const settled = freshPrincipal();
    const call = ask(settled, { limits: LIMITS, nanoUsd: 600 });
    await reserve(ledgerOf(settled), call);
    await evictDurableObject(ledgerOf(settled));
    await tell(ledgerOf(settled), settling(call, 600));
    expect(told(settled)).toEqual([50]);
    const lost = freshPrincipal();
    const produciblePerSecond = { nanoUsd: 1_000 };
    await reserve(ledgerOf(lost), ask(lost, { limits: LIMITS, nanoUsd: 800, produciblePerSecond }));
    advance(LEASE_MS);
    expect(await money(ledgerOf(lost), lost)).toMatchObject({ used: 800 });
    expect(told(lost)).toEqual([50, 80]);
  });

  it('of both windows of a call that grew over midnight, and anew on each day', async () => {
    const principal = freshPrincipal();
    const call = ask(principal, { limits: LIMITS, nanoUsd: 500, leaseMs: DAY_MS });
    await reserve(ledgerOf(principal), call);
    advance(DAY_MS / 2);
    const target = { ...call.amounts, nanoUsd: 1_300 };
    expect(await extend(ledgerOf(principal), extending(call, target))).toBe('extended');
    await tell(ledgerOf(principal), settling(call, 1_300));
    const days = lines(principal).map((one) => [one.windowEndsAt?.slice(8, 10), one.percent]);
    expect(days).toEqual([
      ['02', 50],
      ['03', 50],
      ['03', 80],
    ]);
  });

  it('by the operator’s own cap, from the next call that ends', async () => {
    const principal = freshPrincipal();
    await spend(principal, 100);
    await setCap(ledgerOf(principal), principal, 200);
    await spend(principal, 1);
    expect(lines(principal)).toMatchObject([{ percent: 50, used: 101, cap: 200 }]);
    await setCap(ledgerOf(principal), principal, null);
    await spend(principal, 400);
    expect(told(principal)).toEqual([50]);
  });

  it('not again when the account has moved to another shard', async () => {
    const principal = freshPrincipal('device:');
    const next = { epoch: 2, count: 3, previous: LAYOUT };
    const spendIn = async (layout: ShardLayout, nanoUsd: number) => {
      const shard = shardNamed(addressOf(principal, layout));
      const call = ask(principal, { limits: LIMITS, nanoUsd });
      expect((await reserve(shard, call, [], layout)).status).toBe('held');
      await tell(shard, settling(call, nanoUsd));
    };
    await spendIn(LAYOUT, 500);
    await spendIn(next, 100);
    expect(told(principal)).toEqual([50]);
    await spendIn(next, 200);
    expect(told(principal)).toEqual([50, 80]);
  });

  it('with an address cut to its network in the log', async () => {
    const shard = shardNamed('edge:1:alerts');
    const call = ask('ip:203.0.113.7', { limits: LIMITS, nanoUsd: 600 });
    await reserve(shard, call);
    await tell(shard, settling(call, 600));
    expect(told('ip:203.0.113.0/24')).toEqual([50]);
    expect(told('ip:203.0.113.7')).toEqual([]);
  });
});

describe('rows', () => {
  it('are as many as without alerts, and one more when one sounds', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const rowsOfACall = async (nanoUsd: number, limits: readonly Limit[]) => {
      const call = ask(principal, { limits, nanoUsd });
      const { written: held } = await rowsOf(ledger, { reserves: [call] });
      const { written } = await rowsOf(ledger, { resolves: [settling(call, nanoUsd)] });
      return [held, written];
    };
    expect(await rowsOfACall(100, [MONEY])).toEqual([1, 1]);
    expect(await rowsOfACall(100, LIMITS)).toEqual([1, 1]);
    // All three at once: the account, once.
    expect(await rowsOfACall(800, LIMITS)).toEqual([1, 2]);
    expect(told(principal)).toEqual([50, 80, 100]);
  });

  it('of a draw are as many, whether or not one sounds', async () => {
    const root = freshPrincipal('route:');
    const windowId = Math.floor(NOON_MS / DAY_MS);
    const want = { name: 'nanoUsd-day', windowId, used: 0, returned: 0, held: 0 };
    const draw = (amount: number) =>
      countRows(ledgerOf(root), (instance) =>
        instance.draw({
          self: root,
          layout: { epoch: 1, count: 4, previous: null },
          principal: root,
          shard: 'edge:1:0',
          wants: [{ ...want, limit: WATCHED, least: amount, most: amount }],
        }),
      );
    expect((await draw(100)).written).toBe(2);
    expect((await draw(500)).written).toBe(2);
    expect(told(root)).toEqual([50]);
  });
});
