// Requests that are wrong before their body is read: method, path, headers. The gateway's own
// refusals are problem documents; the runtime refuses some before any Worker hears of them, and
// what it says then is written down here. Nothing reaches a provider, nothing is charged.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHAT, chatBody, LOCAL_IP } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { expectProblem } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { expectUntouched } from '../support/untouched.ts';
import { openWire, requestBytes, type Wire, type WireAnswer } from '../support/wire.ts';

let stack: TestStack;
let key: string;
let principal: string;
let usual: Record<string, string>;

beforeAll(async () => {
  stack = await startStack();
  ({ key, principal } = await stack.makeKey());
  usual = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
});

afterAll(() => stack.close());

const untouched = (): Promise<void> => expectUntouched(stack, [principal, LOCAL_IP]);

async function open(bytes: Buffer, headOnly = false): Promise<Wire> {
  const wire = await openWire(stack.gatewayUrl, { headOnly });
  wire.send(bytes);
  return wire;
}

const ask = async (bytes: Buffer, headOnly = false): Promise<WireAnswer> =>
  (await open(bytes, headOnly)).answer();

describe('methods', () => {
  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS'])(
    'refuses %s and names what the path answers',
    async (method) => {
      const overrides = { 'X-HTTP-Method-Override': 'POST', 'X-Method-Override': 'POST' };
      const body = method === 'GET' ? '' : chatBody();
      const answer = await ask(requestBytes(`${method} ${CHAT}`, { ...usual, ...overrides }, body));
      expectProblem(answer, 405, 'method_not_allowed');
      expect(answer.headers.get('Allow')).toBe('POST, OPTIONS');
      await untouched();
    },
  );

  test('refuses HEAD with the headers of the refusal and no body', async () => {
    const answer = await ask(requestBytes(`HEAD ${CHAT}`, usual), true);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('POST, OPTIONS');
    expect(answer.headers.get('Weighbridge-Request-Id')).not.toBeNull();
    await untouched();
  });

  // workerd knows methods by their exact name and refuses any other by itself, with a 501.
  test.each(['post', 'Post', 'BREW'])('%s is no method: the runtime refuses it', async (method) => {
    const answer = await ask(requestBytes(`${method} ${CHAT}`, usual, chatBody()));
    expect([answer.status, answer.body.toString()]).toEqual([
      501,
      'ERROR: Unrecognized request method.',
    ]);
    await untouched();
  });

  test('CONNECT opens no tunnel', async () => {
    const answer = await ask(requestBytes('CONNECT 127.0.0.1:80', usual));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    await untouched();
  });
});

describe('paths', () => {
  test.each([
    '/v1//chat/completions',
    '//v1/chat/completions',
    '/V1/chat/completions',
    '/v1/chat/Completions',
    '/v1/chat/completions/',
    '/v1/./chat/completions',
    '/v1/chat/completions/.',
    '/v1/chat/completions.',
    '/x/../v1/chat/completions',
    '/x/%2e%2e/v1/chat/completions',
    '/x/%252e%252e/v1/chat/completions',
    '/v1/%63hat/completions',
    '/v1/%2563hat/completions',
    '/v1%2fchat%2Fcompletions',
    '/v1\\chat\\completions',
    '/v1/chat/completions;a=b',
    '/v1/chat/completions%00',
    '/v1/chat/completions%20',
    '/v1/chat/completions%09',
    '/v1/chat/completions%3Fx=1',
    '/v1/chat/completions%23x',
    '/v1/ch%EF%BD%81t/completions',
    '/%zz',
  ])('refuses %s: a guard that reads a path differently is no guard', async (path) => {
    expectProblem(
      await ask(requestBytes(`POST ${path}`, usual, chatBody())),
      400,
      'path_ambiguous',
    );
    await untouched();
  });

  test.each([
    '/v2/chat/completions',
    '/v1/chat',
    '/v1/models',
    '/.env',
    '/v1/chat/completions.json',
  ])('serves nothing at %s', async (path) => {
    expectProblem(await ask(requestBytes(`POST ${path}`, usual, chatBody())), 404, 'path_unknown');
    await untouched();
  });
});

describe('headers', () => {
  test.each([20_000, 70_000, 200_000])('refuses %i bytes of headers', async (bytes) => {
    const headers = { ...usual, 'X-Big': 'a'.repeat(bytes) };
    const answer = await ask(requestBytes(`POST ${CHAT}`, headers, chatBody()));
    expectProblem(answer, 431, 'headers_too_large');
    await untouched();
  });

  test('refuses 300 headers that are large only together', async () => {
    const many = Array.from({ length: 300 }, (_, index) => [`X-${String(index)}`, 'v'.repeat(60)]);
    const headers = { ...usual, ...(Object.fromEntries(many) as Record<string, string>) };
    const answer = await ask(requestBytes(`POST ${CHAT}`, headers, chatBody()));
    expectProblem(answer, 431, 'headers_too_large');
    await untouched();
  });

  // workerd stops reading headers somewhere below 1 MB, says 431 in plain text and hangs up;
  // whether the words survive the hanging up is a race.
  test('1 MB of headers is refused by the runtime', async () => {
    const headers = { ...usual, 'X-Big': 'a'.repeat(1_000_000) };
    const wire = await open(requestBytes(`POST ${CHAT}`, headers, chatBody()));
    await poll('the runtime has hung up or answered', () => wire.closed() || wire.view() !== null);
    expect(wire.view()?.status ?? 431).toBe(431);
    await untouched();
  });

  test('refuses a body without a content type', async () => {
    const headers = { Authorization: `Bearer ${key}` };
    const answer = await ask(requestBytes(`POST ${CHAT}`, headers, chatBody()));
    expectProblem(answer, 415, 'body_type_unsupported');
    await untouched();
  });
});
