// From an address to the purse it draws on. Attack: one machine that shows a new spelling, or a new
// address of its own /64, with every call and is given a new purse each time.

import { describe, expect, it } from 'vitest';
import {
  ADDRESS_UNKNOWN,
  cohortPrefix,
  cohortPrincipal,
  ipPrincipal,
  shardOf,
  wideIpPrincipal,
} from '../../core/address.ts';

describe('ipPrincipal', () => {
  it.each([
    ['203.0.113.7', 'ip:203.0.113.7'],
    ['::ffff:203.0.113.7', 'ip:203.0.113.7'],
    ['::FFFF:203.0.113.7', 'ip:203.0.113.7'],
    ['::ffff:cb00:7107', 'ip:203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', 'ip:203.0.113.7'],
    ['2001:db8:0:1::1', 'ip:2001:db8:0:1::/64'],
    ['2001:DB8:0:1:ffff:ffff:ffff:ffff', 'ip:2001:db8:0:1::/64'],
    ['2001:0db8:0000:0001:0000:0000:0000:0001', 'ip:2001:db8:0:1::/64'],
    ['2001:db8:0:2::1', 'ip:2001:db8:0:2::/64'],
    ['::1', 'ip:::/64'],
    ['2002:cb00:7107::1', 'ip:2002:cb00:7107::/64'],
    ['64:ff9b::203.0.113.7', 'ip:64:ff9b::/64'],
  ])('charges %s to %s', (address, principal) => {
    expect(ipPrincipal(address)).toBe(principal);
  });

  it.each([
    '',
    '127.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '0x7f000001',
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4:80',
    '1.2.3.4, 5.6.7.8',
    '[2001:db8::1]',
    '2001:db8::1/64',
    'localhost',
    'unknown',
    '①②⑦.0.0.1',
    ':::',
  ])('charges the unreadable address %j to the purse all unreadable ones share', (address) => {
    expect(ipPrincipal(address)).toBe(ADDRESS_UNKNOWN);
  });

  it('gives a zone id no purse of its own (zone attack)', () => {
    const principals = ['fe80::1', 'fe80::1%eth0', 'fe80::1%1', 'fe80::2%attack'].map(ipPrincipal);
    expect(new Set(principals.filter((one) => one !== ADDRESS_UNKNOWN)).size).toBe(1);
    expect(principals.join()).not.toMatch(/eth0|attack/);
  });

  it('gives the whole of a /64 one purse, however its addresses rotate (rotation attack)', () => {
    const principals = new Set<string>();
    for (let i = 0; i < 2_000; i += 1) {
      const low = Math.imul(i + 1, 0x9e3779b1) >>> 0;
      const groups = [low >>> 16, low & 0xffff, i, i ^ 0xffff].map((group) => group.toString(16));
      principals.add(ipPrincipal(`2001:db8:7:8:${groups.join(':')}`));
    }
    expect([...principals]).toEqual(['ip:2001:db8:7:8::/64']);
  });
});

describe('wideIpPrincipal', () => {
  it.each([
    ['ip:203.0.113.7', 'ip:203.0.113.0/24'],
    ['ip:203.0.113.255', 'ip:203.0.113.0/24'],
    ['ip:0.0.0.0', 'ip:0.0.0.0/24'],
    ['ip:2001:db8:1:2::/64', 'ip:2001:db8:1::/48'],
    ['ip:2001:db8::/64', 'ip:2001:db8::/48'],
    ['ip:2001:db8:0:1::/64', 'ip:2001:db8::/48'],
    ['ip:::/64', 'ip:::/48'],
    ['ip:203.0.113.0/24', 'ip:203.0.113.0/24'],
    ['ip:2001:db8:1::/48', 'ip:2001:db8:1::/48'],
  ])('of %s is %s', (principal, wide) => {
    expect(wideIpPrincipal(principal)).toBe(wide);
  });

  it.each([ADDRESS_UNKNOWN, 'ip:', 'ip:unknown/0', 'device:abc', '', 'ip:1.2.3.4.5'])(
    'of %j, which is no address, is the one purse all unreadable ones share',
    (principal) => {
      expect(wideIpPrincipal(principal)).toBe('ip:unknown/0');
    },
  );

  it('gives the 65,536 subnets of a /48 one purse (rotation attack)', () => {
    const wide = new Set<string>();
    for (let i = 0; i < 2_000; i += 1) {
      wide.add(wideIpPrincipal(ipPrincipal(`2001:db8:7:${(i * 31).toString(16)}::1`)));
    }
    expect([...wide]).toEqual(['ip:2001:db8:7::/48']);
  });

  it('is never the name of an address', () => {
    for (const address of ['203.0.113.0', '2001:db8:1::', '::', 'unknown']) {
      const principal = ipPrincipal(address);
      expect(wideIpPrincipal(principal)).not.toBe(principal);
    }
  });
});

describe('a cohort', () => {
  const NOON = Date.UTC(2026, 10, 21, 12);

  it.each([
    ['ip:203.0.113.7', 'cohort:203.0.113.0/24@2026-11-21', 'ip:203.0.113.0/24'],
    ['ip:2001:db8:1:2::/64', 'cohort:2001:db8:1::/48@2026-11-21', 'ip:2001:db8:1::/48'],
    [ADDRESS_UNKNOWN, 'cohort:unknown/0@2026-11-21', 'ip:unknown/0'],
  ])('from %s is %s', (principal, cohort, prefix) => {
    expect(cohortPrincipal(principal, NOON)).toBe(cohort);
    expect(cohortPrefix(cohort)).toBe(prefix);
  });

  it('is one for a UTC day and another for the next', () => {
    const at = (ms: number): string => cohortPrincipal('ip:203.0.113.7', ms);
    const midnight = Date.UTC(2026, 10, 22);
    expect(at(midnight - 1)).toBe(at(NOON));
    expect(at(midnight)).toBe('cohort:203.0.113.0/24@2026-11-22');
  });

  it('is one for neighbours, however they rotate (minting attack)', () => {
    const cohorts = new Set<string>();
    for (let i = 0; i < 256; i += 1) {
      cohorts.add(cohortPrincipal(ipPrincipal(`203.0.113.${String(i)}`), NOON));
    }
    expect(cohorts.size).toBe(1);
  });
});

describe('shardOf', () => {
  const SHARDS = 64;
  const shard = (address: string): number => shardOf(ipPrincipal(address), SHARDS);

  it('keeps the 65,536 neighbours of a /48 on one shard', () => {
    const shards = new Set<number>();
    for (let i = 0; i < 2_000; i += 1) shards.add(shard(`2001:db8:7:${(i * 31).toString(16)}::1`));
    expect(shards.size).toBe(1);
  });

  it('keeps the neighbours of a /24 on one shard', () => {
    const shards = new Set<number>();
    for (let i = 0; i < 256; i += 1) shards.add(shard(`203.0.113.${String(i)}`));
    expect(shards.size).toBe(1);
  });

  it('keeps an address, its wide tier and their cohorts on one shard', () => {
    for (let i = 0; i < 500; i += 1) {
      for (const address of [
        `198.51.${String(i % 256)}.7`,
        `2001:db8:${i.toString(16)}:9::1`,
        '?',
      ]) {
        const principal = ipPrincipal(address);
        const cohort = cohortPrincipal(principal, i * 86_400_000);
        expect(shardOf(wideIpPrincipal(principal), SHARDS)).toBe(shardOf(principal, SHARDS));
        expect(shardOf(cohortPrefix(cohort), SHARDS)).toBe(shardOf(principal, SHARDS));
      }
    }
  });

  it('keeps every name where it always was: a moved account would start anew', () => {
    const names = [
      'ip:203.0.113.7',
      'ip:2001:db8:0:1::/64',
      'ip:::/64',
      'ip:unknown',
      'device:abc',
    ];
    expect(names.map((name) => shardOf(name, SHARDS))).toEqual([3, 10, 31, 5, 21]);
  });

  it('spreads other prefixes, device keys and even what it cannot read, within bounds', () => {
    const [shards, plain] = [new Set<number>(), new Set<number>()];
    for (let i = 0; i < 2_000; i += 1) {
      shards.add(shard(`2001:db8:${i.toString(16)}::1`));
      shards.add(shardOf(`device:${String(i)}`, SHARDS));
      plain.add(shard(`198.51.${String(i % 256)}.7`));
    }
    expect(shards.size).toBe(SHARDS);
    expect(plain.size).toBeGreaterThan(SHARDS / 2);
    for (const one of [...shards, shardOf(ADDRESS_UNKNOWN, SHARDS), shardOf('', SHARDS)]) {
      expect(Number.isInteger(one) && one >= 0 && one < SHARDS).toBe(true);
    }
  });

  it('is the same for the same principal whoever asks', () => {
    expect(shard('2001:db8::1')).toBe(shard('2001:0db8:0::ffff'));
    expect(shard('::ffff:203.0.113.9')).toBe(shard('203.0.113.200'));
  });
});
