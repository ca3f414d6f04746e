// Users by their session cookie, through the real stack and a real server of their app that answers
// signed questions only. If this breaks, a logout means nothing, a page elsewhere spends its
// visitor's budget, or a flood of junk cookies here is a flood at the app.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LOCAL_IP, spentOf, upstreamRequests } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { LISTED, SESSION_ASKS, SESSION_CACHE_SECONDS } from '../support/session-policy.ts';
import { type SessionStack, startSessionStack } from '../support/session-stack.ts';

let stack: SessionStack;
let name = '';
let users = 0;

beforeAll(async () => {
  stack = await startSessionStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  stack.accounts.misbehave = null;
  users += 1;
  name = `user-${String(users)}`;
  stack.accounts.sessions.set(`good-${name}`, { active: true, user: name });
  stack.accounts.asked.length = 0;
});

afterAll(() => stack.close());

const own = (): Record<string, string> => stack.cookie(`good-${name}`);

describe('a user who is signed in', () => {
  test('is served, and charged as a user and at the address', async () => {
    const before = await spentOf(stack, LOCAL_IP);
    const response = await stack.call(own());
    expect(response.status).toBe(200);
    await response.text();
    const spent = await spentOf(stack, `user:${name}`);
    expect(spent.requests).toBe(1);
    expect(spent.nanoUsd).toBeGreaterThan(0);
    expect((await spentOf(stack, LOCAL_IP)).nanoUsd - before.nanoUsd).toBe(spent.nanoUsd);
    const [question] = stack.accounts.asked;
    expect(JSON.parse(question?.body ?? '')).toEqual({ cookie: `good-${name}` });
    expect(question?.url).toBe('/auth/session');
  });

  test('is refused when the budget is used up, by whatever session', async () => {
    await stack.setCap(`user:${name}`, 'day', 'nanoUsd', 0);
    expectProblem(await heard(await stack.call(own())), 402, 'over_budget');
    stack.accounts.sessions.set(`other-${name}`, { active: true, user: name });
    const other = await stack.call(stack.cookie(`other-${name}`));
    expectProblem(await heard(other), 402, 'over_budget');
  });

  test('is nobody at the latest a second after the logout', async () => {
    expect((await stack.call(own())).status).toBe(200);
    stack.accounts.sessions.delete(`good-${name}`);
    const startedAtMs = Date.now();
    await poll('the logout', async () => {
      const before = await spentOf(stack, `user:${name}`);
      const response = await stack.call(own());
      await response.text();
      const after = await spentOf(stack, `user:${name}`);
      // Between the challenge and the call it may be taken back too.
      if (response.status !== 200) expect(response.status).toBe(403);
      return response.status === 200 && after.requests === before.requests;
    });
    expect(Date.now() - startedAtMs).toBeLessThan(SESSION_CACHE_SECONDS * 1_000 + 1_500);
  });

  test('is not whom a sibling host names by a cookie whose `__Host-` no browser looked at', async () => {
    // Browsers check the names that begin so; a blank of UTF-8 in front of it is part of a name.
    for (const blank of ['\u00a0', '\u2003', '\ufeff']) {
      const tossed = Buffer.from(`${blank}__Host-sid=good-${name}`).toString('latin1');
      for (const cookie of [tossed, `${String(own()['Cookie'])}; ${tossed}`]) {
        const answer = await stack.ask({ Cookie: cookie, Origin: stack.gatewayUrl });
        expectProblem(await heard(answer), 403, 'session_refused');
      }
      expect(stack.accounts.asked).toEqual([]);
    }
  });

  test('on a page of a listed origin may read the answers, and on no other', async () => {
    const listed = { ...own(), Origin: LISTED };
    const response = await stack.call(listed);
    expect(response.status).toBe(200);
    expect(response.headers.get('Access-Control-Allow-Credentials')).toBe('true');
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(LISTED);
    const preflight = await fetch(`${stack.gatewayUrl}/api/chat`, {
      method: 'OPTIONS',
      headers: { Origin: LISTED, 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.headers.get('Access-Control-Allow-Credentials')).toBe('true');
    const elsewhere = await stack.ask({ ...own(), Origin: 'https://evil.example' });
    expect(elsewhere.headers.get('Access-Control-Allow-Credentials')).toBeNull();
    expectProblem(await heard(elsewhere), 403, 'session_refused');
  });
});

describe('a page elsewhere', () => {
  test.each<Record<string, string>>([
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    {},
  ])(
    'that shows its visitor’s cookie with %j is refused, and the app is not asked',
    async (from) => {
      const { Origin: _origin, ...bare } = own();
      expectProblem(await heard(await stack.call({ ...bare, ...from })), 403, 'session_refused');
      expect(stack.accounts.asked).toEqual([]);
      expect(await upstreamRequests(stack)).toEqual([]);
      expect((await spentOf(stack, `user:${name}`)).requests).toBe(0);
    },
  );
});

describe('an app that does not answer', () => {
  test('leaves who shows a cookie unserved, and others as they are', async () => {
    stack.accounts.misbehave = (response) => void response.destroy();
    const refused = await stack.call(own());
    expect(refused.headers.get('Retry-After')).toBe('2');
    const problem = expectProblem(await heard(refused), 503, 'identity_unreachable');
    expect(problem.retryable).toBe(true);
    expect(await upstreamRequests(stack)).toEqual([]);
    expect((await stack.call({})).status).toBe(200);
    stack.accounts.misbehave = null;
    expect((await stack.call(own())).status).toBe(200);
  });

  test('is waited for two seconds', async () => {
    stack.accounts.misbehave = () => undefined;
    const startedAtMs = Date.now();
    expectProblem(await heard(await stack.call(own())), 503, 'identity_unreachable');
    expect(Date.now() - startedAtMs).toBeLessThan(4_000);
  });

  test('but sends us elsewhere is not followed', async () => {
    stack.accounts.misbehave = (response) =>
      void response.writeHead(307, { Location: '/elsewhere' }).end();
    expectProblem(await heard(await stack.call(own())), 503, 'identity_unreachable');
    expect(stack.accounts.asked.map(({ url }) => url)).toEqual(['/auth/session']);
  });
});

describe('a flood of junk cookies', () => {
  test('is no more questions than an address has, and drives nobody out', async () => {
    expect((await stack.call(own())).status).toBe(200);
    const startedAtMs = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, n) => stack.ask(stack.cookie(`junk-${String(n)}`))),
    );
    const seconds = (Date.now() - startedAtMs) / 1_000;
    const most = SESSION_ASKS.atOnce + Math.ceil(seconds * SESSION_ASKS.perSecond) + 1;
    const junk = stack.accounts.asked.filter(({ body }) => body.includes('junk'));
    expect(junk.length).toBeLessThanOrEqual(most);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(300 - junk.length);
    const [one] = refused;
    expect(Number(one?.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await stack.call(own())).status).toBe(200);
  });
});
