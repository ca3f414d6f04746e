// Rows are the bill: a reserve writes one row and a settle another, whatever number of accounts and
// shared budgets they move, and what a call reads and writes does not depend on how many calls the
// principal has behind it. Counted by the database itself, never timed.

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHECKPOINT_HOLDS } from '../../durable-objects/ledger-store.ts';
import { advance, ask, batchOf, extending, freshKey, freshPrincipal } from './ledger-harness.ts';
import { ledgerOf, MONEY, nameOf, NOON_MS, own, placeOf, renewing } from './ledger-harness.ts';
import { reserve, setClock, settling, shardNamed, type Stub, tell } from './ledger-harness.ts';
import { countRows, heldRows, inObject, type Rows, rowsOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const HISTORY_CALLS = Number(env.HISTORY_CALLS);
const MEASURED_CALLS = 1_000;
const PAST_LIMITS = [
  { window: 'day', unit: 'nanoUsd', cap: Number.MAX_SAFE_INTEGER },
  { window: 'month', unit: 'requests', cap: Number.MAX_SAFE_INTEGER },
  { window: 'now', unit: 'concurrentCalls', cap: 2_000 },
] as const;

/** Reserves and settles that many calls, a thousand to a visit. */
async function liveThrough(stub: Stub, principal: string, calls: number): Promise<void> {
  const name = nameOf(stub);
  for (let done = 0; done < calls;) {
    const batch = Math.min(1_000, calls - done);
    await inObject(stub, async (ledger) => {
      for (let index = 0; index < batch; index += 1) {
        const message = ask(principal, { limits: PAST_LIMITS });
        await ledger.apply(batchOf(name, { reserves: [message] }));
        await ledger.apply(batchOf(name, { resolves: [settling(message, 10)] }));
      }
    });
    done += batch;
    advance(1_000);
  }
}

/** Rows of one call's two messages, and of its replay. */
async function rowsOfACall(
  stub: Stub,
  principal: string,
): Promise<{ reserve: Rows; settle: Rows; replay: Rows }> {
  const message = ask(principal, { limits: PAST_LIMITS });
  return {
    reserve: await rowsOf(stub, { reserves: [message] }),
    settle: await rowsOf(stub, { resolves: [settling(message, 10)] }),
    replay: await rowsOf(stub, { reserves: [{ ...message, attempt: 'attempt2' }] }),
  };
}

describe('rows', () => {
  it('are one for a reserve, one for its settle, one for a renewal or an extension', async () => {
    const principal = freshPrincipal();
    const message = ask(principal);
    const ledger = ledgerOf(principal);
    const more = extending(message, { nanoUsd: 150 });
    expect((await rowsOf(ledger, { reserves: [message] })).written).toBe(1);
    expect((await rowsOf(ledger, { resolves: [renewing(message, 5)] })).written).toBe(1);
    expect((await rowsOf(ledger, { extends: [more] })).written).toBe(1);
    expect((await rowsOf(ledger, { extends: [more] })).written).toBe(0);
    expect((await rowsOf(ledger, { resolves: [settling(message, 5)] })).written).toBe(1);
    expect((await rowsOf(ledger, { resolves: [settling(message, 5)] })).written).toBe(0);
  });

  it('are none for a refusal without a proof, and one for the nonce of a proof', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const dear = ask(principal, { nanoUsd: 5_000 });
    expect((await rowsOf(ledger, { reserves: [dear] })).written).toBe(0);
    const proven = { ...dear, key: freshKey(), nonceExpiresAtMs: NOON_MS + 90_000 };
    expect((await rowsOf(ledger, { reserves: [proven] })).written).toBe(1);
    const replay = { ...proven, attempt: 'attempt2' };
    expect((await rowsOf(ledger, { reserves: [replay] })).written).toBe(0);
  });

  it('are one for a call on five accounts and three shared budgets', async () => {
    const roots = ['route:', 'model:', 'tenant:'].map((prefix) => freshPrincipal(prefix));
    const shard = shardNamed(freshPrincipal('edge:1:rows'));
    const accounts = [
      own(freshPrincipal('ip:')),
      own(freshPrincipal('ip:')),
      ...roots.map((root) => ({ principal: root, limits: [MONEY], root })),
    ];
    const call = () => ask([], { accounts, nanoUsd: 1 });
    // The first draws the slices: a row for each, here, and one at each root. And once in its life
    // a shard writes down what it was told of switches.
    const first = call();
    expect((await rowsOf(shard, { reserves: [first] })).written).toBe(1 + roots.length + 1);
    const next = call();
    expect((await rowsOf(shard, { reserves: [next] })).written).toBe(1);
    expect((await rowsOf(shard, { resolves: [settling(next, 1)] })).written).toBe(1);
  });

  it('of a draw are two at the root, one in the shard, and one where nothing is left', async () => {
    const root = freshPrincipal('route:');
    const want = { name: 'nanoUsd-day', windowId: Math.floor(NOON_MS / 86_400_000) };
    const draw = (amount: number) =>
      countRows(ledgerOf(root), (instance) =>
        instance.draw({
          ...placeOf(root),
          principal: root,
          shard: 'edge:1:draws',
          wants: [
            { ...want, used: 0, returned: 0, held: 0, limit: MONEY, least: amount, most: amount },
          ],
        }),
      );
    // Its own account, and what this shard has been granted.
    expect((await draw(100)).written).toBe(2);
    expect((await draw(100)).written).toBe(2);
    expect((await draw(5_000)).written).toBeLessThanOrEqual(2);
  });

  it('are at most two for a message, checkpoints and pruning apart', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const written: number[] = [];
    for (let calls = 0; calls < 200; calls += 1) {
      const message = ask(principal, { limits: PAST_LIMITS, nanoUsd: 1 });
      written.push((await rowsOf(ledger, { reserves: [message] })).written);
      written.push((await rowsOf(ledger, { resolves: [settling(message, 1)] })).written);
    }
    // The account and the mark, with every 64th row of a hold.
    const checkpoints = written.filter((rows) => rows > 1);
    expect(checkpoints).toHaveLength((200 * 2) / CHECKPOINT_HOLDS - 0.25);
    expect(new Set(checkpoints)).toEqual(new Set([3]));
  });

  it(`are 2.1 for a call on average, over ${String(MEASURED_CALLS)} calls`, async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    let written = 0;
    for (let calls = 0; calls < MEASURED_CALLS; calls += 1) {
      const message = ask(principal, { limits: PAST_LIMITS });
      written += (await rowsOf(ledger, { reserves: [message] })).written;
      written += (await rowsOf(ledger, { resolves: [settling(message, 1)] })).written;
    }
    const average = written / MEASURED_CALLS;
    console.log(`rows written per call, reserve and settle: ${String(average)}`);
    expect(average).toBeGreaterThanOrEqual(2);
    expect(average).toBeLessThanOrEqual(2.1);
  });

  it(`of a call are as few after ${String(HISTORY_CALLS)} calls as after one`, async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await liveThrough(ledger, principal, 1);
    const young = await rowsOfACall(ledger, principal);
    await liveThrough(ledger, principal, HISTORY_CALLS);
    expect((await heldRows(ledger)).rows).toBeGreaterThan(HISTORY_CALLS);
    // A checkpoint now, so that none falls into what is counted.
    await inObject(ledger, (instance) => instance.statements('2100-01-01', '2100-01-01'));
    const old = await rowsOfACall(ledger, principal);
    expect(old).toEqual(young);
    expect(old.reserve.written).toBe(1);
    expect(old.settle.written).toBe(1);
    expect(old.reserve.read).toBeLessThanOrEqual(2);
  });

  it('that a start reads are those since the last checkpoint, whatever lies behind', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await liveThrough(ledger, principal, 2_000);
    const open = ask(principal, { limits: PAST_LIMITS });
    await reserve(ledger, open);
    const { replayed } = await inObject(ledger, (_instance, state) => {
      const marks = state.storage.sql
        .exec<{ value: string }>(
          `SELECT body AS value FROM side WHERE kind = 'meta' AND subject = 'checkpoint'`,
        )
        .one();
      const { turn, from } = JSON.parse(marks.value) as { turn: number; from: string };
      const rows = state.storage.sql
        .exec(`SELECT key FROM hold WHERE key >= ? AND (status = 'held' OR turn > ?)`, from, turn)
        .toArray();
      return { replayed: rows.length };
    });
    expect(replayed).toBeLessThanOrEqual(CHECKPOINT_HOLDS);
    expect(await tell(ledger, settling(open, 10))).toBe('settled');
  });
});
