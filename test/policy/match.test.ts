// Which spellings of a path are a protected one. What breaks if this fails: a request reaches a
// paid route unguarded, because the gateway read its path differently from the server behind it.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../core/policy/load.ts';
import { canonicalPath, type Match, matchRoute, PATH_CHARS_MAX } from '../../core/policy/match.ts';
import shipped from '../support/policy.ts';
import { nginxPath, urlPath } from './origin-models.ts';

const loaded = loadPolicy(shipped);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const policy = loaded.value;

const kindOf = (path: string): Match['kind'] => matchRoute(policy, path).kind;

describe('the plain spelling', () => {
  const named = shipped.routes.filter(({ dialect }) => dialect === 'gemini');

  it.each(shipped.routes.filter((route) => !named.includes(route)))(
    'of $path is the route $id',
    ({ path, id }) => {
      expect(matchRoute(policy, path)).toMatchObject({ kind: 'route', route: { id }, target: '' });
    },
  );

  it.each(named)('of $path is nothing without what stands behind it', ({ path, id }) => {
    const target = '/gemini-2.5-pro:generateContent';
    expect(matchRoute(policy, `${path}${target}`)).toMatchObject({ route: { id }, target });
    expect(kindOf(path)).toBe('none');
    for (const bent of [`${path}/`, `${path}//${target}`, `${path}${target}/x`]) {
      expect(kindOf(bent), bent).not.toBe('route');
    }
    expect(kindOf(`${path.toUpperCase()}${target}`)).toBe('ambiguous');
    // Whatever comes to nothing stands behind it all the same, for a server that keeps it.
    for (const nothing of [
      '/',
      '//',
      '/.',
      '/;x:countTokens',
      '/%3b',
      '/%20',
      '/.%3f/x',
      '%2f',
      '/%00',
    ]) {
      expect(kindOf(`${path}${nothing}`), nothing).toBe('ambiguous');
    }
  });
});

describe('a spelling that some origin reads as /api/chat', () => {
  it.each([
    '//api/chat',
    '/api//chat',
    '/./api/chat',
    '/api/./chat',
    '/%2e/api/chat',
    '/x/../api/chat',
    '/x/%2e%2e/api/chat',
    '/x/.%2E/api/chat',
    '/api/chat/',
    '/api/chat//',
    '/api/chat/.',
    '/api/chat/%2e',
    '/api/chat/x/..',
    '/API/chat',
    '/api/Chat',
    '/API/CHAT',
    '/api%2fchat',
    '/api%2Fchat',
    '%2fapi%2fchat',
    '/api\\chat',
    '\\api\\chat',
    '/api%5cchat',
    '/%61pi/chat',
    '/api/ch%61t',
    '/api/ch%2561t',
    '/api/chat;a=b',
    '/api/chat;',
    '/api;v=1/chat',
    '/api/chat;%2fx',
    '/api/chat;%252fx',
    '/api/chat%00',
    '/api/chat%00.html',
    '/api/chat%00/more',
    '/api/chat%20',
    '/api/chat%20HTTP/1.1',
    '/api/chat%09',
    '/api/chat%0a',
    '/api/chat%0d%0aX:%20y',
    '/api/chat%0d%0aX: y',
    '\t/api/chat',
    '/api/chat%3Fx=1',
    '/api/chat%3fx=1/y',
    '/api/chat%23frag',
    '/api/chat#frag',
    '/api/chat.',
    '/api/chat%2e',
    '/%252e%252e/api/chat',
    '/x/%252e%252e/api/chat',
    '/x/%252e%252e%252fapi/chat',
    '/ａpi/chat',
    '/%EF%BD%81pi/chat',
    '/api／chat',
    '/api/chat%ff',
    '/api/chat%',
    '/api/chat%zz',
    '/api/chat%u0020',
    '/%c0%ae%c0%ae/api/chat',
    '/api%c0%afchat',
  ])('is never nothing: %j', (path) => {
    expect(kindOf(path)).not.toBe('none');
  });

  // Climbing out of a segment that another reader does not see as one.
  it.each([
    '/api/;x/../chat',
    '/api/%20/../chat',
    '/api/. ./../chat',
    '/api/..;/../chat',
    '/api/..\\x/../chat',
    '/api/‥/../chat',
    '/other%3F%2f..%2fapi/chat',
    '/other%3f/../api/chat',
    '/other%23/../api/chat',
    '/a%252fb%2f..%2fapi/chat',
    '/api/x/%2f..%2f..%2fchat',
    '/api/x//..//../chat',
    '/api/chat/x/%2e%2e',
    '/api/chat%2f..%2fchat',
    '/api/chat/..;/chat',
  ])('is never nothing, however it climbs: %j', (path) => {
    expect(kindOf(path)).not.toBe('none');
  });

  it('is never nothing where it is too long to be read', () => {
    expect(kindOf(`/${'./'.repeat(PATH_CHARS_MAX)}api/chat`)).toBe('ambiguous');
    expect(kindOf(`/${'x'.repeat(PATH_CHARS_MAX)}`)).toBe('ambiguous');
  });
});

describe('a path that no origin reads as protected', () => {
  it.each([
    '/',
    '/api',
    '/api/',
    '/chat',
    '/api/chats',
    '/api/cha',
    '/api/chat/history',
    '/api/chat2',
    '/api/chat.json',
    '/api-chat',
    '/apichat',
    '/v1/api/chat',
    '/v1/chat',
    '/v1/models',
    '/favicon.ico',
    '/images/a%20b.png',
    '/images/caf%C3%A9.png',
    '/images/a..b.png',
    '/files/...',
    '/search/1+1',
    '/@user/~home',
  ])('is nothing of ours: %j', (path) => {
    expect(kindOf(path)).toBe('none');
  });
});

describe('against models of two origins', () => {
  // prettier-ignore
  const detour = fc.constantFrom(
    '', '/', '/.', '/%2e', '/x/..', '/x/%2e%2e', '/x%2f..', '/;a/..', '/..;/..', '/%20/..',
    '/ /..', '/%3f/..', '/%23%2f..', '/‥/..', '/. ./..', '/%2561/..', '/a%252fb/..', '//..',
    '/x/y/../..', '/\\..\\x/..', '/.../..', '/%25/..', '%2f', '/%252e%252e', '/x', '/..',
  );
  const around = fc.array(detour, { maxLength: 3 }).map((all) => all.join(''));
  const api = fc.constantFrom('/api', '/%61pi', '%2fapi', '/a%70i', '/API', '/x');
  const chat = fc.constantFrom('/chat', '/ch%61t', '%2Fchat', '//chat', '/chat;b', '/%2563hat');
  const path = fc
    .tuple(around, api, around, chat, around)
    .map((parts) => `/${parts.join('').replace(/^\//, '')}`);
  const RUNS = { numRuns: 20_000 } as const;

  it('no path that nginx serves as /api/chat is nothing', () => {
    fc.assert(
      fc.property(path, (one) => {
        expect(nginxPath(one) === '/api/chat' && kindOf(one) === 'none').toBe(false);
      }),
      RUNS,
    );
  });

  it('no path that a URL parser, with or without decoding, makes /api/chat is nothing', () => {
    fc.assert(
      fc.property(path, (one) => {
        const read = [urlPath(one, 'as it is'), urlPath(one, 'decoded')];
        expect(read.includes('/api/chat') && kindOf(one) === 'none').toBe(false);
      }),
      RUNS,
    );
  });

  it('the models find a reader that compares strings, or that knows one spelling only', () => {
    const slips = (guard: (one: string) => boolean): boolean =>
      fc.check(
        fc.property(path, (one) => nginxPath(one) !== '/api/chat' || guard(one)),
        { ...RUNS, seed: 1 },
      ).failed;
    expect(slips((one) => one === '/api/chat')).toBe(true);
    expect(slips((one) => canonicalPath(one) === '/api/chat')).toBe(true);
    expect(slips((one) => urlPath(one, 'decoded') === '/api/chat')).toBe(true);
  });
});

describe('reading a path', () => {
  it('costs no more than its length asks for, however hostile (ReDoS)', () => {
    const hostile = ['%25'.repeat(680), '/..'.repeat(680), ';'.repeat(2_040), '.'.repeat(2_040)];
    for (const tail of [...hostile, ' '.repeat(2_040), '%2f'.repeat(680), '／'.repeat(2_040)]) {
      expect(['none', 'ambiguous']).toContain(kindOf(`/${tail}`));
    }
  });
});
