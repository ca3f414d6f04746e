// What may stand behind a Gemini route's path. Attack: a path that the gateway reads as a cheap
// model and Google as another, a second query, or a key in an address that ends up in logs.

import { describe, expect, it } from 'vitest';
import { gemini } from '../../core/dialects/gemini.ts';
import { matchRoute } from '../../core/policy/match.ts';
import { indexPaths } from '../../core/policy/path-index.ts';
import type { Route } from '../../core/policy/policy.ts';
import { requestOf } from '../support/request-input.ts';

const BODY = { contents: [{ parts: [{ text: 'hi' }] }] };
const read = (target: string) => gemini.readRequest(requestOf(BODY, { target }));

/** Of a policy: what a path is matched against. */
const routes = [{ path: '/v1beta/models', dialect: gemini } as unknown as Route];
const POLICY = { routes, paths: indexPaths(routes) };
const routed = (target: string) => matchRoute(POLICY, `/v1beta/models${target}`);

describe('a target', () => {
  it.each([
    [':generateContent', false, ''],
    [':generateContent?alt=json', false, ''],
    [':streamGenerateContent', true, ''],
    [':streamGenerateContent?alt=json', true, ''],
    [':streamGenerateContent?alt=sse', true, '?alt=sse'],
    [':countTokens', false, ''],
  ])('of a model and %s is read once and written anew', (rest, stream, query) => {
    const verb = rest.replace(/\?.*/, '');
    expect(read(`/gemini-2.5-pro${rest}`)).toMatchObject({
      ok: true,
      value: {
        model: 'gemini-2.5-pro',
        stream,
        isFree: verb === ':countTokens',
        upstreamTarget: `/gemini-2.5-pro${verb}${query}`,
      },
    });
  });

  it('is found by its route, with the model and the verb behind it', () => {
    const target = '/gemini-2.5-pro:streamGenerateContent';
    expect(routed(target)).toMatchObject({ kind: 'route', target });
  });

  const HOSTILE = [
    '',
    '/',
    '/gemini-2.5-pro',
    'gemini-2.5-pro:generateContent',
    '//gemini-2.5-pro:generateContent',
    '/gemini-2.5-pro:generateContent/',
    '/gemini-2.5-pro:generateContent:generateContent',
    '/gemini-2.5-pro::generateContent',
    '/gemini-2.5-flash:x/../gemini-2.5-pro:generateContent',
    '/..%2fgemini-2.5-pro:generateContent',
    '/..%2f..%2ftunedModels/x:generateContent',
    '/%67emini-2.5-pro:generateContent',
    '/gemini-2.5-pro%3AgenerateContent',
    '/gemini-2.5-pro:generateContent%00',
    '/gemini-2.5-pro:generateContent;x=1',
    '/gemini-2.5-pro:GenerateContent',
    '/gemini-2.5-pro:batchGenerateContent',
    '/gemini-2.5-pro:predict',
    '/gemini-2.5-pro:toString',
    '/../gemini-2.5-pro:generateContent',
    '/.gemini:generateContent',
    '/gemini 2.5:generateContent',
    '/gemini\\2.5:generateContent',
    `/${'x'.repeat(200)}:generateContent`,
  ];

  it.each(HOSTILE)('%s is refused', (target) => {
    expect(read(target)).toMatchObject({ ok: false, error: { field: 'path' } });
  });

  it.each(HOSTILE.filter((target) => target !== ''))('%s leads to no route', (target) => {
    expect(routed(target).kind).not.toBe('route');
  });

  it.each([
    'alt=sse&alt=json',
    'alt=json&alt=sse',
    'alt=sse&alt=sse',
    'alt=SSE',
    'alt=media',
    '$alt=sse',
    'alt%3Dsse',
    'alt=ss%65',
    'alt=sse&',
    'alt=sse?alt=sse',
    'alt=sse#',
    'Alt=sse',
    'prettyPrint=false',
    'fields=usageMetadata',
    'callback=x',
    '%6bey=secret',
  ])('with the query %s is refused', (query) => {
    expect(read(`/gemini-2.5-pro:streamGenerateContent?${query}`)).toMatchObject({
      ok: false,
      error: { field: 'path' },
    });
  });

  it('of an answer in one piece does not ask for events', () => {
    expect(read('/gemini-2.5-pro:generateContent?alt=sse').ok).toBe(false);
  });

  it.each(['key=secret', 'alt=sse&key=secret', 'KEY=secret', 'access_token=secret'])(
    'with the query %s is refused, saying where a key goes, and not the key',
    (query) => {
      const refused = read(`/gemini-2.5-pro:streamGenerateContent?${query}`);
      expect(JSON.stringify(refused)).toMatch(/x-goog-api-key/);
      expect(JSON.stringify(refused)).not.toMatch(/secret/);
    },
  );
});
