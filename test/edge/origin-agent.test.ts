// The example origin, as a process of its own behind the gateway: an agent whose model asks for a
// tool in every step, for ever. What breaks if this fails: one call of an app's agent costs
// whatever its model decides.

import { pathToFileURL } from 'node:url';
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { decisionOf, LOCAL_IP, requestIdOf, spentOf } from '../support/chat.ts';
import { RUN_NANO_USD } from '../support/origin-policy.ts';
import { type AgentStack, postTo, startAgentStack, uiBody } from '../support/own-origin.ts';
import { poll } from '../support/poll.ts';
import type { Ledger, TestStack } from '../support/stack.ts';

const STEPS_MAX = 8;
const DAY_NANO_USD = 100_000_000_000;

let agents: AgentStack;
let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  agents = await startAgentStack();
  ({ stack } = agents);
});
beforeEach(async () => {
  await stack.resetEmulator();
  ({ key, principal } = await stack.makeKey());
});
afterAll(() => agents?.close());

const ask = (signal?: AbortSignal): Promise<Response> =>
  postTo(stack, '/api/agent', key, signal === undefined ? {} : { signal });

/** The emulator's bill, once nothing of it runs any more. */
const bill = (): Promise<Ledger> =>
  poll('the end of every provider call', async () => {
    const ledger = await stack.ledger();
    return ledger.openStreams === 0 && ledger.calls.every((call) => call.endedAtMs !== null)
      ? ledger
      : null;
  });

test('an answer comes through as the AI SDK streams it, and costs what its step cost', async () => {
  await stack.script({ text: 'Eleven degrees.', chunkDelayMs: 1 });
  const transport = new DefaultChatTransport({
    api: `${stack.gatewayUrl}/api/agent`,
    headers: { Authorization: `Bearer ${key}` },
  });
  const messages: UIMessage[] = [
    { id: '1', role: 'user', parts: [{ type: 'text', text: 'How warm is it?' }] },
  ];
  const stream = await transport.sendMessages({
    chatId: 'c',
    messages,
    trigger: 'submit-message',
    messageId: undefined,
    abortSignal: undefined,
  });
  let parts: UIMessage['parts'] = [];
  for await (const message of readUIMessageStream({ stream })) ({ parts } = message);
  expect(parts.find(({ type }) => type === 'text')).toMatchObject({ text: 'Eleven degrees.' });
  const { billedNanoUsd, calls } = await bill();
  expect(calls).toHaveLength(1);
  expect(billedNanoUsd).toBeGreaterThan(0);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(billedNanoUsd);
});

test('a page without a key proves its call, and its address pays for the steps', async () => {
  await stack.script({ text: 'Eleven degrees.', chunkDelayMs: 1 });
  const before = (await spentOf(stack, LOCAL_IP)).nanoUsd;
  const { createFetch } = (await import(
    pathToFileURL(inRoot('dist', 'client', 'index.js')).href
  )) as { createFetch: (options: object) => typeof fetch };
  const proving = createFetch({ gateway: stack.gatewayUrl, protect: ['/api'] });
  const response = await proving(`${stack.gatewayUrl}/api/agent`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: uiBody(),
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('[DONE]');
  const { billedNanoUsd } = await bill();
  expect(billedNanoUsd).toBeGreaterThan(0);
  await decisionOf(stack, requestIdOf(response));
  expect((await spentOf(stack, LOCAL_IP)).nanoUsd).toBe(before + billedNanoUsd);
});

test('a model that asks for a tool in every step stops at the steps of its run', async () => {
  await stack.script({ tool: 'always', chunkDelayMs: 1 });
  const response = await ask();
  expect(response.status).toBe(200);
  const text = await response.text();
  // The origin would have gone on to its own twentieth step: the ninth is refused, in words.
  expect(text).toContain('"type":"error"');
  expect(text).toContain('agent steps');
  const { billedNanoUsd, calls } = await bill();
  expect(calls).toHaveLength(STEPS_MAX);
  const record = await decisionOf(stack, requestIdOf(response));
  expect(record).toMatchObject({
    heldNanoUsd: RUN_NANO_USD,
    settledNanoUsd: billedNanoUsd,
    usageSource: 'steps',
    estimated: false,
    run: { steps: STEPS_MAX, toolCalls: STEPS_MAX, openSteps: 0, reports: 0 },
  });
  expect(billedNanoUsd).toBeLessThan(RUN_NANO_USD);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(billedNanoUsd);
  expect((await stack.counter(principal, 'agentSteps-day')).used).toBe(STEPS_MAX);
});

test('the same loop stops at the money of its run, and the caller never pays more', async () => {
  // So little is left of the day that the run gets less than its usual purse.
  const purse = 2_400_000;
  await stack.setCap(principal, 'day', 'nanoUsd', purse);
  const toolCalls = [{ name: 'weather', arguments: { city: 'Edinburgh' } }];
  await stack.script({ toolCalls, text: 'I think about it. '.repeat(95), chunkDelayMs: 1 });
  const response = await ask();
  const text = await response.text();
  // The step that passes it is cut, or the next one is refused.
  expect(text).toMatch(/Budget used up|"finishReason":"length"/);
  const { billedNanoUsd, calls } = await bill();
  expect(calls.length).toBeLessThan(STEPS_MAX);
  expect(calls.length).toBeGreaterThan(2);
  expect(billedNanoUsd).toBeLessThanOrEqual(purse);
  const record = await decisionOf(stack, requestIdOf(response));
  expect(record).toMatchObject({ heldNanoUsd: purse, settledNanoUsd: billedNanoUsd });
  expect((await spentOf(stack, principal)).nanoUsd).toBe(billedNanoUsd);
  await stack.setCap(principal, 'day', 'nanoUsd', DAY_NANO_USD);
});

test('a caller who hangs up stops the loop, and pays for what it had done', async () => {
  await stack.script({ tool: 'always', chunkDelayMs: 20 });
  const leaving = new AbortController();
  const response = await ask(leaving.signal);
  const id = requestIdOf(response);
  await poll('the second step', async () =>
    (await stack.ledger()).calls.length >= 2 ? true : null,
  );
  leaving.abort();
  await response.text().catch(() => '');
  const record = await decisionOf(stack, id);
  const { billedNanoUsd, calls } = await bill();
  expect(calls.length).toBeLessThan(STEPS_MAX);
  expect(record).toMatchObject({ ending: 'caller-left', usageSource: 'steps' });
  // A step that is cut off is charged at least what was generated, and all together the purse.
  expect(record.settledNanoUsd).toBeGreaterThanOrEqual(billedNanoUsd);
  expect(record.settledNanoUsd).toBeLessThan(RUN_NANO_USD);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(record.settledNanoUsd);
});

test('an agent whose first step is refused costs nothing, because it says so', async () => {
  // Written as \\u0001 each of them has six bytes: short enough for the route, too long for a step.
  const body = uiBody('\u0001'.repeat(3_000));
  const response = await postTo(stack, '/api/agent', key, { body });
  expect(await response.text()).toContain('Body too large');
  const record = await decisionOf(stack, requestIdOf(response));
  expect(record).toMatchObject({ settledNanoUsd: 0, usageSource: 'origin', run: { reports: 1 } });
  expect((await stack.ledger()).calls).toHaveLength(0);
});

test.each([
  ['no grant', {}],
  ['a grant that nobody signed', { 'Weighbridge-Grant': 'eyJhbGciOiJub25lIn0.e30.' }],
])('the example serves nobody who comes with %s', async (_what, headers) => {
  const direct = await fetch(`${agents.appUrl}/api/agent`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: uiBody(),
  });
  expect(direct.status).toBe(401);
});
