// The challenge endpoint: strict about what it is asked, generous to whoever asks, and stateless.
// If asking cost anything, or stored anything, it would be the place to wear the gateway out.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import { CHAT, chatBody, LOCAL_IP } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { expectUntouched } from '../support/untouched.ts';

const PATH = '/.well-known/inference-proof/challenge';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

const post = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${PATH}`, { method: 'POST', headers, body });

const wish = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ method: 'POST', path: CHAT, ...more });

async function challengesFor(body: string): Promise<ReturnType<typeof readChallenge>[]> {
  const response = await post(body);
  expect(response.status).toBe(200);
  const { challenges } = (await response.json()) as { challenges: string[] };
  return challenges.map(readChallenge);
}

describe('what is not a wish', () => {
  const BAD: readonly (readonly [string, string, number, string])[] = [
    ['nothing', '', 400, 'body_not_json'],
    ['a word', 'hello', 400, 'body_not_json'],
    ['a key twice', `{"path":"${CHAT}","path":"${CHAT}","method":"POST"}`, 400, 'body_not_json'],
    ['__proto__', '{"__proto__":{}}', 400, 'body_not_json'],
    ['deep nesting', '['.repeat(2_000), 400, 'body_not_json'],
    ['5 KB', wish({ model: 'x'.repeat(5_000) }), 413, 'body_too_large'],
    ['a list', '[]', 422, 'request_invalid'],
    ['no path', '{"method":"POST"}', 422, 'request_invalid'],
    ['an unknown member', wish({ difficulty: 1 }), 422, 'request_invalid'],
    ['a price of its own', wish({ costNanoUsdMax: 1 }), 422, 'request_invalid'],
    ['a principal of its own', wish({ principal: 'key:x' }), 422, 'request_invalid'],
    ['four at once', wish({ count: 4 }), 422, 'request_invalid'],
    ['none', wish({ count: 0 }), 422, 'request_invalid'],
    ['half a challenge', wish({ count: 1.5 }), 422, 'request_invalid'],
    ['a thumbprint that is none', wish({ jkt: 'short' }), 422, 'request_invalid'],
    ['an empty thumbprint', wish({ jkt: '' }), 422, 'request_invalid'],
    ['a negative length', wish({ bodyBytes: -1 }), 422, 'request_invalid'],
    ['an absurd length', wish({ bodyBytes: 1e12 }), 422, 'request_invalid'],
    ['a path that is not protected', wish({ path: '/v1/models' }), 404, 'not_found'],
    ['another spelling of one', wish({ path: `${CHAT}/` }), 404, 'not_found'],
    ['another method', wish({ method: 'GET' }), 404, 'not_found'],
  ];

  test.each(BAD)('refuses %s', async (_name, body, status, code) => {
    expectProblem(await heard(await post(body)), status, code);
  });

  test('refuses a key that is not one, and a method that is not POST', async () => {
    const forged = await post(wish(), { Authorization: 'Bearer wb_forged' });
    expectProblem(await heard(forged), 401, 'api_key_invalid');
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${stack.gatewayUrl}${PATH}`, { method });
      expectProblem(await heard(response), 404, 'path_unknown');
    }
  });
});

describe('what is issued', () => {
  test('is one challenge unless more are asked for, at most three, never the same twice', async () => {
    expect(await challengesFor(wish())).toHaveLength(1);
    const three = await challengesFor(wish({ count: 3 }));
    const nonces = new Set(three.map(({ nonce }) => Buffer.from(nonce).toString('hex')));
    expect(nonces.size).toBe(3);
  });

  test('costs more for a longer body, a dearer model and a dearer route', async () => {
    const price = async (more: object): Promise<number> => {
      const [challenge] = await challengesFor(JSON.stringify({ ...JSON.parse(wish()), ...more }));
      return challenge?.costNanoUsdMax ?? Number.NaN;
    };
    const usual = await price({});
    expect(await price({ bodyBytes: 200_000 })).toBeGreaterThan(usual);
    expect(await price({ model: 'gpt-4o' })).toBeGreaterThan(usual);
    expect(await price({ path: '/api/chat' })).toBeLessThan(usual);
    // A model nobody offers is priced as the first one; the call itself will be refused.
    expect(await price({ model: 'gpt-9' })).toBe(usual);
  });

  test('is not cacheable and names how long it lives', async () => {
    const response = await post(wish());
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const { expiresInSeconds } = (await response.json()) as { expiresInSeconds: number };
    expect(expiresInSeconds).toBe(90);
  });

  test('names the device only if one was named, and pays for the whole route', async () => {
    const { jkt } = await makeDevice();
    const [bound] = await challengesFor(wish({ jkt }));
    const [free] = await challengesFor(wish());
    expect([bound?.jkt, free?.jkt]).toEqual([jkt, '']);
    expect(bound?.realm).toBe('weighbridge.local');
    expect(bound?.route).toBe('chat-completions');
  });

  test('is free: a thousand of them touch no counter, no provider and no ledger row', async () => {
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => post(wish({ count: 3 }))),
      );
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      await Promise.all(answers.map((answer) => answer.text()));
    }
    await expectUntouched(stack, [LOCAL_IP]);
  });

  test('all three of one wish buy a call each', async () => {
    const device = await makeDevice();
    const response = await post(wish({ count: 3, jkt: device.jkt }));
    const { challenges } = (await response.json()) as { challenges: string[] };
    await stack.script({ chunks: 1, chunkDelayMs: 0 });
    for (const wire of challenges) {
      const body = chatBody();
      const headers = await prove(wire, body, device);
      const answer = await fetch(`${stack.gatewayUrl}${CHAT}`, { method: 'POST', headers, body });
      expect(answer.status).toBe(200);
    }
  });
});
