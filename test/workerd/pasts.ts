// Pasts of a principal, each at another distance from the last checkpoint: what the tests of
// recovery lose the memory after.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { expect } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { CHECKPOINT_HOLDS } from '../../durable-objects/ledger-store.ts';
import { advance, ask, extend, extending, freshKey } from './ledger-harness.ts';
import { LEASE_MS, ledgerOf, NOON_MS, placeOf, releasing, renewing } from './ledger-harness.ts';
import { reserve, resolve, setCap, setClock, settling, tell } from './ledger-harness.ts';

const LIMITS: readonly Limit[] = [
  { window: 'day', unit: 'nanoUsd', cap: 1_000_000 },
  { window: 'minute', unit: 'nanoUsd', cap: 1_000_000 },
  { window: 'rolling-hour', unit: 'nanoUsd', cap: 999_983 },
  { window: 'rolling-minute', unit: 'requests', cap: 7_919 },
  { window: 'lifetime', unit: 'requests', cap: 1_000_000 },
  { window: 'day', unit: 'requests', cap: 1_000_000, route: 'free-chat' },
  { window: 'now', unit: 'concurrentCalls', cap: 1_000 },
];

const call = (principal: string, given: Partial<ReserveMessage> = {}): ReserveMessage =>
  ask(principal, { limits: LIMITS, label: 'openai/gpt-4o-mini', ...given });

async function settledCalls(principal: string, calls: number): Promise<void> {
  for (let done = 0; done < calls; done += 1) {
    const message = call(principal);
    await reserve(ledgerOf(principal), message);
    advance(37);
    await tell(ledgerOf(principal), settling(message, 41 + done));
  }
}

/** Everything is written: the next loss of memory starts from here. */
const checkpoint = (principal: string): Promise<unknown> =>
  ledgerOf(principal).statements('2100-01-01', '2100-01-01');

/** Case → what happens to a principal before its object loses its memory. */
export const PASTS: Readonly<Record<string, (principal: string) => Promise<unknown>>> = {
  nothing: async () => undefined,
  'a reserve': (one) => reserve(ledgerOf(one), call(one)),
  'a reserve and a renewal': async (one) => {
    const message = call(one);
    await reserve(ledgerOf(one), message);
    advance(1_600);
    await tell(ledgerOf(one), renewing(message, 20));
  },
  'a call that settled': (one) => settledCalls(one, 1),
  'a call that settled over its hold': async (one) => {
    const message = call(one);
    await reserve(ledgerOf(one), message);
    await tell(ledgerOf(one), settling(message, 170));
  },
  'a call that was released': async (one) => {
    const message = call(one);
    await reserve(ledgerOf(one), message);
    await tell(ledgerOf(one), releasing(message));
  },
  'a call that expired': async (one) => {
    await reserve(ledgerOf(one), call(one));
    advance(LEASE_MS);
    await runDurableObjectAlarm(ledgerOf(one));
  },
  'a spent nonce and a tombstone': async (one) => {
    const dear = call(one, { nonceExpiresAtMs: NOON_MS + 90_000, amounts: { nanoUsd: 10 ** 9 } });
    expect((await reserve(ledgerOf(one), dear)).status).toBe('over-budget');
    expect(await tell(ledgerOf(one), releasing(call(one)))).toBe('unknown');
  },
  'one row less than a checkpoint': async (one) => {
    await settledCalls(one, CHECKPOINT_HOLDS / 2 - 1);
    await reserve(ledgerOf(one), call(one));
  },
  'exactly a checkpoint': (one) => settledCalls(one, CHECKPOINT_HOLDS / 2),
  'one row more than a checkpoint': async (one) => {
    await settledCalls(one, CHECKPOINT_HOLDS / 2);
    await reserve(ledgerOf(one), call(one));
  },
  'three checkpoints, and 40 rows': (one) => settledCalls(one, (3 * CHECKPOINT_HOLDS + 40) / 2),
  'open holds on both sides of a checkpoint': async (one) => {
    await reserve(ledgerOf(one), call(one));
    await settledCalls(one, 5);
    await checkpoint(one);
    await reserve(ledgerOf(one), call(one));
    await settledCalls(one, 5);
  },
  'a hold from before a checkpoint that settled after it': async (one) => {
    const message = call(one);
    await reserve(ledgerOf(one), message);
    await checkpoint(one);
    await tell(ledgerOf(one), settling(message, 60));
  },
  'open holds with names older than the checkpoint': async (one) => {
    await reserve(ledgerOf(one), call(one, { key: freshKey(NOON_MS - 600_000) }));
    await checkpoint(one);
    await reserve(ledgerOf(one), call(one, { key: freshKey(NOON_MS - 700_000) }));
    const over = call(one, { key: freshKey(NOON_MS - 800_000) });
    await reserve(ledgerOf(one), over);
    await tell(ledgerOf(one), settling(over, 33));
  },
  'a hold of two checkpoints ago with an old name that settled just now': async (one) => {
    const old = call(one, { key: freshKey(NOON_MS - 600_000), leaseMs: 3_600_000 });
    await reserve(ledgerOf(one), old);
    for (let round = 0; round < 2; round += 1) {
      advance(600_000);
      await settledCalls(one, 3);
      await checkpoint(one);
    }
    await tell(ledgerOf(one), settling(old, 77));
  },
  'an extension in the same windows': async (one) => {
    const message = call(one);
    await reserve(ledgerOf(one), message);
    expect(await extend(ledgerOf(one), extending(message, { nanoUsd: 250 }))).toBe('extended');
  },
  'extensions in later windows': async (one) => {
    const message = call(one, { leaseMs: 600_000 });
    await reserve(ledgerOf(one), message);
    for (const nanoUsd of [150, 260, 390]) {
      advance(60_000);
      expect(await extend(ledgerOf(one), extending(message, { nanoUsd }))).toBe('extended');
    }
  },
  'extensions in later windows, settled': async (one) => {
    const message = call(one, { leaseMs: 600_000 });
    await reserve(ledgerOf(one), message);
    advance(60_000);
    await extend(ledgerOf(one), extending(message, { nanoUsd: 250 }));
    await checkpoint(one);
    advance(60_000);
    await extend(ledgerOf(one), extending(message, { nanoUsd: 400 }));
    await tell(ledgerOf(one), settling(message, 333));
  },
  'rolling windows that drained in between': async (one) => {
    for (let round = 0; round < 5; round += 1) {
      await settledCalls(one, 3);
      advance(20_011);
    }
    await checkpoint(one);
    await settledCalls(one, 3);
    advance(123);
    await reserve(ledgerOf(one), call(one));
  },
  'a cap that an operator set in between': async (one) => {
    await settledCalls(one, 3);
    await setCap(ledgerOf(one), one, 5_000);
    await settledCalls(one, 3);
    await setCap(ledgerOf(one), one, 4_999);
  },
  'a rolling cap that an operator changed in between': async (one) => {
    const [first, second] = [call(one), call(one, { leaseMs: 60_000 })];
    await reserve(ledgerOf(one), first);
    await reserve(ledgerOf(one), second);
    await tell(ledgerOf(one), settling(first, 90_000));
    const kind = { window: 'rolling-hour', unit: 'nanoUsd' } as const;
    for (const cap of [36_000_000, 1_800_000, null]) {
      await setCap(ledgerOf(one), one, cap, kind);
      advance(1_000);
      const message = call(one);
      await reserve(ledgerOf(one), message);
      advance(1_000);
      await tell(ledgerOf(one), settling(message, 9_000));
    }
    await tell(ledgerOf(one), settling(second, 90));
  },
  'an adjustment and a refund': async (one) => {
    const message = call(one);
    await reserve(ledgerOf(one), message);
    await tell(ledgerOf(one), settling(message, 90));
    const amounts = { nanoUsd: 12 };
    const by = { amounts, limits: LIMITS, atMs: NOON_MS, reason: 'a test' };
    expect(await ledgerOf(one).adjust(placeOf(one), { id: 'a', principal: one, ...by })).toBe(
      'adjusted',
    );
    const refund = { id: 'r', key: message.key, nanoUsd: 30, reason: 'a test' };
    expect(await ledgerOf(one).refund(refund)).toBe('adjusted');
    await settledCalls(one, 2);
  },
  'a late settlement of an expired call': async (one) => {
    const message = call(one);
    await reserve(ledgerOf(one), message);
    advance(LEASE_MS);
    await runDurableObjectAlarm(ledgerOf(one));
    expect(await tell(ledgerOf(one), settling(message, 90))).toBe('already-expired');
  },
  'one message that ends three calls and takes two': async (one) => {
    const calls = [call(one), call(one), call(one)] as const;
    for (const message of calls) await reserve(ledgerOf(one), message);
    await resolve(ledgerOf(one), [
      settling(calls[0], 5),
      releasing(calls[1]),
      settling(calls[2], 500),
    ]);
  },
  'a clock that stepped back by an hour': async (one) => {
    await settledCalls(one, 3);
    setClock(NOON_MS - 3_600_000);
    await settledCalls(one, 3);
    await reserve(ledgerOf(one), call(one));
  },
};
