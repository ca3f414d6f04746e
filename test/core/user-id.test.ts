// From an identity provider's name for a user to a principal. What breaks if this fails: two users
// share a purse, or a user is given the name of something else.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, isMintable } from '../../core/ledger/layout.ts';
import { scopeOf } from '../../core/policy/scope.ts';
import { USER_ID_CHARS_MAX, userIdOf } from '../../core/user-id.ts';

describe('the id of a user', () => {
  it.each([
    ['alice', 'alice'],
    ['alice@example.com', 'alice@example.com'],
    ['auth0|5f7c8ec7', 'auth0~7c5f7c8ec7'],
    ['a/b', 'a~2fb'],
    ['a~b', 'a~7eb'],
    ['a b', 'a~20b'],
    ['%2e%2e', '~252e~252e'],
    ['zoë', 'zo~c3~ab'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('of %j is %j', (name, id) => {
    expect(userIdOf(name)).toBe(id);
  });

  it.each([
    '',
    'x'.repeat(129),
    'é'.repeat(128),
    'a\nb',
    'a\u0000',
    'a\u007f',
    'a\u0085b',
    '\ud800',
    'a\udc00b',
    7,
    null,
    undefined,
    true,
    ['alice'],
    { id: 'alice' },
  ])('is not made of %j', (name) => {
    expect(userIdOf(name)).toBeNull();
  });

  it('is never the same for two names, and fits wherever a principal is written', () => {
    const ids = new Map<string, string>();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const id = userIdOf(name);
        if (id === null) return;
        expect(ids.get(id) ?? name).toBe(name);
        ids.set(id, name);
        expect(id).toMatch(/^[A-Za-z0-9._:@~-]+$/);
        expect(id.length).toBeLessThanOrEqual(USER_ID_CHARS_MAX);
        expect(decodeURIComponent(encodeURIComponent(id))).toBe(id);
      }),
      { numRuns: 2_000 },
    );
    expect(ids.size).toBeGreaterThan(500);
  });

  it('makes a principal with a ledger of its own, whatever the name looks like', () => {
    for (const name of ['global', 'key:1', 'ip:203.0.113.7', 'x/24', 'edge:1:0']) {
      const principal = `user:${userIdOf(name) ?? ''}`;
      expect(scopeOf(principal)).toBe('user');
      expect(isMintable(principal)).toBe(false);
      expect(addressOf(principal, { epoch: 1, count: 4 })).toBe(principal);
    }
  });
});
