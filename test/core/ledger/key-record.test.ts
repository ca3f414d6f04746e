// What a key's ledger decides of its secrets and routes. What breaks if this fails: a secret that
// was replaced because it leaked goes on, a customer is cut off by a rotation whose answer got
// lost, or a key for one route calls another.

import { describe, expect, it } from 'vitest';
import {
  isUseDue,
  lastUsedAtMs,
  refuseKey,
  rotated,
  used,
  USE_NOTED_MS,
} from '../../../core/ledger/key-record.ts';
import type { ApiKeyRecord } from '../../../core/ledger/messages.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
/** As it was stored before there were routes and rotations. */
const OLD: ApiKeyRecord = {
  id: '1k97xotwas4n',
  name: 'test',
  plan: 'default',
  hash: 'a',
  createdAtMs: NOW - HOUR,
  revokedAtMs: null,
};
const NEW: ApiKeyRecord = { ...OLD, start: 'wb_1.aaaa', usedAtMs: null };
const SCOPED: ApiKeyRecord = { ...NEW, routes: ['chat', 'embed'] };
const ROTATED = rotated(used(NEW, 'a', NOW - 1), { hash: 'b', start: 'wb_1.bbbb' }, HOUR, NOW);

describe('a key is refused', () => {
  it.each([
    ['that nobody made', null, 'a', 'chat', 'key-unknown'],
    ['with another secret', OLD, 'b', 'chat', 'key-unknown'],
    ['that was revoked', { ...OLD, revokedAtMs: NOW }, 'a', 'chat', 'key-revoked'],
    ['on a route that it was not made for', SCOPED, 'a', 'other', 'key-scope'],
    ['on a route that it was not made for by its spelling', SCOPED, 'a', 'Chat', 'key-scope'],
    ['on a route that nobody names', SCOPED, 'a', undefined, 'key-scope'],
    ['as revoked first', { ...SCOPED, revokedAtMs: NOW }, 'a', 'other', 'key-revoked'],
    ['as unknown first', SCOPED, 'b', 'other', 'key-unknown'],
    ['nowhere, from before there were routes', OLD, 'a', 'chat', null],
    ['nowhere, if it has none', NEW, 'a', undefined, null],
    ['not on its routes', SCOPED, 'a', 'embed', null],
  ] as const)('%s', (_, record, hash, route, status) => {
    expect(refuseKey(record, hash, route, NOW)).toBe(status);
  });
});

describe('after a rotation', () => {
  it.each([
    ['a', NOW, null],
    ['a', NOW + HOUR - 1, null],
    ['a', NOW + HOUR, 'key-unknown'],
    ['b', NOW, null],
    ['b', NOW + 100 * HOUR, null],
    ['c', NOW, 'key-unknown'],
  ] as const)('secret %s at %d is answered %s', (hash, nowMs, status) => {
    expect(refuseKey(ROTATED, hash, 'chat', nowMs)).toBe(status);
  });

  it('a key that is revoked is revoked with both secrets', () => {
    const revoked = { ...ROTATED, revokedAtMs: NOW };
    expect(['a', 'b'].map((hash) => refuseKey(revoked, hash, 'chat', NOW))).toEqual([
      'key-revoked',
      'key-revoked',
    ]);
  });

  it('name, routes and the day it was made are what they were', () => {
    const { routes, createdAtMs, name } = rotated(SCOPED, { hash: 'b' }, HOUR, NOW);
    expect({ routes, createdAtMs, name }).toEqual({
      routes: SCOPED.routes,
      createdAtMs: SCOPED.createdAtMs,
      name: 'test',
    });
    expect(rotated(OLD, { hash: 'b' }, HOUR, NOW).previous?.hash).toBe('a');
  });

  it('without grace the one before is refused at once', () => {
    const cut = rotated(used(NEW, 'a', NOW - 1), { hash: 'b' }, 0, NOW);
    expect(cut.previous).toBeUndefined();
    expect(refuseKey(cut, 'a', 'chat', NOW)).toBe('key-unknown');
  });
});

describe('a second rotation', () => {
  it('drops the oldest secret once the newer one has been called with', () => {
    const third = rotated(used(ROTATED, 'b', NOW + 1), { hash: 'c' }, HOUR, NOW + 2);
    expect(['a', 'b', 'c'].map((hash) => refuseKey(third, hash, 'x', NOW + 3))).toEqual([
      'key-unknown',
      null,
      null,
    ]);
  });

  it('keeps the one in use where the newer one was lost on its way, and not for longer', () => {
    const third = rotated(ROTATED, { hash: 'c' }, 9 * HOUR, NOW + 2);
    const at = (nowMs: number) => ['a', 'b', 'c'].map((hash) => refuseKey(third, hash, 'x', nowMs));
    expect(at(NOW + HOUR - 1)).toEqual([null, 'key-unknown', null]);
    expect(at(NOW + HOUR)).toEqual(['key-unknown', 'key-unknown', null]);
  });

  it('may end the one in use sooner, or at once', () => {
    const soon = rotated(ROTATED, { hash: 'c' }, 5, NOW + 2);
    expect(refuseKey(soon, 'a', 'x', NOW + 6)).toBeNull();
    expect(refuseKey(soon, 'a', 'x', NOW + 7)).toBe('key-unknown');
    expect(rotated(ROTATED, { hash: 'c' }, 0, NOW + 2).previous).toBeUndefined();
  });

  it('after the first one’s time keeps the unused one like any other', () => {
    const third = rotated(ROTATED, { hash: 'c' }, HOUR, NOW + HOUR);
    expect(refuseKey(third, 'b', 'x', NOW + HOUR)).toBeNull();
    expect(refuseKey(third, 'a', 'x', NOW + HOUR)).toBe('key-unknown');
  });
});

describe('the last use', () => {
  it('is the latest of both secrets, and none of a key that nobody called with', () => {
    expect(lastUsedAtMs(NEW)).toBeNull();
    expect(lastUsedAtMs(used(ROTATED, 'a', NOW + 5))).toBe(NOW + 5);
    expect(lastUsedAtMs(used(used(ROTATED, 'b', NOW + 9), 'a', NOW + 5))).toBe(NOW + 9);
    expect(lastUsedAtMs(used(ROTATED, 'nobody', NOW + 5))).toBe(NOW - 1);
  });

  it.each([
    ['the first time', NEW, 'a', NOW, true],
    ['not again within the hour', used(NEW, 'a', NOW), 'a', NOW + USE_NOTED_MS - 1, false],
    ['again after an hour', used(NEW, 'a', NOW), 'a', NOW + USE_NOTED_MS, true],
    ['of a record that never counted', OLD, 'a', NOW, true],
    ['of the new secret', used(ROTATED, 'a', NOW), 'b', NOW, true],
    ['of the one before it, not within the hour', ROTATED, 'a', NOW, false],
    ['of the one before it, after an hour', ROTATED, 'a', NOW - 1 + USE_NOTED_MS, true],
  ] as const)('is written down: %s', (_, stored, hash, nowMs, expected) => {
    expect(isUseDue(stored, used(stored, hash, nowMs))).toBe(expected);
  });
});
