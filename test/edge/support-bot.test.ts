// The example of a support bot, run as its README says. What breaks if this fails: the recipe that
// somebody copies.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPolicy } from '../../core/policy/load.ts';
import policy from '../../examples/support-bot/policy.ts';
import { inRoot } from '../../local/paths.ts';
import { SYSTEM } from '../support/app-policy.ts';
import { runExample } from '../support/example.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { lastHeard, sentOf } from '../support/talking.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/app-policy.ts') });
});
afterAll(() => stack.close());

test('its policy loads', () => {
  expect(loadPolicy(policy)).toMatchObject({ ok: true });
});

test('it answers, and knows what was said before', async () => {
  await stack.script({ text: 'Tomorrow.', chunkDelayMs: 0 });
  const command = [
    process.execPath,
    inRoot('examples/support-bot/talk.ts'),
    'Where is my order?',
    'Sure?',
  ] as const;
  const run = await runExample(command, { env: { WEIGHBRIDGE_GATEWAY: stack.gatewayUrl } });
  expect(run).toMatchObject({ code: 0, complaints: '', output: 'Tomorrow.\nTomorrow.\n' });
  const heard = ['user: Where is my order?', 'assistant: Tomorrow.', 'user: Sure?'];
  expect(await lastHeard(stack)).toEqual(heard);
  const [first] = await sentOf(stack);
  expect(first?.messages?.[0]).toEqual({ role: 'system', content: SYSTEM });
});
