// Cookies of the app, where one may name a user: pages of listed origins may send them and read the
// answers, no other page may, previews among them. If this breaks, whoever publishes a page under a
// preview's suffix, or anywhere, calls and reads as the visitor.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { CHAT, postChat } from '../support/chat.ts';
import { LISTED_ORIGIN, PREVIEW_ORIGIN } from '../support/edge-policy.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;

beforeAll(async () => {
  stack = await startStack({
    policyFile: inRoot('test/support/session-cors-policy.ts'),
    bindings: { APP_GRANT_SECRET: Buffer.alloc(32, 8).toString('base64url') },
  });
  ({ key } = await stack.makeKey());
});
afterAll(() => stack.close());

const ASKS = [
  ['a preflight', 204, { method: 'OPTIONS', 'Access-Control-Request-Method': 'POST' }],
  ['a refusal', 401, { method: 'POST' }],
  ['an answer', 200, { method: 'POST', key: true }],
] as const;

const ask = async (how: (typeof ASKS)[number][2], origin: string): Promise<Response> => {
  const { method, ...headers } = how;
  if ('key' in headers) return postChat(stack, key, undefined, { Origin: origin });
  return fetch(`${stack.gatewayUrl}${CHAT}`, { method, headers: { ...headers, Origin: origin } });
};

describe.each(ASKS)('%s (%i)', (_what, status, how) => {
  test.each([
    [LISTED_ORIGIN, LISTED_ORIGIN, 'true'],
    [PREVIEW_ORIGIN, PREVIEW_ORIGIN, null],
    ['https://www.preview.example', 'https://www.preview.example', 'true'],
    ['https://evil.example', null, null],
    ['null', null, null],
    ['*', null, null],
    ['https://app.example.evil', null, null],
  ])('for a page of %s: %s, with cookies: %s', async (origin, allowed, credentials) => {
    const response = await ask(how, origin);
    await response.text();
    expect(response.status).toBe(status);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(allowed);
    expect(response.headers.get('Access-Control-Allow-Credentials')).toBe(credentials);
    // Nothing is open to everybody: with cookies a browser would take it for a name.
    for (const name of ['Headers', 'Methods', 'Origin']) {
      expect(response.headers.get(`Access-Control-Allow-${name}`) ?? '').not.toContain('*');
    }
  });
});
