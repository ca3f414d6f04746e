// Which object keeps whose counters. What breaks if this fails: two objects each grant the whole
// budget of one caller, or callers can make objects by making names.

import { describe, expect, it } from 'vitest';
import { cohortPrincipal } from '../../../core/address.ts';
import {
  addressOf,
  isMintable,
  isShardAddress,
  isShardOf,
  isShared,
  setsOf,
  shardAddress,
  shardAt,
} from '../../../core/ledger/layout.ts';

const SHARDS = { epoch: 3, count: 64 };
const ISSUED = [
  'user:u',
  'key:k',
  'run:r',
  'global',
  'route:chat',
  'model:open/m',
  'tenant:t',
  'plan:ip:free',
  'ipx',
];

describe('a name that we issue', () => {
  it.each(ISSUED)('such as %s has an object of its own, which is not a shard', (principal) => {
    expect(isMintable(principal)).toBe(false);
    expect(addressOf(principal, SHARDS)).toBe(principal);
    expect(isShardAddress(addressOf(principal, SHARDS))).toBe(false);
  });
});

describe('a name that anybody can mint', () => {
  const NOW_MS = Date.UTC(2026, 10, 21);
  const ADDRESSES = ['ip:203.0.113.7', 'ip:2001:db8:1:5::/64', 'ip:unknown'];

  it.each(['ip:203.0.113.7', 'device:d', 'cohort:203.0.113.0/24@2026-11-21'])(
    'such as %s is kept by one of the shards of the epoch',
    (principal) => {
      expect(isMintable(principal)).toBe(true);
      const address = addressOf(principal, SHARDS);
      expect(address).toMatch(/^edge:3:\d{1,2}$/);
      expect(isShardAddress(address)).toBe(true);
      expect(addressOf(principal, { epoch: 4, count: 1 })).toBe('edge:4:0');
    },
  );

  it('is spread over all shards', () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `device:${String(at)}`);
    expect(new Set(names.map((name) => addressOf(name, SHARDS))).size).toBe(64);
  });

  it.each(ADDRESSES)('as the cohort of %s lives with that address', (principal) => {
    const cohort = cohortPrincipal(principal, NOW_MS);
    expect(addressOf(cohort, SHARDS)).toBe(addressOf(principal, SHARDS));
    const dayAfter = cohortPrincipal(principal, NOW_MS + 86_400_000);
    expect(addressOf(dayAfter, SHARDS)).toBe(addressOf(principal, SHARDS));
  });

  it('lives with its whole network, and other networks live elsewhere', () => {
    const of = (principal: string) => addressOf(principal, { epoch: 1, count: 1_024 });
    expect(of('ip:203.0.113.7')).toBe(of('ip:203.0.113.200'));
    expect(of('ip:203.0.113.7')).not.toBe(of('ip:203.0.114.7'));
  });
});

describe('a shard', () => {
  it('is named after its epoch and number', () => {
    expect(shardAddress(2, 17)).toBe('edge:2:17');
    expect(isShardAddress('edge:2:17')).toBe(true);
    expect(isShardAddress('user:edge:2')).toBe(false);
    expect(shardAt('edge:2:17')).toEqual({ epoch: 2, shard: 17 });
  });

  it('is one of ours only by its plain name, in a set that may still keep something', () => {
    const layout = { epoch: 5, count: 4, previous: { epoch: 2, count: 8, previous: null } };
    for (const name of ['edge:5:0', 'edge:5:3', 'edge:2:7']) {
      expect(isShardOf(name, layout), name).toBe(true);
    }
    for (const name of [
      'edge:5:4',
      'edge:2:8',
      'edge:3:0',
      'edge:05:1',
      'edge:5:01',
      'edge:5:-1',
      'edge:5:1 ',
      'edge:5',
      'user:edge:5:1',
      'global',
      '',
    ]) {
      expect(isShardOf(name, layout), name).toBe(false);
    }
  });
});

describe('a budget of many', () => {
  it.each(['global', 'route:chat', 'model:open/m', 'tenant:t', 'cohort:x'])(
    'is %s',
    (principal) => {
      expect(isShared(principal)).toBe(true);
    },
  );

  it.each(['ip:203.0.113.7', 'device:d', 'user:u', 'key:k', 'run:r', 'globally', 'my-route:a', ''])(
    'is not %s',
    (principal) => {
      expect(isShared(principal)).toBe(false);
    },
  );
});

describe('the sets of a layout', () => {
  it('are itself and those before it, newest first', () => {
    const first = { epoch: 1, count: 2, previous: null };
    const second = { epoch: 4, count: 3, previous: first };
    const third = { epoch: 5, count: 1, previous: second };
    expect(setsOf(first)).toEqual([first]);
    expect(setsOf(third)).toEqual([third, second, first]);
  });
});
