// Which limits a principal is under. What breaks if this fails: a call is counted in the wrong
// purse, in one purse too few, or in a route's own purse on another route.

import { describe, expect, it } from 'vitest';
import { counterName, type Limit } from '../../core/ledger/account.ts';
import { isShared } from '../../core/ledger/layout.ts';
import { limitsOf, scopeOf } from '../../core/policy/limits.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { Route } from '../../core/policy/policy.ts';
import { type SCOPES, SHARED_SCOPES } from '../../core/policy/scope.ts';
import { present } from '../../core/result.ts';
import { policyWith, ROUTE } from './base.ts';

const requests = (cap: number) => [{ window: 'day', requests: cap }];

const loaded = loadPolicy(
  policyWith({
    // Nothing here is about money.
    mode: 'observe',
    'limits.user': requests(1),
    'limits.key': requests(2),
    'limits.device': requests(3),
    'limits.ip': requests(4),
    'limits.ipWithKey': [...requests(5), { window: 'hour', requests: 55 }],
    'limits.ipWide': requests(6),
    'limits.ipWideWithKey': requests(7),
    'limits.cohort': requests(8),
    'limits.tenant': requests(9),
    'limits.global': requests(10),
    'limits.model': { 'gpt-4o-mini': requests(11) },
    'routes.0.limits': { key: requests(21), ip: requests(22), route: requests(23) },
    'routes.0.whenLedgerUnreachable': { graceUsdPerHour: '1.50' },
    'routes.1': {
      ...ROUTE,
      id: 'spare',
      path: '/spare',
      scopes: ['key', 'ip'],
      limits: { ip: requests(31) },
    },
  }),
);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const policy = loaded.value;
const chat = present(policy.routes[0], 'route');
const spare = present(policy.routes[1], 'route');

const counted = (limits: readonly Limit[]): string[] =>
  limits.map(({ cap, route }) => (route === undefined ? String(cap) : `${String(cap)}@${route}`));

const on = (route: Route, principal: string, withKey = false): string[] =>
  counted(limitsOf(policy, route, principal, withKey));
const anywhere = (principal: string, withKey = false): string[] =>
  counted(limitsOf(policy, null, principal, withKey));

/** One principal of each scope. */
const SAMPLES = {
  user: 'user:anna',
  key: 'key:acme~1k97xotwas4n',
  agent: 'agent:nightly',
  device: 'device:abc',
  ip: 'ip:203.0.113.7',
  ipWide: 'ip:203.0.113.0/24',
  cohort: 'cohort:203.0.113.0/24@2026-11-21',
  tenant: 'tenant:acme',
  route: 'route:chat',
  model: 'model:gpt-4o-mini',
  global: 'global',
} as const satisfies Record<(typeof SCOPES)[number], string>;

describe('the scope of a principal', () => {
  it.each(Object.entries(SAMPLES))('%s is that of %s', (scope, principal) => {
    expect(scopeOf(principal)).toBe(scope);
    expect(isShared(principal)).toBe(SHARED_SCOPES.some((shared) => shared === scope));
  });

  it.each([
    ['ip:2001:db8:0:1::/64', 'ip'],
    ['ip:2001:db8:1::/48', 'ipWide'],
    ['ip:unknown', 'ip'],
    ['ip:unknown/0', 'ipWide'],
    ['cohort:2001:db8:1::/48@2026-11-21', 'cohort'],
    ['grace:chat', 'grace'],
  ])('%s is %s', (principal, scope) => {
    expect(scopeOf(principal)).toBe(scope);
  });

  it.each(['', 'globally', 'planet:earth', 'key', ':key'])('of %j is a fault', (principal) => {
    expect(() => scopeOf(principal)).toThrow('scope');
  });
});

describe('a call on a route', () => {
  it('is under the list of every scope, and under those of the route beside them', () => {
    const all = Object.values(SAMPLES).map((principal) => on(chat, principal));
    expect(all).toEqual([
      ['1'],
      ['2', '21@chat'],
      ['2', '21@chat'],
      ['3'],
      ['4', '22@chat'],
      ['6'],
      ['8'],
      ['9'],
      ['23'],
      ['11'],
      ['10'],
    ]);
  });

  it('is under other caps of its addresses with a key, and under the same of the route', () => {
    expect(on(chat, SAMPLES.ip, true)).toEqual(['5', '55', '22@chat']);
    expect(on(chat, SAMPLES.ipWide, true)).toEqual(['7']);
    expect(on(chat, SAMPLES.device, true)).toEqual(['3']);
  });

  it('is under nothing that the route does not charge', () => {
    const all = Object.values(SAMPLES).map((principal) => on(spare, principal).join());
    expect(all).toEqual(['', '2', '', '', '4,31@spare', '', '', '', '', '', '']);
  });

  it('is under no limit of a model or route that the policy does not name', () => {
    expect(on(chat, 'model:gpt-4o')).toEqual([]);
    expect(on(chat, 'route:spare')).toEqual([]);
    expect(on(chat, 'model:__proto__')).toEqual([]);
  });

  it('is under the grace of its route, whatever it charges, where there is one', () => {
    expect(limitsOf(policy, chat, 'grace:chat', false)).toEqual([
      { window: 'hour', unit: 'nanoUsd', cap: 1_500_000_000 },
    ]);
    expect(on(spare, 'grace:spare')).toEqual([]);
  });

  it('is answered with the very same list each time: nothing is made per call', () => {
    for (const principal of Object.values(SAMPLES)) {
      const once = limitsOf(policy, chat, principal, true);
      expect(limitsOf(policy, chat, principal, true)).toBe(once);
      expect(Object.isFrozen(once)).toBe(true);
    }
  });

  it('on a route of another policy is a fault, never a call without limits', () => {
    const stranger = { ...chat, id: 'stranger' };
    expect(() => limitsOf(policy, stranger, SAMPLES.ip, false)).toThrow('route');
  });
});

describe('a look at a principal', () => {
  it('shows the lists of all routes', () => {
    expect(anywhere(SAMPLES.key)).toEqual(['2', '21@chat']);
    // No list is for agents here: they have that of the keys.
    expect(anywhere(SAMPLES.agent)).toEqual(['2', '21@chat']);
    expect(on(spare, SAMPLES.agent)).toEqual([]);
    expect(anywhere(SAMPLES.route)).toEqual(['23']);
    expect(anywhere('grace:chat')).toEqual(['1500000000']);
  });

  it('shows every counter of an address, those that only calls with a key have too', () => {
    expect(anywhere(SAMPLES.ip)).toEqual(['4', '55', '22@chat', '31@spare']);
    expect(anywhere(SAMPLES.ip, true)).toEqual(['5', '55', '22@chat', '31@spare']);
  });
});

describe('counters that only a plan has', () => {
  const money = (usd: string) => ({ window: 'hour', usd });
  const own = [money('3'), { window: 'day', usd: '2' }];
  const loaded = loadPolicy(
    policyWith({
      plans: [{ id: 'pro', limits: { key: own } }],
      'routes.0.plans': { pro: { limits: { key: [{ window: 'month', requests: 9 }] } } },
    }),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const names = limitsOf(loaded.value, null, 'key:k', false).map((limit) => counterName(limit));

  it('are shown to whoever looks at a principal, each once', () => {
    expect(names).toContain('nanoUsd-hour');
    expect(names).toContain('requests-month@chat');
    expect(new Set(names).size).toBe(names.length);
  });

  it('are those of everybody else wherever the window is: another plan is no fresh day', () => {
    const route = present(loaded.value.routes[0], 'route');
    const pro = present(route.byPlan.get('pro'), 'route on pro');
    const day = (one: typeof route) =>
      limitsOf(loaded.value, one, 'key:k', false)
        .map((limit) => counterName(limit))
        .filter((name) => name === 'nanoUsd-day');
    expect(day(route)).toEqual(day(pro));
  });
});

describe('an optional list', () => {
  const bare = loadPolicy(policyWith({ 'limits.ipWide': requests(6) }));
  if (!bare.ok) throw new Error(JSON.stringify(bare.error));
  const route = present(bare.value.routes[0], 'route');
  const under = (principal: string, withKey: boolean) =>
    counted(limitsOf(bare.value, route, principal, withKey));

  it('that is absent limits nothing', () => {
    for (const scope of ['user', 'cohort', 'tenant', 'route', 'model', 'global'] as const) {
      expect(under(SAMPLES[scope], false)).toEqual([]);
    }
  });

  it('for wide networks holds for calls with a key too, unless they have one of their own', () => {
    expect(under(SAMPLES.ipWide, true)).toEqual(['6']);
  });
});
