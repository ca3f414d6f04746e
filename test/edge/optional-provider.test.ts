// A provider that the policy can do without. What breaks if this fails: a gateway for OpenAI alone
// needs a key of everybody's, or a route without a key is called with none.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { postChat, upstreamRequests } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ bindings: { ANTHROPIC_API_KEY: '' } });
});

afterAll(() => stack.close());

const ask = (key: string): Promise<Response> =>
  fetch(`${stack.gatewayUrl}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 16,
      messages: [{ role: 'user', content: 'hi' }],
    }),
  });

test('its routes say that they are not configured, and nobody is asked or charged', async () => {
  const { key, principal } = await stack.makeKey();
  const problem = expectProblem(await heard(await ask(key)), 503, 'misconfigured');
  // The caller is not told which key.
  expect(JSON.stringify(problem)).not.toContain('ANTHROPIC');
  expect(await upstreamRequests(stack)).toEqual([]);
  expect((await stack.counter(principal, 'requests-day')).used).toBe(0);
});

test('all others are served', async () => {
  const { key } = await stack.makeKey();
  expect((await postChat(stack, key)).status).toBe(200);
});
