// Kill switches through the real stack, in every scope: within a second of the operator's word the
// one is refused and the other is not, and the one is served again when it is lifted. If this
// breaks, an operator watches money go and can do nothing about it.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { call, type Caller, statusOf } from '../support/callers.ts';
import { requestIdOf, upstreamRequests } from '../support/chat.ts';
import { expectProblem } from '../support/problem.ts';
import type { MadeKey } from '../support/stack.ts';
import { liftSwitch, msUntil, putSwitch, REFUSED_MS_MAX } from '../support/switching.ts';
import { startUserStack, type UserStack } from '../support/user-stack.ts';

const FROM = '127.0.70.1';
const APP = '/api/chat';
const SMALL = 'gpt-4.1-nano';

let stack: UserStack;
let key: MadeKey;
let other: MadeKey;
let device: Device;
let stranger: Device;

beforeAll(async () => {
  stack = await startUserStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  key = await stack.makeKey('switched', 'acme');
  other = await stack.makeKey('not switched', 'globex');
  device = await makeDevice();
  stranger = await makeDevice();
});

afterAll(() => stack.close());

type Who = () => Promise<number>;

const as =
  (of: () => Caller): Who =>
  () =>
    statusOf(stack.gatewayUrl, { from: FROM, ...of() });

const user =
  (name: string): Who =>
  async () => {
    const token = stack.tokenOf(name);
    const headers = await stack.honest(await stack.challengeFor(token), token);
    const response = await stack.send(headers);
    await response.text();
    return response.status;
  };

const keyed = (more: Caller = {}): Who => as(() => ({ key: key.key, ...more }));

type Scope = {
  readonly scope: string;
  readonly principal: () => string;
  readonly one: Who;
  /** Somebody whom it does not concern. */
  readonly another: Who;
};

const SCOPES: readonly Scope[] = [
  {
    scope: 'key',
    principal: () => key.principal,
    one: keyed(),
    another: as(() => ({ key: other.key })),
  },
  {
    scope: 'user',
    principal: () => 'user:mallory',
    one: user('mallory'),
    another: user('alice'),
  },
  {
    scope: 'device',
    principal: () => `device:${device.jkt}`,
    one: as(() => ({ device })),
    another: as(() => ({ device: stranger })),
  },
  {
    scope: 'ip',
    principal: () => `ip:${FROM}`,
    one: keyed(),
    another: keyed({ from: '127.0.70.2' }),
  },
  {
    scope: 'ip, mapped',
    principal: () => `IP:::FFFF:${FROM}`,
    one: keyed(),
    another: keyed({ from: '127.0.70.2' }),
  },
  {
    scope: 'ip, wide',
    principal: () => 'ip:127.0.70.99/24',
    one: keyed(),
    another: keyed({ from: '127.0.71.1' }),
  },
  {
    scope: 'tenant',
    principal: () => 'tenant:acme',
    one: keyed(),
    another: as(() => ({ key: other.key })),
  },
  {
    scope: 'route',
    principal: () => 'route:chat-completions',
    one: keyed(),
    another: as(() => ({ device, path: APP })),
  },
  {
    scope: 'model',
    principal: () => `model:${SMALL}`,
    one: keyed({ body: { model: SMALL } }),
    another: keyed(),
  },
  {
    scope: 'provider',
    principal: () => 'provider:openai',
    one: keyed(),
    another: keyed({ path: '/v1/messages', body: { model: 'claude-haiku-4-5', max_tokens: 16 } }),
  },
];

const measured: Record<string, number> = {};
afterAll(() => {
  console.log(`ms from the answer to PUT until a call is refused: ${JSON.stringify(measured)}`);
});

describe('a switch', () => {
  test.each(SCOPES)(
    'on a $scope refuses it within a second, and nobody else, until it is lifted',
    async ({ scope, principal, one, another }) => {
      expect([await one(), await another()]).toEqual([200, 200]);
      const answer = await putSwitch(stack, principal());
      expect(answer.heard).toBe(answer.shards);
      measured[scope] = await msUntil('it is refused', async () => (await one()) === 503);
      const before = (await upstreamRequests(stack)).length;
      expect(await one()).toBe(503);
      expect((await upstreamRequests(stack)).length).toBe(before);
      expect(await another()).toBe(200);
      await liftSwitch(stack, principal());
      await msUntil('it is served', async () => (await one()) === 200);
    },
  );

  test('on everything refuses everybody within a second, whatever they show', async () => {
    const callers = [
      keyed(),
      user('alice'),
      as(() => ({ device })),
      as(() => ({ device, path: APP })),
    ];
    await putSwitch(stack, 'global');
    measured['global'] = await msUntil('it is refused', async () => (await keyed()()) === 503);
    for (const one of callers) expect(await one()).toBe(503);
    expect(await upstreamRequests(stack)).toEqual([]);
    await liftSwitch(stack, 'global');
    for (const one of callers) expect(await one()).toBe(200);
  });

  test('ends by itself when its time is over', async () => {
    await putSwitch(stack, key.principal, { expiresInSeconds: 1 });
    const startedAtMs = performance.now();
    expect(await keyed()()).toBe(503);
    await msUntil('it is served', async () => (await keyed()()) === 200);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000 + REFUSED_MS_MAX);
  });

  test('survives the death of the gateway', async () => {
    await putSwitch(stack, key.principal);
    await stack.restart();
    expect(await keyed()()).toBe(503);
    await liftSwitch(stack, key.principal);
    expect(await keyed()()).toBe(200);
  });
});

test('who is refused hears that it is switched off, not by what, by whom or why; the operator sees it', async () => {
  await putSwitch(stack, 'tenant:acme', {
    author: 'grace.hopper',
    reason: 'the invoice of March',
    expiresInSeconds: 3_600,
  });
  const answer = await call(stack.gatewayUrl, { key: key.key, from: FROM });
  const problem = expectProblem(answer, 503, 'switched_off');
  expect(problem.retryable).toBe(false);
  expect(answer.headers.get('Retry-After')).toBeNull();
  expect(problem.detail).toMatch(/switched this off until \d{4}-\d\d-\d\d \d\d:\d\d UTC\./);
  const said = `${answer.body.toString()} ${JSON.stringify([...answer.headers])}`;
  for (const secret of ['acme', 'grace', 'hopper', 'invoice', 'March', 'tenant']) {
    expect(said).not.toContain(secret);
  }
  const record = await stack.admin('GET', `/requests/${requestIdOf(answer)}`);
  expect(JSON.stringify(record)).toContain('"principal":"tenant:acme"');
  await liftSwitch(stack, 'tenant:acme');
});

test('a proof that was refused by a switch is spent', async () => {
  const token = stack.tokenOf('mallory');
  await putSwitch(stack, 'user:mallory');
  const headers = await stack.honest(await stack.challengeFor(token), token);
  expect((await stack.send(headers)).status).toBe(503);
  await liftSwitch(stack, 'user:mallory');
  expect((await stack.send(headers)).status).toBe(403);
});
