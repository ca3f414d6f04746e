// What is corrected afterwards is a row of its own, counted once, and never an edit of the past:
// adjustments by hand, refunds of a call, and a truth that came after the lease had ended.

import { abortAllDurableObjects, runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { RESOLVE_STATUSES } from '../../core/ledger/status.ts';
import type { Amounts } from '../../core/ledger/unit.ts';
import { advance, ask, extend, extending, freshPrincipal, LEASE_MS } from './ledger-harness.ts';
import { ledgerOf, MONEY, money, NOON_MS, own, placeOf, releasing } from './ledger-harness.ts';
import { renewing, reserve, setClock, settling, tell } from './ledger-harness.ts';
import { inObject, storeOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const adjust = (principal: string, id: string, amounts: Amounts, limits = [MONEY]) =>
  ledgerOf(principal).adjust(placeOf(principal), {
    id,
    principal,
    amounts,
    limits,
    atMs: Date.now(),
    reason: 'a test',
  });

const refund = (principal: string, key: string, id: string, nanoUsd: number) =>
  ledgerOf(principal).refund({ id, key, nanoUsd, reason: 'a test' });

async function charged(
  nanoUsd: number,
  given: Parameters<typeof ask>[1] = {},
): Promise<{ principal: string; message: ReserveMessage }> {
  const principal = freshPrincipal();
  const message = ask(principal, given);
  await reserve(ledgerOf(principal), message);
  await tell(ledgerOf(principal), settling(message, nanoUsd));
  return { principal, message };
}

const used = async (principal: string, limits?: readonly Limit[]): Promise<number> =>
  (await money(ledgerOf(principal), principal, limits)).used;

describe('an adjustment', () => {
  it('moves the counters once, whatever its id is sent with again', async () => {
    const { principal } = await charged(40);
    expect(await adjust(principal, 'a', { nanoUsd: 25 })).toBe('adjusted');
    expect(await adjust(principal, 'a', { nanoUsd: 25 })).toBe('exists');
    expect(await adjust(principal, 'a', { nanoUsd: 26 })).toBe('exists-with-different-amount');
    await abortAllDurableObjects();
    expect(await adjust(principal, 'a', { nanoUsd: 25 })).toBe('exists');
    expect(await used(principal)).toBe(65);
  });

  it('takes nothing below zero, and then changes nothing', async () => {
    const { principal } = await charged(40);
    expect(await adjust(principal, 'a', { nanoUsd: -41 })).toBe('exceeds-used');
    expect(await used(principal)).toBe(40);
    expect(await adjust(principal, 'a', { nanoUsd: -40 })).toBe('adjusted');
    expect(await used(principal)).toBe(0);
    expect(await adjust(freshPrincipal(), 'a', { nanoUsd: -1 })).toBe('exceeds-used');
  });
});

describe('a refund', () => {
  it('gives back part of a charge, again and again, up to all of it', async () => {
    const { principal, message } = await charged(40);
    expect(await refund(principal, message.key, 'a', 15)).toBe('adjusted');
    expect(await refund(principal, message.key, 'a', 15)).toBe('exists');
    expect(await refund(principal, message.key, 'a', 16)).toBe('exists-with-different-amount');
    expect(await refund(principal, message.key, 'b', 26)).toBe('exceeds-charge');
    expect(await refund(principal, message.key, 'b', 25)).toBe('adjusted');
    expect(await refund(principal, message.key, 'c', 1)).toBe('exceeds-charge');
    await abortAllDurableObjects();
    expect(await refund(principal, message.key, 'd', 1)).toBe('exceeds-charge');
    expect(await used(principal)).toBe(0);
  });

  it('is refused for a call that is not over, was not charged, or never was', async () => {
    const principal = freshPrincipal();
    const held = ask(principal);
    const released = ask(principal);
    for (const message of [held, released]) await reserve(ledgerOf(principal), message);
    await tell(ledgerOf(principal), releasing(released));
    expect(await refund(principal, held.key, 'a', 1)).toBe('still-held');
    expect(await refund(principal, released.key, 'a', 1)).toBe('exceeds-charge');
    expect(await refund(principal, ask(principal).key, 'a', 1)).toBe('unknown');
  });

  // If this fails, a refund late in a rolling window buys more than the window allows.
  it('gives back nothing that has drained meanwhile', async () => {
    const rolling: Limit = { window: 'rolling-hour', unit: 'nanoUsd', cap: 3_600 };
    const { principal, message } = await charged(100, { limits: [rolling] });
    advance(60_000);
    expect(await used(principal, [rolling])).toBe(40);
    expect(await refund(principal, message.key, 'a', 100)).toBe('adjusted');
    expect(await used(principal, [rolling])).toBe(0);
  });

  // If this fails, a refund of a long call leaves a window below zero, which is budget for nothing.
  it('of an extended call comes out of the windows that were charged, newest first', async () => {
    const minute: Limit = { window: 'minute', unit: 'nanoUsd', cap: 1_000 };
    const principal = freshPrincipal();
    const message = ask(principal, { limits: [minute], leaseMs: 600_000, nanoUsd: 60 });
    await reserve(ledgerOf(principal), message);
    advance(60_000);
    await extend(ledgerOf(principal), extending(message, { nanoUsd: 100 }));
    await tell(ledgerOf(principal), settling(message, 90));
    expect(await used(principal, [minute])).toBe(30);
    expect(await refund(principal, message.key, 'a', 70)).toBe('adjusted');
    expect(await used(principal, [minute])).toBe(0);
    const cells = await inObject(
      ledgerOf(principal),
      (instance) => storeOf(instance).account(principal).cells['nanoUsd-minute'],
    );
    expect(cells?.map((cell) => cell.used)).toEqual([0, 20]);
  });
});

describe('a settlement that comes after its lease has ended', () => {
  it('adds what is missing, as one row, once', async () => {
    const principal = freshPrincipal();
    const message = ask(principal, { accounts: [own(principal), own(freshPrincipal())] });
    await reserve(ledgerOf(principal), message);
    advance(LEASE_MS);
    await runDurableObjectAlarm(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), settling(message, 90))).toBe('already-expired');
    await abortAllDurableObjects();
    expect(await tell(ledgerOf(principal), settling(message, 95))).toBe('already-expired');
    expect(await used(principal)).toBe(90);
    expect(await refund(principal, message.key, 'a', 91)).toBe('exceeds-charge');
    expect(await refund(principal, message.key, 'a', 90)).toBe('adjusted');
    expect(await used(principal)).toBe(0);
  });

  it('charges a long call in its newest window', async () => {
    const minute: Limit = { window: 'minute', unit: 'nanoUsd', cap: 1_000 };
    const principal = freshPrincipal();
    const slow = { produciblePerSecond: { nanoUsd: 0 }, metered: { nanoUsd: 1 } };
    const message = ask(principal, { limits: [minute], leaseMs: 90_000, nanoUsd: 60, ...slow });
    await reserve(ledgerOf(principal), message);
    advance(60_000);
    await extend(ledgerOf(principal), extending(message, { nanoUsd: 100 }));
    await tell(ledgerOf(principal), renewing(message, 70));
    advance(LEASE_MS + 30_000);
    await runDurableObjectAlarm(ledgerOf(principal));
    expect(await used(principal, [minute])).toBe(10);
    await tell(ledgerOf(principal), settling(message, 95));
    expect(await used(principal, [minute])).toBe(35);
  });
});

describe('every status', () => {
  it('of a resolution is given, and by what was promised', async () => {
    const principal = freshPrincipal();
    const limits = [{ ...MONEY, cap: 10_000 }];
    const calls = Array.from({ length: 7 }, () => ask(principal, { limits }));
    const [a, b, c, d, e, f, g] = calls as [ReserveMessage, ...ReserveMessage[]];
    const given: (string | undefined)[] = [];
    const say = async (...words: Parameters<typeof tell>[1][]): Promise<void> => {
      for (const word of words) given.push(await tell(ledgerOf(principal), word));
    };
    for (const one of [a, b, c, d, e] as ReserveMessage[]) {
      await reserve(ledgerOf(principal), one);
    }
    const dear = { ...g, amounts: { nanoUsd: 10 ** 9 }, nonceExpiresAtMs: NOON_MS + 90_000 };
    await reserve(ledgerOf(principal), dear as ReserveMessage);
    await say(settling(f as ReserveMessage, 1));
    await say(settling({ ...a, attempt: 'attempt2' }, 1));
    await say(settling(a, 1), settling(a, 1));
    await say(releasing(b as ReserveMessage), releasing(b as ReserveMessage));
    await say(settling(dear as ReserveMessage, 1), settling(c as ReserveMessage, 101));
    await say(renewing(d as ReserveMessage, 5));
    advance(2 * LEASE_MS);
    await runDurableObjectAlarm(ledgerOf(principal));
    await say(settling(e as ReserveMessage, 1));
    // `expired` is what time does, not an answer to a message; `stopped` is a revoked key's.
    expect(new Set([...given, 'expired', 'stopped'])).toEqual(new Set(RESOLVE_STATUSES));
  });
});
