// What an app's own server hears of a call, and what of its answer the caller gets. What breaks if
// this fails: a caller writes its own grant or address, a key of ours leaks, or a cookie is lost.

import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decisionOf, requestIdOf } from '../support/chat.ts';
import {
  type Asked,
  type OriginStack,
  type OwnOrigin,
  postTo,
  startOriginStack,
  uiBody,
} from '../support/own-origin.ts';
import { digestOf } from '../support/lock-stack.ts';
import type { TestStack } from '../support/stack.ts';

let origins: OriginStack;
let stack: TestStack;
let own: OwnOrigin;
let key: string;

beforeAll(async () => {
  origins = await startOriginStack();
  ({ stack, own } = origins);
});
beforeEach(async () => {
  await stack.resetEmulator();
  own.asked.length = 0;
  ({ key } = await stack.makeKey());
});
afterAll(() => origins?.close());

const only = (): Asked => {
  expect(own.asked).toHaveLength(1);
  const [asked] = own.asked;
  if (asked === undefined) throw new Error('nobody asked');
  return asked;
};

/** With headers that fetch would not send. */
const post = (path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      `${stack.gatewayUrl}${path}`,
      {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${key}`,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(uiBody()),
          ...headers,
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(uiBody());
  });

test('no header of a caller reaches the origin that it could take for ours', async () => {
  own.answer = (_asked, response) => void response.writeHead(404).end();
  const forged = {
    'Weighbridge-Grant': 'mine',
    weighbridge_grant: 'mine',
    'Weighbridge-Request-Id': 'mine',
    'Inference-Proof': 'mine',
    'CF-Connecting-IP': '203.0.113.7',
    'X-Forwarded-For': '203.0.113.7',
    'X-Real-IP': '203.0.113.7',
    Forwarded: 'for=203.0.113.7',
    'True-Client-IP': '203.0.113.7',
    'Content-Digest': 'sha-256=:AAAA:',
    Signature: 'mine=:AAAA:',
    'Signature-Input': 'mine=()',
    Connection: 'close, x-of-this-hop',
    'X-Of-This-Hop': 'mine',
    TE: 'trailers',
  };
  expect(await post('/api/own?a=1&b=%2F', { ...forged, 'X-App': 'kept', Cookie: 'a=1' })).toBe(404);
  const { request: heard, grant } = only();
  const values = Object.values(heard.headers).flat().join('\n');
  expect(values).not.toContain('mine');
  expect(values).not.toContain('203.0.113.7');
  expect(heard.headers['content-digest']).toBe(digestOf(only().body.toString()));
  const signed = /\(([^)]*)\)/.exec(String(heard.headers['signature-input']))?.[1]?.split(' ');
  const ours = Object.keys(heard.headers).filter((name) => /^weighbridge[-_]/.test(name));
  expect(ours).toContain('weighbridge-grant');
  expect(signed).toEqual(expect.arrayContaining(ours.map((name) => `"${name}"`)));
  expect(heard.headers).toMatchObject({ 'x-app': 'kept', cookie: 'a=1' });
  expect(heard.url).toBe('/api/own?a=1&b=%2F');
  expect(grant.split('.')).toHaveLength(3);
  expect(String(heard.headers['weighbridge-request-id'])).toMatch(/\.1-\d$/);
});

test('a key of ours is not told to the origin, and a token of the app is', async () => {
  own.answer = (_asked, response) => void response.writeHead(404).end();
  expect(await post('/api/own', { 'x-api-key': 'app-token' })).toBe(404);
  const { headers } = only().request;
  expect(headers.authorization).toBeUndefined();
  expect(JSON.stringify(headers)).not.toContain(key.slice(3));
  expect(headers['x-api-key']).toBe('app-token');
});

test('the body goes up as it was understood, without what nobody knows', async () => {
  own.answer = (_asked, response) => void response.writeHead(404).end();
  await postTo(stack, '/api/own', key, { body: `${uiBody()}  ` });
  const up = only().body.toString();
  expect(JSON.parse(up)).toEqual(JSON.parse(uiBody()));
  expect(up).toBe(up.trim());
  const unknown = JSON.stringify({ ...(JSON.parse(uiBody()) as object), model: 'gpt-5' });
  const refused = await postTo(stack, '/api/own', key, { body: unknown });
  expect(refused.status).toBe(422);
  expect(own.asked).toHaveLength(1);
});

test('an answer passes with its status, cookies and headers, except for what is ours', async () => {
  own.answer = (_asked, response) => {
    response.writeHead(401, {
      'Set-Cookie': ['a=1; Path=/', 'b=2; Path=/'],
      'Content-Type': 'text/html; charset=utf-8',
      'WWW-Authenticate': 'Bearer realm="app"',
      'X-App': 'kept',
      'Weighbridge-Cost-NanoUsd': '0',
      'Inference-Proof-Next': 'forged',
      'RateLimit-Policy': 'forged',
      'Access-Control-Allow-Origin': '*',
    });
    response.end('<p>Sign in</p>');
  };
  const response = await postTo(stack, '/api/own', key);
  expect(response.status).toBe(401);
  expect(await response.text()).toBe('<p>Sign in</p>');
  const { headers } = response;
  expect(headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/']);
  expect(headers.get('www-authenticate')).toBe('Bearer realm="app"');
  expect(headers.get('x-app')).toBe('kept');
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  for (const name of [
    'weighbridge-cost-nanousd',
    'inference-proof-next',
    'access-control-allow-origin',
  ]) {
    expect(headers.get(name), name).toBeNull();
  }
  expect(headers.get('ratelimit-policy')).not.toBe('forged');
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(0);
});

test('a redirect is an answer: it passes, and nobody follows it with a grant', async () => {
  own.answer = (_asked, response) =>
    void response.writeHead(307, { Location: `${stack.emulatorUrl}/elsewhere` }).end();
  const response = await postTo(stack, '/api/own', key);
  expect([response.status, response.headers.get('location')]).toEqual([
    307,
    `${stack.emulatorUrl}/elsewhere`,
  ]);
  expect(own.asked).toHaveLength(1);
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(0);
});

test.each([204, 304])('an answer of %i has no body and is no fault', async (status) => {
  own.answer = (_asked, response) => void response.writeHead(status).end();
  expect((await postTo(stack, '/api/own', key)).status).toBe(status);
});

test('an origin that is away is a 502 that costs the least of a run', async () => {
  const response = await postTo(stack, '/api/agent', key);
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({
    code: 'origin_unreachable',
    source: 'origin',
    title: 'The app could not be reached',
  });
  const record = await decisionOf(stack, requestIdOf(response));
  expect(record).toMatchObject({ ending: 'origin-unreachable', settledNanoUsd: 2_000_000 });
});

const turns = (...texts: readonly string[]): string =>
  JSON.stringify({
    messages: texts.map((text, at) => ({
      id: String(at),
      role: at % 2 === 0 ? 'user' : 'assistant',
      parts: [{ type: 'text', text }],
    })),
  });

test('a conversation at an app goes on from answers that were given, and no others', async () => {
  own.answer = (_asked, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const chunk of [
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Eleven ' },
      { type: 'text-delta', id: '0', delta: 'degrees.' },
      { type: 'text-end', id: '0' },
      { type: 'finish', messageMetadata: { usage: { inputTokens: 0, outputTokens: 0 } } },
    ]) {
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
    response.end('data: [DONE]\n\n');
  };
  const say = async (...texts: readonly string[]): Promise<number> => {
    const response = await postTo(stack, '/api/talk', key, { body: turns(...texts) });
    await response.text();
    if (response.ok) await decisionOf(stack, requestIdOf(response));
    return response.status;
  };
  expect(await say('How warm is it?')).toBe(200);
  expect(await say('How warm is it?', 'Eleven degrees.', 'Thanks')).toBe(200);
  expect(await say('How warm is it?', 'Twelve degrees.', 'Thanks')).toBe(403);
});
