// A ledger object asked over RPC, as the Worker asks it: money on hold counts at once, a hold
// resolves once, and messages that arrive twice, late or out of order change nothing. Statuses,
// never exceptions.

import { beforeEach, describe, expect, it } from 'vitest';
import { MONEY, NOON_MS, LEASE_MS } from './ledger-harness.ts';
import { advance, ask, freshPrincipal, ledgerOf, money } from './ledger-harness.ts';
import { releasing, renewing, reserve, resolve, setCap } from './ledger-harness.ts';
import { setClock, settling, tell } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

describe('reserve', () => {
  it('puts money on hold before it answers', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const reply = await reserve(ledger, ask(principal));
    expect(reply).toMatchObject({ status: 'held', granted: { nanoUsd: 100 } });
    expect(await money(ledger, principal)).toEqual({ used: 0, held: 100, open: 1 });
  });

  it('answers the same attempt again without a second hold', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    expect(await reserve(ledger, message)).toMatchObject({
      status: 'exists',
      granted: { nanoUsd: 100 },
    });
    expect(await money(ledger, principal)).toMatchObject({ held: 100, open: 1 });
  });

  it('refuses the same attempt with another amount', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    const reply = await reserve(ledger, { ...message, amounts: { nanoUsd: 99 } });
    expect(reply.status).toBe('exists-with-different-amount');
    expect(await money(ledger, principal)).toMatchObject({ held: 100 });
  });

  it('refuses another attempt under the same key as a replay', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal, { nonceExpiresAtMs: NOON_MS + 90_000 });
    await reserve(ledger, message);
    const second = await reserve(ledger, { ...message, attempt: 'attempt2' });
    expect(second.status).toBe('replayed');
    await tell(ledger, settling(message, 10));
    const third = await reserve(ledger, { ...message, attempt: 'attempt3' });
    expect(third.status).toBe('replayed');
    expect(await money(ledger, principal)).toEqual({ used: 10, held: 0, open: 0 });
  });

  it('refuses a nonce once its time is over, and not a millisecond earlier', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const expiry = { nonceExpiresAtMs: NOON_MS + 1_000 };
    advance(999);
    expect((await reserve(ledger, ask(principal, expiry))).status).toBe('held');
    advance(1);
    expect((await reserve(ledger, ask(principal, expiry))).status).toBe('proof-expired');
  });

  it('leaves the nonce spent when the money is refused', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal, {
      nanoUsd: 1_001,
      nonceExpiresAtMs: NOON_MS + 90_000,
    });
    expect((await reserve(ledger, message)).status).toBe('over-budget');
    const cheaper = { ...message, attempt: 'attempt2', amounts: { nanoUsd: 1 } };
    expect((await reserve(ledger, cheaper)).status).toBe('replayed');
  });

  it('grants what is left when that still buys something', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    await reserve(ledger, ask(principal, { nanoUsd: 950 }));
    const reply = await reserve(ledger, ask(principal, { least: { nanoUsd: 20 } }));
    expect(reply).toMatchObject({ status: 'held', granted: { nanoUsd: 50 } });
    const none = await reserve(ledger, ask(principal, { least: { nanoUsd: 20 } }));
    expect(none.status).toBe('over-budget');
  });

  it('holds on every account or on none', async () => {
    const rich = freshPrincipal();
    const poor = freshPrincipal();
    const ledger = ledgerOf(rich);
    await setCap(ledger, poor, 99);
    const reply = await reserve(ledger, ask([rich, poor]));
    expect(reply).toMatchObject({ status: 'over-budget', counter: { principal: poor, cap: 99 } });
    expect(await money(ledger, rich)).toEqual({ used: 0, held: 0, open: 0 });
    expect(await money(ledger, poor)).toEqual({ used: 0, held: 0, open: 0 });

    await setCap(ledger, poor, 100);
    const message = ask([rich, poor]);
    expect((await reserve(ledger, message)).status).toBe('held');
    expect((await reserve(ledger, ask([rich, poor]))).status).toBe('over-budget');
    expect((await money(ledger, rich)).held).toBe(100);
    await tell(ledger, settling(message, 30));
    expect(await money(ledger, rich)).toEqual({ used: 30, held: 0, open: 0 });
    expect(await money(ledger, poor)).toEqual({ used: 30, held: 0, open: 0 });
  });
});

describe('a thousand reserves at once', () => {
  it('admit exactly what the budget pays for, over one stub', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, () => reserve(ledger, ask(principal, { nanoUsd: 7 }))),
    );
    expect(replies.filter((reply) => reply.status === 'held')).toHaveLength(142);
    expect(replies.filter((reply) => reply.status === 'over-budget')).toHaveLength(858);
    expect(await money(ledger, principal)).toEqual({ used: 0, held: 994, open: 142 });
  });

  it('admit exactly what the budget pays for, over a stub each', async () => {
    const principal = freshPrincipal();
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, () =>
        reserve(ledgerOf(principal), ask(principal, { nanoUsd: 7 })),
      ),
    );
    expect(replies.filter((reply) => reply.status === 'held')).toHaveLength(142);
    expect((await money(ledgerOf(principal), principal)).held).toBe(994);
  });

  it('spend each of 500 nonces once, and judge the nonce before the money', async () => {
    const principal = freshPrincipal();
    const asked = Array.from({ length: 500 }, () =>
      ask(principal, { nanoUsd: 7, nonceExpiresAtMs: NOON_MS + 90_000 }),
    );
    const replies = await Promise.all(
      [...asked, ...asked.map((one) => ({ ...one, attempt: 'attempt2' }))].map((message) =>
        reserve(ledgerOf(principal), message),
      ),
    );
    const count = (status: string): number =>
      replies.filter((reply) => reply.status === status).length;
    expect([count('held'), count('over-budget'), count('replayed')]).toEqual([142, 358, 500]);
  });
});

describe('settle, release, renew', () => {
  it('settles once and answers a second settle with a status', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    expect(await tell(ledger, settling(message, 40))).toBe('settled');
    expect(await tell(ledger, settling(message, 90))).toBe('already-settled');
    expect(await tell(ledger, releasing(message))).toBe('already-settled');
    expect(await tell(ledger, renewing(message, 90))).toBe('already-settled');
    expect(await money(ledger, principal)).toEqual({ used: 40, held: 0, open: 0 });
  });

  it('records the truth when it is dearer than the hold, and says so', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    expect(await tell(ledger, settling(message, 130))).toBe('settled-over-hold');
    expect(await money(ledger, principal)).toMatchObject({ used: 130, held: 0 });
  });

  it('releases a hold whole', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    expect(await tell(ledger, releasing(message))).toBe('released');
    expect(await tell(ledger, settling(message, 40))).toBe('already-released');
    expect(await money(ledger, principal)).toEqual({ used: 0, held: 0, open: 0 });
  });

  it('settles of an unknown call leave a tombstone that refuses the late reserve', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const late = ask(principal);
    expect(await tell(ledger, settling(late, 40))).toBe('unknown');
    expect((await reserve(ledger, late)).status).toBe('already-resolved');
    const released = ask(principal);
    expect(await tell(ledger, releasing(released))).toBe('unknown');
    expect((await reserve(ledger, released)).status).toBe('already-resolved');
    expect(await money(ledger, principal)).toEqual({ used: 0, held: 0, open: 0 });
  });

  it('leaves alone a hold that another attempt took', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    const other = { ...message, attempt: 'attempt2' };
    expect(await tell(ledger, releasing(other))).toBe('not-yours');
    expect(await tell(ledger, settling(other, 1))).toBe('not-yours');
    expect(await money(ledger, principal)).toMatchObject({ held: 100 });
  });

  it('renewing keeps a hold alive past its first lease', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    advance(LEASE_MS - 1);
    expect(await tell(ledger, renewing(message, 10))).toBe('renewed');
    advance(LEASE_MS - 1);
    expect(await money(ledger, principal)).toMatchObject({ held: 100, open: 1 });
    advance(1);
    // Ten metered, and four silent seconds at five a second.
    expect(await money(ledger, principal)).toEqual({ used: 30, held: 0, open: 0 });
    expect(await tell(ledger, renewing(message, 10))).toBe('already-expired');
  });

  it('counts one message of several calls as each of them alone', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const messages = [ask(principal), ask(principal), ask(principal)] as const;
    for (const message of messages) await reserve(ledger, message);
    const [first, second, third] = messages;
    const replies = await resolve(ledger, [
      settling(first, 1),
      releasing(second),
      settling(first, 50),
      settling(third, 3),
    ]);
    expect(replies).toEqual(['settled', 'released', 'already-settled', 'settled']);
    expect(await money(ledger, principal, [MONEY])).toEqual({ used: 4, held: 0, open: 0 });
  });
});
