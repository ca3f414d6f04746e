// What an operator writes and what calls are named by have to be one spelling, or a switch is on
// and nobody meets it. What no call is ever named is refused.

import { describe, expect, it } from 'vitest';
import { ipPrincipal, wideIpPrincipal } from '../../../core/address.ts';
import { switchesOf, switchPrincipal } from '../../../core/control/principal.ts';
import { userIdOf } from '../../../core/user-id.ts';

describe('a principal', () => {
  it.each<readonly [string, string]>([
    ['global', 'global'],
    ['GLOBAL', 'global'],
    ['everything', 'global'],
    ['user:eve', 'user:eve'],
    ['User:Eve', 'user:Eve'],
    ['user:auth0~7c7c1', 'user:auth0~7c7c1'],
    ['user:auth0|7c1', 'user:auth0~7c7c1'],
    // What could be an id and is none is a name, or the switch would stop nobody.
    ...['team/ada', 'https://id.example/users/1', 'a~b', 'a~41', 'a~7C', 'a%7c'].map(
      (name) => [`user:${name}`, `user:${userIdOf(name) ?? ''}`] as const,
    ),
    ['user:Zoë', `user:${userIdOf('Zoë') ?? ''}`],
    ['key:1k97xotwas4n', 'key:1k97xotwas4n'],
    ['key:acme~1k97xotwas4n', 'key:acme~1k97xotwas4n'],
    [
      'device:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
      'device:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    ],
    ['agent:crawler', 'agent:crawler'],
    ['route:chat', 'route:chat'],
    ['model:meta-llama/llama-3:free', 'model:meta-llama/llama-3:free'],
    ['provider:openai', 'provider:openai'],
    ['tenant:acme', 'tenant:acme'],
    ['plan:pro', 'plan:pro'],
    ['ip:203.0.113.7', 'ip:203.0.113.7'],
    ['IP:203.0.113.7/32', 'ip:203.0.113.7'],
    ['ip:203.0.113.7/24', 'ip:203.0.113.0/24'],
    ['ip:::ffff:203.0.113.7', 'ip:203.0.113.7'],
    ['ip:::FFFF:CB00:7107', 'ip:203.0.113.7'],
    ['ip:2001:DB8::1', 'ip:2001:db8::/64'],
    ['ip:2001:db8:0:0:9:9:9:9/64', 'ip:2001:db8::/64'],
    ['ip:2001:db8:1:2::/48', 'ip:2001:db8:1::/48'],
    ['ip:unknown', 'ip:unknown'],
  ])('%s is %s', (written, canonical) => {
    expect(switchPrincipal(written)).toBe(canonical);
    // What is canonical stays what it is.
    expect(switchPrincipal(canonical)).toBe(canonical);
  });

  it.each([
    '',
    ':',
    'eve',
    'user:',
    'users:eve',
    'root:x',
    'run:x',
    'pass:x',
    'grace:chat',
    'cohort:203.0.113.0/24@2026-11-21',
    'global:',
    'ip:',
    'ip:203.0.113',
    'ip:127.1',
    'ip:0x7f000001',
    'ip:10.0.0.0/8',
    'ip:203.0.113.0/25',
    'ip:203.0.113.0/',
    'ip:203.0.113.0/24/24',
    'ip:2001:db8::/32',
    'ip:2001:db8::/128',
    'ip:fe80::1%eth0',
    'ip:::ffff:203.0.113.7/120',
    'ip:203.0.113.7 ',
    'key:eve',
    `key:wb_1k97xotwas4n.${'a'.repeat(43)}.${'b'.repeat(22)}`,
    'model:a b',
    'route:<script>',
    'device:a\u0000b',
    'user:\u0007',
    `user:${'x'.repeat(161)}`,
  ])('%j is none', (written) => {
    expect(switchPrincipal(written)).toBeNull();
  });

  it.each(['203.0.113.7', '::ffff:203.0.113.7', '2001:db8:1:2:3:4:5:6', 'nonsense'])(
    'of an address %s is what a call from there is named by, at both tiers',
    (address) => {
      const own = ipPrincipal(address);
      expect(switchPrincipal(own)).toBe(own);
      if (own === 'ip:unknown') return;
      expect(switchPrincipal(wideIpPrincipal(own))).toBe(wideIpPrincipal(own));
    },
  );

  it('meets its own switch, its network’s and everything’s', () => {
    expect(switchesOf('ip:203.0.113.7')).toEqual(['ip:203.0.113.7', 'ip:203.0.113.0/24', 'global']);
    expect(switchesOf('user:eve')).toEqual(['user:eve', 'global']);
  });
});
