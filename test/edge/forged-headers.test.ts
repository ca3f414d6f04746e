// Headers by which a signed-in user could pass for somebody else, somewhere else: each call is
// decided, charged and sent on as it would be without them. If this breaks, a header buys a fresh
// purse, a paid plan, or another user's data at an app that believes the proxy before it.

import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prove } from '../support/anonymous.ts';
import { CHAT, decisionOf, LOCAL_IP, requestIdOf, spentOf } from '../support/chat.ts';
import { uiBody } from '../support/own-origin.ts';
import { type SessionStack, startSessionStack } from '../support/session-stack.ts';
import { firstChallenge } from '../support/user-stack.ts';

let stack: SessionStack;

beforeAll(async () => {
  stack = await startSessionStack();
  stack.accounts.sessions.set('good', { active: true, user: 'alice' });
});

/** Answers of one length each time. */
async function fresh(): Promise<void> {
  await stack.resetEmulator();
  await stack.script({ chunks: 1, chunkDelayMs: 0 });
  stack.own.asked.length = 0;
}

beforeEach(fresh);

afterAll(() => stack.close());

const FORGED: readonly (readonly [string, string])[] = [
  ['CF-Connecting-IP', '203.0.113.7'],
  ['CF-Connecting-IPv6', '2001:db8::7'],
  ['CF-Worker', 'forged.example'],
  ['CF-Access-Authenticated-User-Email', 'forged@app.example'],
  ['X-Forwarded-For', '203.0.113.7'],
  ['X-Forwarded-For', '203.0.113.7, 198.51.100.1, 10.0.0.1'],
  ['X-Forwarded-For', 'forged, ,,'],
  ['X-Forwarded-Host', 'forged.example'],
  ['X-Forwarded-Proto', 'forged'],
  ['X-Forwarded-Uri', '/forged'],
  ['X-Forwarded-User', 'forged'],
  ['X-Real-IP', '203.0.113.7'],
  ['True-Client-IP', '203.0.113.7'],
  ['X-Client-IP', '203.0.113.7'],
  ['X-Cluster-Client-IP', '203.0.113.7'],
  ['Fastly-Client-IP', '203.0.113.7'],
  ['Forwarded', 'for=203.0.113.7;host=forged.example'],
  ['X-Original-URL', '/forged'],
  ['X-Rewrite-URL', '/forged'],
  ['X-Middleware-Subrequest', 'forged:forged:forged:forged:forged'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-User', 'forged'],
  ['X-User-Id', 'forged'],
  ['X-User-Email', 'forged@app.example'],
  ['Remote-User', 'forged'],
  ['X-Remote-User', 'forged'],
  ['X-Auth-Request-User', 'forged'],
  ['X-Amzn-Oidc-Identity', 'forged'],
  ['X-Goog-Authenticated-User-Id', 'forged'],
  ['X-MS-Client-Principal-Id', 'forged'],
  ['Weighbridge-User', '"forged"'],
  ['Weighbridge-Plan', '"forged"'],
  ['Weighbridge-Caller', 'forged'],
  ['Weighbridge-Grant', 'forged'],
  ['weighbridge_user', '"forged"'],
  ['x_original_url', '/forged'],
];

/** A call of alice's with these headers, a name as often as it is there. */
async function call(
  path: string,
  body: string,
  forged: readonly (readonly [string, string])[],
): Promise<{ status: number; headers: Headers }> {
  const own = stack.cookie('good');
  const proof = await prove(await firstChallenge(await stack.ask(own, path)), body);
  const lists: Record<string, string | string[]> = { ...proof, ...own };
  for (const [name, value] of forged) lists[name] = [...(lists[name] ?? []), value];
  return new Promise((resolve, reject) => {
    const sent = request(
      `${stack.gatewayUrl}${path}`,
      { method: 'POST', headers: { ...lists, 'Content-Length': Buffer.byteLength(body) } },
      (response) => {
        response.resume();
        response.on('end', () => {
          const headers = new Headers({
            'Weighbridge-Request-Id': String(response.headers['weighbridge-request-id']),
          });
          resolve({ status: response.statusCode ?? 0, headers });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'hello' }],
  max_tokens: 16,
});

/** What was decided of it, about whom, and what it cost whom. */
async function decided(forged: readonly (readonly [string, string])[]): Promise<object> {
  const counted = (): Promise<{ requests: number }[]> =>
    Promise.all(['user:alice', LOCAL_IP].map((name) => spentOf(stack, name)));
  const before = await counted();
  const answer = await call(CHAT, BODY, forged);
  const record = await decisionOf(stack, requestIdOf(answer));
  const after = await counted();
  const { decision, route, principal, ip, gates, settledNanoUsd } = record;
  const charged = after.map(({ requests }, at) => requests - (before[at]?.requests ?? 0));
  const verdicts = gates.map(({ gate, verdict }) => `${gate} ${verdict}`);
  return {
    status: answer.status,
    decision,
    route,
    principal,
    ip,
    verdicts,
    settledNanoUsd,
    charged,
  };
}

describe('a header that a caller could forge', () => {
  let usual: object;

  beforeAll(async () => {
    await fresh();
    usual = await decided([]);
  });

  test('is not needed: without it alice is served, and charged with her address', () => {
    expect(usual).toMatchObject({ status: 200, principal: 'user:alice', charged: [1, 1] });
  });

  test.each(FORGED)('changes nothing: %s: %s', async (name, value) => {
    expect(await decided([[name, value]])).toEqual(usual);
  });

  test('changes nothing among all the others, each twice', async () => {
    expect(await decided([...FORGED, ...FORGED])).toEqual(usual);
  });

  test('does not reach a server of the app, which hears who calls from us', async () => {
    stack.own.answer = (_asked, response) => void response.writeHead(404).end();
    const answer = await call('/api/own', uiBody(), [...FORGED, ['X-App', 'kept']]);
    expect(answer.status).toBe(404);
    const [asked] = stack.own.asked;
    const heard = Object.entries(asked?.request.headers ?? {});
    expect(heard.filter(([, value]) => /forged|203\.0\.113|2001:db8/.test(String(value)))).toEqual(
      [],
    );
    expect(heard.filter(([name]) => /override|_/.test(name))).toEqual([]);
    expect(Object.fromEntries(heard)).toMatchObject({
      'x-app': 'kept',
      'weighbridge-user': '"alice"',
      'weighbridge-caller': 'user',
    });
    expect(asked?.request.url).toBe('/api/own');
  });
});
