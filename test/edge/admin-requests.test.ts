// The decision record: every call can be explained afterwards, allowed or refused, gate by gate and
// nano-dollar by nano-dollar, without a word of what was said in it. If this breaks, an operator
// cannot tell a customer why a call was refused or what it cost.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chatBody, decisionOf, LOCAL_IP, postChat, requestIdOf } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const GATES = [
  'api-key',
  'envelope',
  'token',
  'signer',
  'subject',
  'plan',
  'read',
  'edit',
  'shape',
  'models',
  'price',
  'proof',
  'reserve',
  'confirm',
];

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const askRecord = (requestId: string): Promise<Response> =>
  fetch(`${stack.gatewayUrl}/_weighbridge/admin/requests/${encodeURIComponent(requestId)}`, {
    headers: { Authorization: `Bearer ${stack.adminToken}` },
  });

test('an allowed call is explained: every gate, the hold, the settlement, where usage is from', async () => {
  const response = await postChat(stack, key);
  const requestId = requestIdOf(response);
  const record = await decisionOf(stack, requestId);
  expect(record).toMatchObject({
    requestId,
    decision: 'allow',
    route: 'chat-completions',
    principal,
    ip: LOCAL_IP,
    model: 'gpt-4o-mini',
    gates: GATES.map((gate) => ({ gate, verdict: 'pass' })),
    settledNanoUsd: (await stack.ledger()).billedNanoUsd,
    usageSource: 'provider',
    estimated: false,
    ending: 'complete',
    originStatus: 200,
  });
  const text = JSON.stringify(record);
  for (const secret of ['hello', key, 'sk-emulator']) expect(text).not.toContain(secret);
});

test.each([
  ['api-key', 'api-key-invalid', 'wb_forged', chatBody()],
  ['envelope', 'proof-required', '', chatBody()],
  ['shape', 'shape-refused', null, chatBody({ n: 0 })],
  ['models', 'model-not-offered', null, chatBody({ model: 'gpt-9' })],
])('a call refused at %s is explained up to there', async (gate, kind, token, body) => {
  const response = await postChat(stack, token ?? key, body);
  const record = await decisionOf(stack, requestIdOf(response));
  const passed = GATES.slice(0, GATES.indexOf(gate)).map((name) => ({
    gate: name,
    verdict: 'pass',
  }));
  expect(record).toMatchObject({
    decision: 'refuse',
    gates: [...passed, { gate, verdict: 'refuse', denial: { kind } }],
    heldNanoUsd: 0,
    settledNanoUsd: 0,
  });
});

test('an id that was never given out is a 404, whatever it looks like', async () => {
  const response = await postChat(stack, key);
  const requestId = requestIdOf(response);
  await decisionOf(stack, requestId);
  const wrong = [
    requestId.replace(/\d+$/, '9'),
    requestId.replace(/\d+$/, '9999'),
    requestId.replace(/\.[\w-]+\./, '.AAAAAAAA.'),
    `0000000_${'A'.repeat(22)}.AAAAAAAA.0`,
    'x',
    '%00',
  ];
  for (const id of wrong) {
    expectProblem(await heard(await askRecord(id)), 404, 'not_found');
  }
});
