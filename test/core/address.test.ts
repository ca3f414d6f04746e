// From an address to the purse it draws on. Attack: one machine that shows a new spelling, or a new
// address of its own /64, with every call and is given a new purse each time.

import { describe, expect, it } from 'vitest';
import { ADDRESS_UNKNOWN, ipPrincipal, shardOf } from '../../core/address.ts';

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
