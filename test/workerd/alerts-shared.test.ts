// What operators are told of budgets that many share, by their roots, and the list of what was
// told. If this fails, each shard tells of the same budget, or a list that is away costs a call.

import { evictDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALERTS_LISTED_MAX } from '../../core/control/messages.ts';
import { present } from '../../core/result.ts';
import { poll } from '../support/poll.ts';
import { lines, log, spend, told, WATCHED } from './alerts-harness.ts';
import { port } from './control-harness.ts';
import { freshPrincipal, ledgerOf, NOON_MS, setClock, settling } from './ledger-harness.ts';
import { shardNamed, tell } from './ledger-harness.ts';
import { inObject } from './rows-harness.ts';
import { sharedBudget, sharedCall, SHARDS, through } from './shared-harness.ts';

const [FIRST = '', SECOND = ''] = SHARDS;

beforeEach(() => {
  setClock(NOON_MS);
  log.mockClear();
});

describe('of a shared budget an operator is told by its root', () => {
  const budget = () => ({ ...sharedBudget(1_600), limits: [{ ...WATCHED, cap: 1_600 }] });

  it('once for all shards, by what is granted, and not by the shards', async () => {
    const shared = budget();
    await through(FIRST, sharedCall(shared, 300));
    await through(SECOND, sharedCall(shared, 300));
    expect(told(shared.name)).toEqual([]);
    await through(SECOND, sharedCall(shared, 300));
    expect(told(shared.name)).toEqual([50]);
    expect(lines(shared.name)[0]?.used).toBeGreaterThanOrEqual(800);
    await evictDurableObject(ledgerOf(shared.name));
    await through(FIRST, sharedCall(shared, 100));
    expect(told(shared.name)).toEqual([50]);
  });

  it('early by at most the slices that are out', async () => {
    const shared = budget();
    const call = sharedCall(shared, 790);
    await through(FIRST, call);
    await tell(shardNamed(FIRST), settling(call, 1));
    // What lies idle is granted still: the next draw elsewhere tells of half of the budget.
    await through(SECOND, sharedCall(shared, 100));
    const [first] = lines(shared.name);
    expect(first).toMatchObject({ percent: 50, cap: 1_600 });
    expect((first?.used ?? 0) - (1 + 100)).toBeLessThanOrEqual(790 + 1_600 / 8);
  });
});

describe('the list', () => {
  it('has the newest first, as many as it keeps, and no money hangs on it', async () => {
    const principal = freshPrincipal();
    await spend(principal, 800);
    const listed = await poll('two alerts of this principal', async () => {
      const rows = await port().alerts(ALERTS_LISTED_MAX);
      const mine = rows.filter((row) => row.principal === principal);
      return mine.length === 2 ? mine : null;
    });
    const [second] = listed;
    expect(new Set(listed.map(({ percent }) => percent))).toEqual(new Set([50, 80]));
    expect(second).toMatchObject({ id: 'budget', cap: 1_000, used: 800, atMs: NOON_MS });
    const { atMs: _atMs, ...alert } = present(second, 'row');
    for (let at = 0; at < ALERTS_LISTED_MAX + 5; at += 1) {
      await port().alerted({ ...alert, used: at });
    }
    const rows = await port().alerts(1_000);
    expect(rows).toHaveLength(ALERTS_LISTED_MAX);
    expect(rows[0]?.used).toBe(ALERTS_LISTED_MAX + 4);
  });

  it('may be away: the call ends as ever and the log has the alert', async () => {
    const principal = freshPrincipal();
    await inObject(ledgerOf(principal), (instance) => {
      const env = Reflect.get(instance, 'env') as object;
      const away = { getByName: () => ({ alerted: () => Promise.reject(new Error('away')) }) };
      Object.defineProperty(env, 'CONTROL', { value: away, configurable: true, writable: true });
    });
    await spend(principal, 500);
    expect(told(principal)).toEqual([50]);
    await poll('word of what could not be listed', async () =>
      log.mock.calls.some(([line]) => String(line).startsWith('{"event":"alert-not-listed"')),
    );
  });
});
