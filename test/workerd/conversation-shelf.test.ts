// What is kept of conversations on apps' own routes, in a real object: what comes back, what is
// pushed out, and what is gone. If this breaks, somebody reads another's words, words outlive what
// the operator promised, or whoever begins conversations fills an object.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Turn } from '../../core/app/history.ts';
import {
  conversationKey,
  type KeepMessage,
  placeOf,
  type ShelfPort,
} from '../../core/app/shelf.ts';
import { SHELF_BOUNDS, ShelfStore } from '../../durable-objects/shelf-store.ts';
import { advance, NOON_MS, setClock } from './ledger-harness.ts';

const HOUR_MS = 3_600_000;

let names = 0;
let shelfName = '';

beforeEach(() => {
  setClock(NOON_MS);
  names += 1;
  shelfName = `shelf-of-test-${String(names)}`;
});

/** Made anew for every use, as every stub is. */
const object = () => env.CONVERSATION_SHELF.getByName(shelfName);
const shelf = (): ShelfPort => object();

const turn = (user: string, assistant = 'yes'): Turn => ({ user, assistant });

const message = (key: string, more: Partial<KeepMessage> = {}): KeepMessage => ({
  key,
  owner: 'ada',
  isNew: false,
  turn: turn('hello'),
  historyTurnsMax: 3,
  historyBytesMax: 1_000,
  keptMs: HOUR_MS,
  ...more,
});

const begin = (key: string, more: Partial<KeepMessage> = {}): Promise<void> =>
  shelf().keep(message(key, { isNew: true, ...more }));
const goOn = (key: string, user: string, more: Partial<KeepMessage> = {}): Promise<void> =>
  shelf().keep(message(key, { turn: turn(user), ...more }));
const users = async (key: string): Promise<string[] | null> =>
  (await shelf().read(key))?.map(({ user }) => user) ?? null;

const rows = (): Promise<number> =>
  runInDurableObject(object(), (_instance, { storage }) => {
    const counted = storage.sql.exec<{ rows: number }>('SELECT count(*) AS rows FROM conversation');
    return counted.one().rows;
  });

describe('a conversation', () => {
  it('is there once it has begun, with what was said, in order', async () => {
    expect(await shelf().read('k')).toBeNull();
    await begin('k');
    await goOn('k', 'and then?');
    expect(await shelf().read('k')).toEqual([turn('hello'), turn('and then?')]);
    expect(await shelf().read('K')).toBeNull();
  });

  it('has what two writers said, one behind the other, and loses neither', async () => {
    await begin('k', { turn: null });
    await Promise.all([goOn('k', 'one'), goOn('k', 'two')]);
    expect((await users('k'))?.sort()).toEqual(['one', 'two']);
  });

  it('is there without a turn where nothing of the first answer got through', async () => {
    await begin('k', { turn: null });
    expect(await shelf().read('k')).toEqual([]);
  });

  it.each([
    ['turns', 3, 1_000, ['c', 'd', 'e']],
    ['bytes', 100, 2 * JSON.stringify(turn('a')).length, ['d', 'e']],
    ['one byte less', 100, 2 * JSON.stringify(turn('a')).length - 1, ['e']],
    ['no turns', 0, 1_000, []],
    ['no bytes', 3, 0, []],
  ])('keeps the newest %s', async (_, historyTurnsMax, historyBytesMax, left) => {
    await begin('k', { turn: null });
    for (const user of ['a', 'b', 'c', 'd', 'e']) {
      await goOn('k', user, { historyTurnsMax, historyBytesMax });
    }
    expect(await users('k')).toEqual(left);
  });

  it('that is over is not there, and its alarm deletes it', async () => {
    await begin('short');
    await begin('long', { keptMs: 24 * HOUR_MS });
    advance(HOUR_MS - 1);
    expect(await users('short')).toEqual(['hello']);
    advance(1);
    expect(await users('short')).toBeNull();
    // Nor does a late turn bring it back.
    await goOn('short', 'late');
    expect(await users('short')).toBeNull();
    expect(await rows()).toBe(2);
    expect(await runDurableObjectAlarm(object())).toBe(true);
    expect([await rows(), await users('long')]).toEqual([1, ['hello']]);
    advance(24 * HOUR_MS);
    await runDurableObjectAlarm(object());
    expect(await rows()).toBe(0);
    expect(await runDurableObjectAlarm(object())).toBe(false);
  });

  it('is deleted with five hundred others at a time, until none is over', async () => {
    await runInDurableObject(object(), (_, { storage }) => {
      const store = new ShelfStore(storage);
      for (let at = 0; at < 501; at += 1) {
        store.keep(message(`k${String(at)}`, { owner: String(at), isNew: true }), NOON_MS);
      }
    });
    await begin('long', { keptMs: 24 * HOUR_MS });
    advance(HOUR_MS);
    await runDurableObjectAlarm(object());
    expect(await rows()).toBe(2);
    await runDurableObjectAlarm(object());
    expect([await rows(), await users('long')]).toEqual([1, ['hello']]);
  });

  it('of an hour is deleted after an hour, whatever else is kept for a year', async () => {
    await begin('long', { keptMs: 8_760 * HOUR_MS });
    await begin('short');
    const atMs = await runInDurableObject(object(), (_, { storage }) => storage.getAlarm());
    expect(atMs).toBe(NOON_MS + HOUR_MS);
  });

  it('is kept longer by every turn', async () => {
    await begin('k');
    advance(HOUR_MS - 1);
    await goOn('k', 'still here');
    advance(HOUR_MS - 1);
    expect(await users('k')).toEqual(['hello', 'still here']);
  });

  it('that was forgotten stays so, also for an answer that was on its way', async () => {
    await begin('k');
    await begin('other', { owner: 'eve' });
    expect(await shelf().forget('ada')).toBe(1);
    await goOn('k', 'late');
    expect([await users('k'), await users('other')]).toEqual([null, ['hello']]);
    expect(await shelf().forget('ada')).toBe(0);
  });
});

describe('a shelf', () => {
  it('has so many conversations of one principal: the one that rested longest goes', async () => {
    const { conversationsOfOneMax: most } = SHELF_BOUNDS;
    for (let at = 0; at < most; at += 1) {
      advance(1);
      await begin(`k${String(at)}`);
    }
    advance(1);
    await goOn('k0', 'still here');
    advance(1);
    await begin('more');
    await begin('of-eve', { owner: 'eve' });
    expect(await rows()).toBe(most + 1);
    expect([await users('k0'), await users('k1'), await users('k2')]).toEqual([
      ['hello', 'still here'],
      null,
      ['hello'],
    ]);
  });

  it('is as large as it may be however many are begun by however many', async () => {
    const bytesMax = 400_000;
    const begun = 10_000;
    const [largest, left, newest] = await runInDurableObject(object(), (_, { storage }) => {
      const store = new ShelfStore(storage, { ...SHELF_BOUNDS, bytesMax });
      let most = 0;
      for (let at = 0; at < begun; at += 1) {
        const owner = `owner-${String(at)}`;
        const said = turn('x'.repeat(at % 300));
        store.keep(message(`k${String(at)}`, { owner, isNew: true, turn: said }), NOON_MS + at);
        most = Math.max(most, storage.sql.databaseSize);
      }
      const counted = storage.sql.exec<{ rows: number }>(
        'SELECT count(*) AS rows FROM conversation',
      );
      const last = store.read(`k${String(begun - 1)}`, NOON_MS + begun);
      return [most, counted.one().rows, last?.length] as const;
    });
    expect(largest).toBeLessThanOrEqual(bytesMax);
    // It is full, not empty: what was begun last is there.
    expect(left).toBeGreaterThan(300);
    expect(left).toBeLessThan(begun);
    expect(newest).toBe(1);
  });

  it('makes room for the largest there may be', async () => {
    const bytesMax = 4_000_000;
    const large = { historyBytesMax: 1_048_576, turn: turn('x'.repeat(1_000_000)) };
    const seen = await runInDurableObject(object(), (_, { storage }) => {
      const store = new ShelfStore(storage, { ...SHELF_BOUNDS, bytesMax });
      for (let at = 0; at < 3_000; at += 1) {
        store.keep(message(`s${String(at)}`, { owner: String(at), isNew: true }), NOON_MS + at);
      }
      for (let at = 0; at < 9; at += 1) {
        const owner = `large-${String(at)}`;
        store.keep(message(owner, { owner, isNew: true, ...large }), NOON_MS + 3_000 + at);
        if (storage.sql.databaseSize > bytesMax) return at;
      }
      return store.read('large-8', NOON_MS)?.length;
    });
    expect(seen).toBe(1);
  });
});

describe('a name of a conversation', () => {
  const REALM = 'shop.example';
  const ID = 'AAAAAAAAAAAAAAAAAAAAAA';
  const mine = conversationKey(REALM, 'support', 'user:ada', ID);

  it.each([
    ['another principal', conversationKey(REALM, 'support', 'user:eve', ID)],
    ['another route', conversationKey(REALM, 'sales', 'user:ada', ID)],
    ['another realm', conversationKey('evil.example', 'support', 'user:ada', ID)],
    ['another id', conversationKey(REALM, 'support', 'user:ada', ID.replace('A', 'B'))],
    ['words at another place', conversationKey(REALM, 'support:user', 'ada', ID)],
  ])('is not that of %s', (_, other) => {
    expect(other).not.toBe(mine);
  });

  it('says nothing of anybody, and principals spread over all shelves', () => {
    expect(mine).toMatch(/^[\w-]{43}$/);
    const shelves = new Set(
      Array.from({ length: 200 }, (_, at) => placeOf(REALM, `user:${String(at)}`).shelf),
    );
    expect([...shelves].sort()).toEqual(
      Array.from({ length: 8 }, (_, at) => `shelf:${String(at)}`),
    );
  });
});
