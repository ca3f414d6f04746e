// A switch that wants less: the call is served with the next cheaper model of its route and says
// so, and is refused where the route has none. If this breaks, an operator who wants to save money
// stops the service, or saves nothing.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { call, type Caller } from '../support/callers.ts';
import { expectProblem } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { liftSwitch, putSwitch } from '../support/switching.ts';

let stack: TestStack;
let key: MadeKey;
let principals: string[];

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/ladder-policy.ts') });
  key = await stack.makeKey('downgraded');
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  principals = [];
});

afterEach(async () => {
  for (const principal of principals) await liftSwitch(stack, principal);
});

afterAll(() => stack.close());

async function turn(principal: string, action: 'off' | 'downgrade'): Promise<void> {
  principals.push(principal);
  await putSwitch(stack, principal, { action });
}

const ask = (body: object, more: Caller = {}) =>
  call(stack.gatewayUrl, { key: key.key, body: { max_tokens: 16, ...body }, ...more });

const models = async (): Promise<string[]> =>
  (await stack.ledger()).calls.map(({ model }) => model);

test.each(['global', 'model:gpt-4o', 'key', 'route:chat-completions', 'provider:openai'])(
  'on %s it serves the next cheaper model of the route, and says so',
  async (scope) => {
    await turn(scope === 'key' ? key.principal : scope, 'downgrade');
    const answer = await ask({ model: 'gpt-4o' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Weighbridge-Decision')).toBe('downgrade');
    expect(answer.headers.get('Weighbridge-Model-Served')).toBe('gpt-4o-mini');
    expect(await models()).toEqual(['gpt-4o-mini']);
  },
);

test('the last rung has nothing below it', async () => {
  await turn('global', 'downgrade');
  const answer = await ask({ model: 'gpt-4.1-nano' });
  const problem = expectProblem(answer, 503, 'switched_off');
  expect(problem.detail).toContain('smaller form only');
  expect(await models()).toEqual([]);
});

test('a model that is off is passed over on the way down', async () => {
  await turn('model:gpt-4o', 'downgrade');
  await turn('model:gpt-4o-mini', 'off');
  const answer = await ask({ model: 'gpt-4o' });
  expect(answer.headers.get('Weighbridge-Model-Served')).toBe('gpt-4.1-nano');
  expect(await models()).toEqual(['gpt-4.1-nano']);
});

test('all models of a ladder off is off', async () => {
  for (const model of ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1-nano']) {
    await turn(`model:${model}`, 'off');
  }
  expectProblem(await ask({ model: 'gpt-4o' }), 503, 'switched_off');
  expect(await models()).toEqual([]);
});

test('somebody who is off is off whatever the model', async () => {
  await turn(key.principal, 'off');
  expectProblem(await ask({ model: 'gpt-4o' }), 503, 'switched_off');
  expect(await models()).toEqual([]);
});

test('a route without a ladder refuses', async () => {
  await turn('global', 'downgrade');
  const path = '/v1/messages';
  const answer = await ask({ model: 'claude-haiku-4-5' }, { path });
  expect(answer.status).toBe(503);
  expect(await models()).toEqual([]);
});
