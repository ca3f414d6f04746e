// Which calls may go on from an answer: those of the principal it was given to, so many for each
// time it was given, counted in the turn that holds the money. If these fail, one answer is the
// root of a thousand conversations, or history is made up.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { addressOf, type ShardLayout } from '../../core/ledger/layout.ts';
import {
  answered,
  call,
  ending,
  freshHash,
  given,
  going,
  goOn,
  LIMITS,
} from './answers-harness.ts';
import { advance, freshKey, freshPrincipal, LEASE_MS, ledgerOf } from './ledger-harness.ts';
import { NOON_MS, releasing, reserve, setClock, shardNamed, tell } from './ledger-harness.ts';
import { crash, forget } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

describe('an answer', () => {
  it('can be gone on from as often as the policy says, and no more', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    await answered(principal, given(hash));
    const message = () => call(principal, going(hash, 3));
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => reserve(ledgerOf(principal), message())),
    );
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 'held')).toHaveLength(3);
    expect(statuses.filter((status) => status === 'conversation-forked')).toHaveLength(17);
  });

  it('can be gone on from by its own principal only, though another lives in the same object', async () => {
    const shard = shardNamed('edge:1:answers');
    const [mine, yours, hash] = [freshPrincipal('device:'), freshPrincipal('device:'), freshHash()];
    const message = call(mine);
    await reserve(shard, message);
    await tell(shard, ending(message, given(hash)));
    const theirs = await reserve(shard, call(yours, going(hash)));
    expect(theirs).toEqual({ status: 'conversation-unknown', isPending: false });
    expect((await reserve(shard, call(mine, going(hash)))).status).toBe('held');
  });

  it('that was given twice can be gone on from twice as often', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    await answered(principal, given(hash));
    await answered(principal, given(hash));
    const statuses: string[] = [];
    for (let made = 0; made < 5; made += 1) statuses.push(await goOn(principal, hash));
    expect(statuses).toEqual(['held', 'held', 'held', 'held', 'conversation-forked']);
  });

  it('that was told of twice was given once', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    const message = call(principal);
    await reserve(ledgerOf(principal), message);
    for (let told = 0; told < 3; told += 1) {
      await tell(ledgerOf(principal), ending(message, given(hash)));
    }
    expect([await goOn(principal, hash), await goOn(principal, hash)]).toEqual(['held', 'held']);
    expect(await goOn(principal, hash)).toBe('conversation-forked');
  });

  it('is known, with its count, after an eviction and after a crash', async () => {
    for (const lose of [forget, crash]) {
      const [principal, hash] = [freshPrincipal(), freshHash()];
      await answered(principal, given(hash));
      await lose(principal);
      expect(await goOn(principal, hash)).toBe('held');
      await lose(principal);
      expect(await goOn(principal, hash)).toBe('held');
      await lose(principal);
      expect(await goOn(principal, hash)).toBe('conversation-forked');
    }
  });

  it('of a call that had expired is known when the truth arrives after all', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    const message = call(principal);
    await reserve(ledgerOf(principal), message);
    advance(LEASE_MS);
    await runDurableObjectAlarm(ledgerOf(principal));
    expect(await tell(ledgerOf(principal), ending(message, given(hash)))).toBe('already-expired');
    expect(await goOn(principal, hash)).toBe('held');
  });

  it('told of by another attempt, or for a call that nobody made, is nobody’s', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    const message = call(principal);
    await reserve(ledgerOf(principal), message);
    const stranger = { ...message, attempt: 'attempt2' };
    expect(await tell(ledgerOf(principal), ending(stranger, given(hash)))).toBe('not-yours');
    const nobody = { ...message, key: freshKey() };
    expect(await tell(ledgerOf(principal), ending(nobody, given(hash)))).toBe('unknown');
    expect(await goOn(principal, hash)).toBe('conversation-unknown');
  });

  it('goes along when the number of shards changes', async () => {
    const old: ShardLayout = { epoch: 81, count: 2, previous: null };
    const next: ShardLayout = { epoch: 82, count: 5, previous: old };
    const [device, hash] = [freshPrincipal('device:'), freshHash()];
    const at = (layout: ShardLayout) => shardNamed(addressOf(device, layout));
    const first = call(device);
    await reserve(at(old), first, [], old);
    await tell(at(old), ending(first, given(hash)));
    const statuses: string[] = [];
    for (const layout of [old, next, next]) {
      statuses.push((await reserve(at(layout), call(device, going(hash)), [], layout)).status);
    }
    expect(statuses).toEqual(['held', 'held', 'conversation-forked']);
  });
});

describe('a continuation', () => {
  it('that was not held, or brought no answer, is not counted', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    await answered(principal, given(hash));
    const poor = call(principal, {
      ...going(hash),
      accounts: [{ principal, limits: [{ ...LIMITS[0], cap: 0 }], root: null }],
    });
    for (let tried = 0; tried < 3; tried += 1) {
      const broke = { ...poor, key: freshKey() };
      expect((await reserve(ledgerOf(principal), broke)).status).toBe('over-budget');
      await answered(principal, null, going(hash));
      const message = call(principal, going(hash));
      await reserve(ledgerOf(principal), message);
      await tell(ledgerOf(principal), releasing(message));
      await tell(ledgerOf(principal), releasing(message));
    }
    expect([await goOn(principal, hash), await goOn(principal, hash)]).toEqual(['held', 'held']);
    expect(await goOn(principal, hash)).toBe('conversation-forked');
  });

  it('that is asked for twice is counted once', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    await answered(principal, given(hash));
    const message = call(principal, going(hash, 1));
    expect((await reserve(ledgerOf(principal), message)).status).toBe('held');
    expect((await reserve(ledgerOf(principal), message)).status).toBe('exists');
    expect(await goOn(principal, hash)).toBe('held');
    expect(await goOn(principal, hash)).toBe('conversation-forked');
  });

  it('spends its nonce when it is refused, unless the answer may still be on its way', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    const open = call(principal);
    await reserve(ledgerOf(principal), open);
    const proof = { nonceExpiresAtMs: NOON_MS + 90_000 };
    const early = call(principal, { ...going(hash, 2, false), ...proof });
    const pending = { status: 'conversation-unknown', isPending: true };
    expect(await reserve(ledgerOf(principal), early)).toEqual(pending);
    expect(await reserve(ledgerOf(principal), early)).toEqual(pending);
    const last = { ...early, ...going(hash) };
    const refused = { status: 'conversation-unknown', isPending: false };
    expect(await reserve(ledgerOf(principal), last)).toEqual(refused);
    const again = { ...early, attempt: 'attempt2' };
    expect((await reserve(ledgerOf(principal), again)).status).toBe('replayed');
  });

  it('is held as soon as the answer is there, though it was asked for too early', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    const open = call(principal);
    await reserve(ledgerOf(principal), open);
    const early = call(principal, {
      ...going(hash, 2, false),
      nonceExpiresAtMs: NOON_MS + 90_000,
    });
    await reserve(ledgerOf(principal), early);
    // The settlement rides with the second try, and is done first.
    const reply = await reserve(ledgerOf(principal), early, [ending(open, given(hash))]);
    expect(reply.status).toBe('held');
  });

  it('does not wait for answers of others, and not when nothing is on its way', async () => {
    const shard = shardNamed('edge:1:waits');
    const [mine, yours] = [freshPrincipal('device:'), freshPrincipal('device:')];
    await reserve(shard, call(yours));
    const reply = await reserve(shard, call(mine, going(freshHash(), 2, false)));
    expect(reply).toEqual({ status: 'conversation-unknown', isPending: false });
  });
});
