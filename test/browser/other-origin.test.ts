// A page of another origin than its gateway's, which the policy lists: the script tag works there
// as well, without the workers that a page may only start from its own origin.

import { expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { LISTED_ORIGIN } from '../support/edge-policy.ts';
import { useVisitor } from './visitor.ts';

const currentVisitor = useVisitor({ policyFile: inRoot('test/support/edge-policy.ts') });

test('a call from a listed origin is prepared, proven and answered', async () => {
  const { stack, context, page, asked } = currentVisitor();
  await context.grantPermissions(['local-network-access']);
  await page.route(`${LISTED_ORIGIN}/**`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>App</title><script src="${stack.gatewayUrl}/_weighbridge/client.js"
        data-gateway="${stack.gatewayUrl}" data-protect="/api/chat"></script><input id="words">`,
    }),
  );
  await page.goto(LISTED_ORIGIN);
  await page.locator('#words').pressSequentially('hello');
  await expect.poll(() => asked.length).toBe(1);
  const answers = await page.evaluate(async (url) => {
    const messages = [{ role: 'user', content: 'hello' }];
    const body = JSON.stringify({ model: 'gpt-4o-mini', messages, max_tokens: 16 });
    const headers = { 'Content-Type': 'application/json' };
    const statuses: number[] = [];
    for (let i = 0; i < 2; i += 1) {
      statuses.push((await fetch(url, { method: 'POST', headers, body })).status);
    }
    return statuses;
  }, `${stack.gatewayUrl}/api/chat`);
  expect(answers).toEqual([200, 200]);
  expect(asked.map(({ bind }) => bind)).toEqual(['signature']);
});
