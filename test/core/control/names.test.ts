// What a call is, as switches name it. A name that is missing is a switch that does nothing; a name
// that a caller could choose would turn others off.

import { describe, expect, it } from 'vitest';
import type { Call } from '../../../core/call.ts';
import { namesOf } from '../../../core/control/names.ts';
import { switchPrincipal } from '../../../core/control/principal.ts';

const provider = { id: 'openai' };
const route = { id: 'chat', provider, origin: null, run: null };
const bare = {
  agent: null,
  apiKey: null,
  ask: { model: 'small-2' },
  challenge: null,
  ip: 'ip:203.0.113.7',
  key: 'key-of-the-call',
  plan: null,
  price: { model: 'small' },
  route,
  run: null,
  user: null,
};

const names = (more: object = {}): string[] =>
  [...namesOf({ ...bare, ...more } as unknown as Call)].sort();

const ALWAYS = [
  'global',
  'ip:203.0.113.0/24',
  'ip:203.0.113.7',
  'model:small',
  'model:small-2',
  'provider:openai',
  'route:chat',
];
const and = (...more: string[]): string[] => [...ALWAYS, ...more].sort();

describe('a call', () => {
  it.each([
    ['of nobody is what it asks for, where', {}, and()],
    ['with a key', { apiKey: { id: '1k97xotwas4n', tenant: null } }, and('key:1k97xotwas4n')],
    [
      'with a tenant’s key',
      { apiKey: { id: 'acme~1k97xotwas4n', tenant: 'acme' } },
      and('key:acme~1k97xotwas4n', 'tenant:acme'),
    ],
    [
      'of a user is the user, the device that proves it and the device of the token',
      { user: { id: 'eve', jkt: 'token-key' }, challenge: { jkt: 'proof-key' } },
      and('user:eve', 'device:token-key', 'device:proof-key'),
    ],
    [
      'of a user without a key is no device',
      { user: { id: 'eve', jkt: '' }, challenge: { jkt: '' } },
      and('user:eve'),
    ],
    ['of an agent', { agent: { id: 'crawler' } }, and('agent:crawler')],
    ['on a plan', { plan: { id: 'pro', isPaid: true } }, and('plan:pro')],
    ['that opens a run', { route: { ...route, run: {} } }, and('run:key-of-the-call')],
    ['that is a step', { run: { id: 'key-of-the-parent' } }, and('run:key-of-the-parent')],
  ])('%s', (_what, more, expected) => {
    expect(names(more)).toEqual(expected);
  });

  it('to a server of the app names that server', () => {
    const origin = { id: 'own' };
    expect(names({ route: { ...route, provider: null, origin } })).toContain('provider:own');
  });

  it('is named as operators write it, whatever it is', () => {
    const everything = names({
      apiKey: { id: 'acme~1k97xotwas4n', tenant: 'acme' },
      user: { id: 'auth0~7c7c1', jkt: 'abc-_' },
      agent: { id: 'crawler' },
      plan: { id: 'pro', isPaid: true },
    });
    for (const name of everything) expect(switchPrincipal(name)).toBe(name);
  });
});
