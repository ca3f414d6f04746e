// A turn happens whole or not at all. An exception after a write would keep that write, so the
// object ends itself; the caller is told, and what the next incarnation remembers is what it was
// before the turn. Each message is broken off after every single statement it makes.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../core/ledger/messages.ts';
import { CHECKPOINT_HOLDS } from '../../durable-objects/ledger-store.ts';
import { answered, call, ending, freshHash, given, going } from './answers-harness.ts';
import { advance, apply, ask, batchOf, extending, freshPrincipal } from './ledger-harness.ts';
import { LEASE_MS, type LedgerInstance, ledgerOf, MONEY, NOON_MS } from './ledger-harness.ts';
import { placeOf, releasing, renewing, reserve, setClock, settling } from './ledger-harness.ts';
import { failAfter, inObject, storeOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

type Prepared = (instance: LedgerInstance) => Promise<unknown>;

const STATEMENTS_MAX = 60;
const label = 'openai/gpt-4o-mini';
const two = (principal: string) => [ask(principal, { label }), ask(principal, { label })] as const;

const batch = (principal: string, part: Partial<Batch>): Prepared => {
  const message = batchOf(principal, part);
  return (instance) => instance.apply(message);
};

/** Message → what comes before it; it gives the turn that is to break. */
const TURNS: Readonly<Record<string, (principal: string) => Promise<Prepared>>> = {
  'a reserve': async (one) => batch(one, { reserves: [ask(one)] }),
  'a refused proof': async (one) =>
    batch(one, { reserves: [ask(one, { nanoUsd: 5_000, nonceExpiresAtMs: NOON_MS + 90_000 })] }),
  'a tombstone': async (one) => batch(one, { resolves: [releasing(ask(one))] }),
  'settlements that ride with two reserves': async (one) => {
    const [first, second] = two(one);
    await apply(ledgerOf(one), { reserves: [first, second] });
    return batch(one, {
      resolves: [settling(first, 10, { record: '{}' }), settling(second, 20)],
      reserves: two(one),
    });
  },
  'a renewal and an extension': async (one) => {
    const [first] = two(one);
    await reserve(ledgerOf(one), first);
    return batch(one, {
      resolves: [renewing(first, 10)],
      extends: [extending(first, { nanoUsd: 300 })],
    });
  },
  'an answer, and a call that goes on from an earlier one': async (one) => {
    const [hash, next] = [freshHash(), freshHash()];
    await answered(one, given(hash));
    const first = call(one, going(hash));
    await reserve(ledgerOf(one), first);
    return batch(one, {
      resolves: [ending(first, given(next))],
      reserves: [call(one, going(next)), call(one, going(hash))],
    });
  },
  'a challenge that was fetched ahead': async (one) => {
    const solvedAhead = { issuedAtMs: NOON_MS - 9_000, outstandingMax: 3 };
    return batch(one, { reserves: [ask(one, { solvedAhead })] });
  },
  'a turn with a checkpoint': async (one) => {
    for (let calls = 0; calls < (CHECKPOINT_HOLDS - 2) / 2; calls += 1) {
      const [message] = two(one);
      await reserve(ledgerOf(one), message);
      await apply(ledgerOf(one), { resolves: [settling(message, 3)] });
    }
    const [first] = two(one);
    await reserve(ledgerOf(one), first);
    return batch(one, { resolves: [settling(first, 10)] });
  },
  'an alarm': async (one) => {
    await apply(ledgerOf(one), { reserves: two(one) });
    advance(LEASE_MS);
    return (instance) => instance.alarm();
  },
  'a look at what is overdue': async (one) => {
    await apply(ledgerOf(one), { reserves: two(one) });
    advance(LEASE_MS);
    return (instance) => instance.view(placeOf(one), one, [MONEY]);
  },
  'a late settlement that is dearer': async (one) => {
    const [first] = two(one);
    await reserve(ledgerOf(one), first);
    advance(LEASE_MS);
    await inObject(ledgerOf(one), (instance) => instance.alarm());
    return batch(one, { resolves: [settling(first, 90)] });
  },
  'a cap': async (one) => (instance) =>
    instance.setCap(placeOf(one), { principal: one, window: 'day', unit: 'nanoUsd', cap: 7 }),
  'an adjustment': async (one) => (instance) =>
    instance.adjust(placeOf(one), {
      id: 'a',
      principal: one,
      amounts: { nanoUsd: 12 },
      limits: [MONEY],
      atMs: NOON_MS,
      reason: 'a test',
    }),
  'a refund': async (one) => {
    const [first] = two(one);
    await reserve(ledgerOf(one), first);
    await apply(ledgerOf(one), { resolves: [settling(first, 50)] });
    return (instance) =>
      instance.refund({ id: 'r', key: first.key, nanoUsd: 20, reason: 'a test' });
  },
};

const TABLES = ['hold', 'side'] as const;

/** Every row, and what the object makes of them. */
const everything = (principal: string) =>
  inObject(ledgerOf(principal), (instance, state) => ({
    rows: TABLES.map((table) => state.storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
    account: storeOf(instance).account(principal),
    // A start finds them in the order of their names, which is not the order of their numbers.
    open: [...storeOf(instance).openHolds().values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
  }));

describe('an exception in the middle of a turn', () => {
  it.each(Object.entries(TURNS))('leaves nothing of %s, wherever it comes', async (_name, made) => {
    let failures = 0;
    for (; failures < STATEMENTS_MAX; failures += 1) {
      setClock(NOON_MS);
      const principal = freshPrincipal();
      const turn = await made(principal);
      const before = await everything(principal);
      if ((await failAfter(ledgerOf(principal), failures + 1, turn)) === 'done') break;
      expect(await everything(principal)).toEqual(before);
      // Told again, it happens.
      await inObject(ledgerOf(principal), turn);
      expect(await everything(principal)).not.toEqual(before);
    }
    expect(failures).toBeGreaterThanOrEqual(1);
    expect(failures).toBeLessThan(STATEMENTS_MAX);
  });
});
