// Switches between the real objects: a change reaches every shard before it is answered, a push
// that is lost is made good within a second of traffic, and a shard that was evicted knows at
// once. If this fails, an operator turns somebody off and the calls go on.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ShardLayout } from '../../core/ledger/layout.ts';
import { Control } from '../../durable-objects/control.ts';
import { EdgeShard } from '../../durable-objects/edge-shard.ts';
import { FIRST_PULL_MS_MAX, HEARD_MS_MAX } from '../../durable-objects/switchboard.ts';
import { poll } from '../support/poll.ts';
import { callAs, control, lift, port, put, shard, somebody, statusAs } from './control-harness.ts';
import { advance, ask, freshPrincipal, NOON_MS, reserve, setClock } from './ledger-harness.ts';
import { renewing, shardNamed, tell } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const SHARD = 'edge:1:0';
const gone = (): Promise<never> => Promise.reject(new Error('not there'));

describe('a switch', () => {
  it('is known to every shard of every set by the time its change is answered', async () => {
    const user = somebody();
    const layout: ShardLayout = {
      epoch: 2,
      count: 3,
      previous: { epoch: 1, count: 4, previous: null },
    };
    const names = [0, 1, 2, 3].map((at) => `edge:1:${String(at)}`);
    const all = [...names, 'edge:2:0', 'edge:2:1', 'edge:2:2'];
    for (const one of all) expect(await statusAs(one, user)).toBe('held');
    expect(await put(user, {}, layout)).toMatchObject({ status: 'put', shards: 7, heard: 7 });
    // Nothing is asked for: the news came by themselves.
    const pull = vi.spyOn(Control.prototype, 'pull').mockImplementation(gone);
    for (const one of all) expect(await statusAs(one, 'global', user)).toBe('switched');
    for (const one of all) expect(await statusAs(one, 'global', somebody())).toBe('held');
    expect(pull).not.toHaveBeenCalled();
    pull.mockRestore();
    expect(await lift(user, layout)).toMatchObject({ status: 'deleted', heard: 7 });
    for (const one of all) expect(await statusAs(one, user)).toBe('held');
  });

  it('is not looked at in a shard without the check, which lets the call through', async () => {
    const user = somebody();
    await put(user);
    expect(await statusAs(SHARD, user)).toBe('switched');
    vi.spyOn(EdgeShard.prototype, 'switched' as keyof EdgeShard).mockReturnValue(null as never);
    expect(await statusAs(SHARD, user)).toBe('held');
  });

  it('says what it is on and until when, and changes no money', async () => {
    const user = somebody();
    await put(user, { expiresAtMs: NOON_MS + 60_000 });
    expect(await callAs(SHARD, ['route:chat', user])).toEqual({
      status: 'switched',
      principal: user,
      action: 'off',
      untilMs: NOON_MS + 60_000,
    });
  });

  it('that only wants less is content with a call that asks for less', async () => {
    const user = somebody();
    await put(user, { action: 'downgrade' });
    expect(await callAs(SHARD, [user])).toMatchObject({ status: 'switched', action: 'downgrade' });
    expect((await callAs(SHARD, [user], { isDowngraded: true })).status).toBe('held');
    await put(user, { action: 'off' });
    expect((await callAs(SHARD, [user], { isDowngraded: true })).status).toBe('switched');
  });

  it('ends by the clock of the shard, whether or not anybody tidies', async () => {
    const user = somebody();
    await put(user, { expiresAtMs: NOON_MS + 5_000 });
    vi.spyOn(Control.prototype, 'pull').mockImplementation(gone);
    advance(4_999);
    expect(await statusAs(SHARD, user)).toBe('switched');
    advance(1);
    expect(await statusAs(SHARD, user)).toBe('held');
  });
});

describe('a push that is lost', () => {
  it('is made good by the shard itself when it has not heard for a second', async () => {
    const user = somebody();
    expect(await statusAs(SHARD, user)).toBe('held');
    vi.spyOn(EdgeShard.prototype, 'hearSwitches').mockImplementation(gone);
    expect(await put(user)).toMatchObject({ status: 'put', shards: 4, heard: 0 });
    expect(await statusAs(SHARD, user)).toBe('held');
    advance(HEARD_MS_MAX);
    // This message only starts the question: no call waits for it.
    const messages = await poll('the shard knows', async () =>
      (await statusAs(SHARD, user)) === 'switched' ? true : null,
    );
    expect(messages).toBe(true);
  });

  it('is pushed again by the alarm until the shard has heard, without any call', async () => {
    const user = somebody();
    await statusAs(SHARD, user);
    const deaf = vi.spyOn(EdgeShard.prototype, 'hearSwitches').mockImplementation(gone);
    await put(user);
    for (const _round of [1, 2]) {
      advance(60_000);
      expect(await runDurableObjectAlarm(control())).toBe(true);
    }
    deaf.mockRestore();
    advance(60_000);
    expect(await runDurableObjectAlarm(control())).toBe(true);
    vi.spyOn(Control.prototype, 'pull').mockImplementation(gone);
    expect(await statusAs(SHARD, user)).toBe('switched');
    // Everybody has heard: nothing is left to do.
    await lift(user);
    expect(await runDurableObjectAlarm(control())).toBe(false);
  });

  it('asks once a second and not once a call', async () => {
    await statusAs(SHARD, 'global');
    const pull = vi.spyOn(Control.prototype, 'pull');
    for (let second = 0; second < 3; second += 1) {
      advance(HEARD_MS_MAX);
      for (let calls = 0; calls < 20; calls += 1) await statusAs(SHARD, 'global');
    }
    expect(pull).toHaveBeenCalledTimes(3);
  });

  it('that comes late, behind newer news, changes nothing', async () => {
    const user = somebody();
    await put(user);
    const { epoch } = await port().pull(-1);
    const late = { epoch: epoch - 1, switches: [] };
    expect(await shard(SHARD).hearSwitches(late)).toBe(epoch);
    expect(await statusAs(SHARD, user)).toBe('switched');
  });
});

describe('a shard', () => {
  it('knows after an eviction what it knew, while nobody else can be asked', async () => {
    const user = somebody();
    await put(user);
    expect(await statusAs(SHARD, user)).toBe('switched');
    await evictDurableObject(shard(SHARD));
    vi.spyOn(Control.prototype, 'pull').mockImplementation(gone);
    expect(await statusAs(SHARD, user)).toBe('switched');
  });

  it('that has never heard anything asks before its first call', async () => {
    const user = somebody();
    await put(user);
    // Of a set that nobody has told Control of.
    expect(await statusAs('edge:9:0', user)).toBe('switched');
  });

  it('that has never heard anything serves, and says so, when nobody answers', async () => {
    const user = somebody();
    await put(user);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    vi.spyOn(Control.prototype, 'pull').mockImplementation(() => new Promise(() => undefined));
    const startedAtMs = performance.now();
    expect(await statusAs('edge:9:1', user)).toBe('held');
    expect(performance.now() - startedAtMs).toBeLessThan(FIRST_PULL_MS_MAX + 1_000);
    expect(log.mock.calls.flat().join('\n')).toContain('"event":"control-unreachable"');
    // It asks on, and no call waits for that a second time.
    vi.restoreAllMocks();
    advance(HEARD_MS_MAX);
    await poll('it knows', async () => (await statusAs('edge:9:1', user)) === 'switched');
  });

  it('hears of a change also after Control was put back to an earlier day', async () => {
    const user = somebody();
    await put(user);
    expect(await statusAs(SHARD, user)).toBe('switched');
    // What a restored database does: switches and epoch of long ago.
    const restored = (): Promise<void> =>
      runInDurableObject(control(), (_instance, state) => {
        state.storage.sql.exec(`UPDATE entry SET body = '1' WHERE name = 'epoch'`);
        state.storage.sql.exec(`DELETE FROM entry WHERE kind = 'switch'`);
      });
    await restored();
    const other = somebody();
    expect(await put(other)).toMatchObject({ shards: 4, heard: 4 });
    expect(await statusAs(SHARD, other)).toBe('switched');
    expect(await statusAs(SHARD, user)).toBe('held');
    // And without a change, from what the shards ask.
    await restored();
    advance(HEARD_MS_MAX);
    await poll('the shard knows', async () => (await statusAs(SHARD, other)) === 'held');
  });
});

describe('a call', () => {
  it('that is refused has spent its nonce, or a proof would ask for free for as long as it lives', async () => {
    const user = somebody();
    const proven = ask(freshPrincipal('ip:test'), {
      names: [user],
      nonceExpiresAtMs: NOON_MS + 90_000,
    });
    await put(user);
    expect((await reserve(shardNamed(SHARD), proven)).status).toBe('switched');
    await lift(user);
    const again = await reserve(shardNamed(SHARD), { ...proven, attempt: 'attempt2' });
    expect(again.status).toBe('replayed');
  });

  it('that was held before is answered as before when its message comes twice', async () => {
    const user = somebody();
    const message = ask(freshPrincipal('ip:test'), { names: [user] });
    expect((await reserve(shardNamed(SHARD), message)).status).toBe('held');
    await put(user);
    expect((await reserve(shardNamed(SHARD), message)).status).toBe('exists');
  });

  it.each([
    [{ cut: true }, 'stopped'],
    [{ cut: false }, 'renewed'],
  ] as const)('that runs hears of a switch with %j: %s', async (how, expected) => {
    const user = somebody();
    const mine = ask(freshPrincipal('ip:test'), { names: [user] });
    const other = ask(freshPrincipal('ip:test'), { names: [somebody()] });
    for (const one of [mine, other]) await reserve(shardNamed(SHARD), one);
    await put(user, how);
    const renew = ({ key, attempt, names = [] }: typeof mine) =>
      tell(shardNamed(SHARD), { ...renewing({ key, attempt }, 10), names });
    expect(await renew(mine)).toBe(expected);
    expect(await renew(other)).toBe('renewed');
  });

  it('of an older Worker, which names nothing, is served as before', async () => {
    await put('global');
    const silent = ask(freshPrincipal('ip:test'));
    expect((await reserve(shardNamed(SHARD), silent)).status).toBe('held');
    await lift('global');
  });
});
