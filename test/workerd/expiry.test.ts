// A hold that nobody resolves is charged when its lease ends, never returned: by the alarm when
// nobody calls, by the next call when the alarm never comes, and once however often both happen.
// Expiry costs what was metered plus the most that can have been generated in the silence, at most
// the hold.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { advance, ask, freshPrincipal, LEASE_MS, ledgerOf, reserve } from './ledger-harness.ts';
import { money, NOON_MS, releasing, renewing, setClock, settling } from './ledger-harness.ts';
import { tell, view } from './ledger-harness.ts';
import { heldRows } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

/** One metered, and four silent seconds at five a second. */
const CHARGED_AT_EXPIRY = 21;
const ALARM_LATE_MS_MAX = 1_000;

describe('the alarm', () => {
  it('charges a hold that nobody resolved, without any call', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await reserve(ledger, ask(principal));
    advance(LEASE_MS);
    expect(await runDurableObjectAlarm(ledger)).toBe(true);
    // Read as rows: looking at the principal would expire it too.
    expect(await heldRows(ledger)).toEqual({ rows: 1, held: 0 });
    expect(await money(ledger, principal)).toMatchObject({ used: CHARGED_AT_EXPIRY, held: 0 });
  });

  it('leaves alone what is not due and comes back for it', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await reserve(ledger, ask(principal));
    advance(LEASE_MS - 1);
    await reserve(ledger, ask(principal));
    expect(await runDurableObjectAlarm(ledger)).toBe(true);
    expect(await heldRows(ledger)).toEqual({ rows: 2, held: 2 });
    advance(1);
    expect(await runDurableObjectAlarm(ledger)).toBe(true);
    expect(await heldRows(ledger)).toEqual({ rows: 2, held: 1 });
    advance(LEASE_MS);
    expect(await runDurableObjectAlarm(ledger)).toBe(true);
    expect(await heldRows(ledger)).toEqual({ rows: 2, held: 0 });
  });

  it('is set again by an object that wakes up with open holds', async () => {
    const principal = freshPrincipal();
    await reserve(ledgerOf(principal), ask(principal));
    // The alarm runs and is used up; the object then loses its memory with the hold still open.
    expect(await runDurableObjectAlarm(ledgerOf(principal))).toBe(true);
    await evictDurableObject(ledgerOf(principal));
    expect(await heldRows(ledgerOf(principal))).toEqual({ rows: 1, held: 1 });
    advance(LEASE_MS);
    expect(await runDurableObjectAlarm(ledgerOf(principal))).toBe(true);
    expect(await heldRows(ledgerOf(principal))).toEqual({ rows: 1, held: 0 });
  });

  // Waking up must not put the alarm off: it is what wakes the object, and a machine that restarts
  // every half second would otherwise never charge anything.
  it('stays where it was when the object loses its memory', async () => {
    const principal = freshPrincipal();
    const alarmAtMs = (): Promise<number | null> =>
      runInDurableObject(ledgerOf(principal), (_instance, state) => state.storage.getAlarm());
    await reserve(ledgerOf(principal), ask(principal));
    const set = await alarmAtMs();
    expect(set).toBeLessThanOrEqual(NOON_MS + LEASE_MS + ALARM_LATE_MS_MAX);
    advance(LEASE_MS + ALARM_LATE_MS_MAX);
    for (let wakes = 0; wakes < 5; wakes += 1) {
      await evictDurableObject(ledgerOf(principal));
      expect(await alarmAtMs()).toBe(set);
    }
    await reserve(ledgerOf(principal), ask(principal));
    expect(await alarmAtMs()).toBeLessThanOrEqual(set ?? 0);
  });

  it('charges once when it runs again and again', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await reserve(ledger, ask(principal));
    advance(LEASE_MS);
    for (let runs = 0; runs < 6; runs += 1) {
      await runDurableObjectAlarm(ledger);
      await evictDurableObject(ledgerOf(principal));
      await view(ledger, principal, []);
    }
    expect(await money(ledger, principal)).toEqual({
      used: CHARGED_AT_EXPIRY,
      held: 0,
      open: 0,
    });
  });
});

describe('without an alarm', () => {
  it('the next reserve charges what is overdue and may use what that gives back', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await reserve(ledger, ask(principal, { nanoUsd: 1_000 }));
    expect((await reserve(ledger, ask(principal))).status).toBe('over-budget');
    advance(LEASE_MS - 1);
    expect((await reserve(ledger, ask(principal))).status).toBe('over-budget');
    advance(1);
    expect((await reserve(ledger, ask(principal))).status).toBe('held');
    expect(await money(ledger, principal)).toEqual({
      used: CHARGED_AT_EXPIRY,
      held: 100,
      open: 1,
    });
  });

  it('holds nothing longer than its lease, whatever was open when the object woke up', async () => {
    const principal = freshPrincipal();
    for (let calls = 0; calls < 10; calls += 1) {
      await reserve(ledgerOf(principal), ask(principal));
      await evictDurableObject(ledgerOf(principal));
    }
    expect(await money(ledgerOf(principal), principal)).toMatchObject({ held: 1_000, open: 10 });
    advance(LEASE_MS);
    expect((await reserve(ledgerOf(principal), ask(principal))).status).toBe('held');
    expect(await money(ledgerOf(principal), principal)).toEqual({
      used: 10 * CHARGED_AT_EXPIRY,
      held: 100,
      open: 1,
    });
  });
});

describe('what expiry costs', () => {
  it('is never more than the hold', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await reserve(ledger, ask(principal, { produciblePerSecond: { nanoUsd: 1_000_000 } }));
    advance(LEASE_MS);
    expect(await money(ledger, principal)).toEqual({ used: 100, held: 0, open: 0 });
  });

  it('grows with what the last heartbeat metered', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    await tell(ledger, renewing(message, 50));
    advance(LEASE_MS);
    expect(await money(ledger, principal)).toMatchObject({ used: 70, held: 0 });
  });

  it('is corrected upwards by a late settlement, never downwards, and only once', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    advance(LEASE_MS);
    expect((await money(ledger, principal)).used).toBe(CHARGED_AT_EXPIRY);
    expect(await tell(ledger, settling(message, 5))).toBe('already-expired');
    expect(await tell(ledger, releasing(message))).toBe('already-expired');
    expect((await money(ledger, principal)).used).toBe(CHARGED_AT_EXPIRY);
    expect(await tell(ledger, settling(message, 80))).toBe('already-expired');
    expect(await tell(ledger, settling(message, 80))).toBe('already-expired');
    expect(await money(ledger, principal)).toEqual({ used: 80, held: 0, open: 0 });
  });

  it('belongs to the day in which the hold was taken', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    setClock(Date.UTC(2100, 0, 2) - 1_000);
    await reserve(ledger, ask(principal));
    advance(LEASE_MS);
    expect(await money(ledger, principal)).toEqual({ used: 0, held: 0, open: 0 });
    expect(await heldRows(ledger)).toEqual({ rows: 1, held: 0 });
  });
});
