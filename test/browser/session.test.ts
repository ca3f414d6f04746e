// A page of the app whose visitor is signed in by a cookie, in a real browser and through the
// script tag: what the browser says of itself is enough, and after the logout the same page goes on
// as anybody. If this breaks, sessions work in tests only.

import { afterAll, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { chatBody, spentOf } from '../support/chat.ts';
import { APP_SECRET, OWN_SECRET } from '../support/own-origin.ts';
import { poll } from '../support/poll.ts';
import { startSessionOrigin } from '../support/session-origin.ts';
import { openPage, useVisitor } from './visitor.ts';

const ACCOUNTS_SECRET = Buffer.alloc(32, 9).toString('base64url');
const accounts = await startSessionOrigin(ACCOUNTS_SECRET);

const currentVisitor = useVisitor({
  policyFile: inRoot('test/support/session-policy.ts'),
  bindings: {
    ACCOUNTS_BASE_URL: accounts.url,
    ACCOUNTS_GRANT_SECRET: ACCOUNTS_SECRET,
    OWN_GRANT_SECRET: OWN_SECRET,
    APP_GRANT_SECRET: APP_SECRET,
  },
});

afterAll(() => accounts.close());

test('a visitor who is signed in calls as that user, and after the logout as nobody', async () => {
  const { stack, context, page } = currentVisitor();
  const cookie = { name: '__Host-sid', value: 'good', secure: true, httpOnly: true, path: '/' };
  await context.addCookies([{ ...cookie, domain: new URL(stack.gatewayUrl).hostname }]);
  accounts.sessions.set('good', { active: true, user: 'alice' });
  await openPage(currentVisitor());
  const call = (): Promise<number> =>
    page.evaluate(
      async (body) => {
        const headers = { 'Content-Type': 'application/json' };
        const response = await fetch('/api/chat', { method: 'POST', headers, body });
        await response.text();
        return response.status;
      },
      chatBody({ max_tokens: 16 }),
    );
  expect(await call()).toBe(200);
  expect((await spentOf(stack, 'user:alice')).requests).toBe(1);
  accounts.sessions.delete('good');
  await poll('the logout', async () => {
    const before = await spentOf(stack, 'user:alice');
    expect(await call()).toBe(200);
    return (await spentOf(stack, 'user:alice')).requests === before.requests;
  });
});
