// Attack 16: a stock of challenges, fetched at once and solved at leisure. They are counted in the
// principal's own object when they are redeemed, in the turn that holds the money, so that neither
// a crowd nor a restart nor a change of shards makes room for a fourth. If these fail, an attacker
// solves for ninety seconds and spends it in one.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { addressOf, type ShardLayout } from '../../core/ledger/layout.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { CHECKPOINT_HOLDS } from '../../durable-objects/ledger-store.ts';
import { advance, apply, ask, freshPrincipal, LAYOUT, ledgerOf } from './ledger-harness.ts';
import { LEASE_MS, NOON_MS, own, releasing, reserve, setClock } from './ledger-harness.ts';
import { settling, shardNamed, type Stub, tell } from './ledger-harness.ts';
import { crash, forget, rowsOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const LIMITS = [{ window: 'day', unit: 'nanoUsd', cap: Number.MAX_SAFE_INTEGER }] as const;

/** A call with a challenge that was fetched at this time and lives for ninety seconds. */
const ahead = (
  principal: string,
  issuedAtMs: number,
  given: Partial<ReserveMessage> = {},
): ReserveMessage =>
  ask(principal, {
    limits: LIMITS,
    nonceExpiresAtMs: issuedAtMs + 90_000,
    solvedAhead: { issuedAtMs, outstandingMax: 3 },
    ...given,
  });

const statusOf = async (stub: Stub, message: ReserveMessage, layout = LAYOUT): Promise<string> =>
  (await reserve(stub, message, [], layout)).status;

/** Fetches, redeems and settles so many, one after another; what each was answered. */
async function chain(principal: string, calls: number): Promise<string[]> {
  const answers: string[] = [];
  for (let made = 0; made < calls; made += 1) {
    const message = ahead(principal, Date.now());
    advance(1_000);
    answers.push(await statusOf(ledgerOf(principal), message));
    await tell(ledgerOf(principal), settling(message, 1));
  }
  return answers;
}

const counted = (statuses: readonly string[], wanted: string): number =>
  statuses.filter((status) => status === wanted).length;

describe('of a thousand challenges fetched at once', () => {
  it('three are redeemed, though all of them arrive together', async () => {
    const principal = freshPrincipal();
    advance(30_000);
    const reserves = Array.from({ length: 1_000 }, () => ahead(principal, NOON_MS));
    const batches = Array.from({ length: 10 }, (_, index) =>
      apply(ledgerOf(principal), { reserves: reserves.slice(index * 100, index * 100 + 100) }),
    );
    const replies = (await Promise.all(batches)).flatMap((reply) => reply.reserves);
    const statuses = replies.map(({ status }) => status);
    expect(counted(statuses, 'held')).toBe(3);
    expect(counted(statuses, 'too-many-outstanding')).toBe(997);
  });

  it('three are redeemed, though they are spread over their lifetime and each call ends', async () => {
    const principal = freshPrincipal();
    const statuses: string[] = [];
    for (let index = 0; index < 1_000; index += 1) {
      advance(89);
      const message = ahead(principal, NOON_MS);
      const status = await statusOf(ledgerOf(principal), message);
      if (status === 'held') await tell(ledgerOf(principal), settling(message, 1));
      statuses.push(status);
    }
    expect(counted(statuses, 'held')).toBe(3);
  });

  // The control: without the count each of them buys a call.
  it('all are redeemed where nobody counts', async () => {
    const principal = freshPrincipal();
    const reserves = Array.from({ length: 1_000 }, () => {
      const { solvedAhead: _uncounted, ...message } = ahead(principal, NOON_MS);
      return message;
    });
    const replies = await apply(ledgerOf(principal), { reserves });
    expect(
      counted(
        replies.reserves.map(({ status }) => status),
        'held',
      ),
    ).toBe(1_000);
  });
});

describe('a caller who fetches the next challenge with each answer', () => {
  it('is never kept waiting', async () => {
    const answers = await chain(freshPrincipal(), 200);
    expect(new Set(answers)).toEqual(new Set(['held']));
  });
});

describe('a clock that steps back', () => {
  it('keeps nobody waiting whose other accounts have seen a later time', async () => {
    const shard = shardNamed('edge:1:outstanding-clock');
    const [ip, device] = [freshPrincipal('ip:'), freshPrincipal('device:')];
    advance(60_000);
    await reserve(shard, ask(ip, { limits: LIMITS }));
    advance(-60_000);
    for (let made = 0; made < 20; made += 1) {
      const message = ahead(device, Date.now(), {
        accounts: [own(device, LIMITS), own(ip, LIMITS)],
      });
      advance(1_000);
      expect(await statusOf(shard, message)).toBe('held');
      await tell(shard, settling(message, 1));
    }
  });
});

describe('the places of challenges that were redeemed', () => {
  const losses: readonly (readonly [string, (name: string) => Promise<unknown>])[] = [
    ['an eviction', forget],
    ['a crash', crash],
    [
      'an alarm and an eviction',
      async (name) => {
        await runDurableObjectAlarm(ledgerOf(name));
        await forget(name);
      },
    ],
  ];

  it.each(losses)('are known after %s', async (_, lose) => {
    for (const [calls, ends] of [
      [3, 'none'],
      [3, 'all'],
      [CHECKPOINT_HOLDS + 3, 'all'],
    ] as const) {
      setClock(NOON_MS);
      const principal = freshPrincipal();
      await chain(principal, calls - 3);
      // A stock of four: three are redeemed a minute later, and their calls end or go on.
      const issued = Date.now();
      advance(60_000);
      for (let made = 0; made < 3; made += 1) {
        const message = ahead(principal, issued);
        expect(await statusOf(ledgerOf(principal), message)).toBe('held');
        if (ends === 'all') await tell(ledgerOf(principal), settling(message, 1));
      }
      await lose(principal);
      const fourth = ahead(principal, issued);
      expect(await statusOf(ledgerOf(principal), fourth)).toBe('too-many-outstanding');
      expect(await statusOf(ledgerOf(principal), ahead(principal, issued + 60_000))).toBe('held');
    }
  });

  it('stay taken when the call is released, and when its lease runs out', async () => {
    const principal = freshPrincipal();
    advance(30_000);
    for (const how of ['release', 'lease', 'lease']) {
      const message = ahead(principal, NOON_MS);
      expect(await statusOf(ledgerOf(principal), message)).toBe('held');
      if (how === 'release') await tell(ledgerOf(principal), releasing(message));
      else advance(LEASE_MS);
    }
    const fourth = await statusOf(ledgerOf(principal), ahead(principal, NOON_MS));
    expect(fourth).toBe('too-many-outstanding');
  });

  it('are taken by calls that are held and by no other', async () => {
    const principal = freshPrincipal();
    const poor = { limits: [{ window: 'day', unit: 'nanoUsd', cap: 250 }] as const };
    const dear = () => ahead(principal, NOON_MS, { accounts: [own(principal, poor.limits)] });
    advance(30_000);
    const statuses: string[] = [];
    for (let made = 0; made < 4; made += 1) {
      statuses.push(await statusOf(ledgerOf(principal), dear()));
    }
    expect(statuses).toEqual(['held', 'held', 'over-budget', 'over-budget']);
    expect(await statusOf(ledgerOf(principal), ahead(principal, NOON_MS))).toBe('held');
  });

  it('are each principal’s own', async () => {
    const shard = shardNamed('edge:1:outstanding');
    for (const principal of [freshPrincipal('device:'), freshPrincipal('device:')]) {
      const statuses: string[] = [];
      for (let made = 0; made < 4; made += 1) {
        statuses.push(await statusOf(shard, ahead(principal, NOON_MS)));
      }
      expect(statuses).toEqual(['held', 'held', 'held', 'too-many-outstanding']);
    }
  });

  it('go along when the number of shards changes', async () => {
    const old: ShardLayout = { epoch: 71, count: 2, previous: null };
    const next: ShardLayout = { epoch: 72, count: 5, previous: old };
    const device = freshPrincipal('device:');
    const at = (layout: ShardLayout) => shardNamed(addressOf(device, layout));
    advance(30_000);
    for (const layout of [old, old, next]) {
      expect(await statusOf(at(layout), ahead(device, NOON_MS), layout)).toBe('held');
    }
    const fourth = await statusOf(at(next), ahead(device, NOON_MS), next);
    expect(fourth).toBe('too-many-outstanding');
  });
});

describe('a challenge that is one too many', () => {
  it('is spent, and a repeat of one that was redeemed gets its first answer', async () => {
    const principal = freshPrincipal();
    const held = [1, 2, 3].map(() => ahead(principal, NOON_MS));
    for (const message of held) await reserve(ledgerOf(principal), message);
    const [first] = held;
    expect(await statusOf(ledgerOf(principal), first as ReserveMessage)).toBe('exists');
    const fourth = ahead(principal, NOON_MS);
    expect(await statusOf(ledgerOf(principal), fourth)).toBe('too-many-outstanding');
    advance(60_000);
    const again = { ...fourth, attempt: 'attempt2' };
    expect(await statusOf(ledgerOf(principal), again)).toBe('replayed');
  });

  it('costs no row more than any refusal of a proof, and one that is held none at all', async () => {
    const principal = freshPrincipal();
    const rows = async (): Promise<number> =>
      (await rowsOf(ledgerOf(principal), { reserves: [ahead(principal, NOON_MS)] })).written;
    expect([await rows(), await rows(), await rows(), await rows()]).toEqual([1, 1, 1, 1]);
  });
});
