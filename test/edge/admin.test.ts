// The operator's API, as contracted: what it shows, what it changes, and that nobody without the
// token sees or changes anything. Bodies are read as strictly as a caller's. If this breaks, a
// stranger sets budgets or reads who called.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chatBody, postChat } from '../support/chat.ts';
import { callByWire } from '../support/leaving.ts';
import { like, someNumber } from '../support/like.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let keyId: string;
let principal: string;
let path: string;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  ({ key, id: keyId, principal } = await stack.makeKey());
  path = `/principals/${encodeURIComponent(principal)}`;
});

afterAll(() => stack.close());

const ask = (
  method: string,
  where: string,
  body?: string,
  headers: Readonly<Record<string, string>> = { Authorization: `Bearer ${stack.adminToken}` },
): Promise<Response> =>
  fetch(`${stack.gatewayUrl}/_weighbridge/admin${where}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });

describe('a principal', () => {
  const counter = {
    name: like(/^(nanoUsd|requests|concurrentCalls)-(day|month|now)$/),
    scope: 'key',
    window: like(/^(day|month|now)$/),
    unit: like(/^(nanoUsd|requests|concurrentCalls)$/),
    used: someNumber(),
    held: someNumber(),
    cap: someNumber(),
    overridden: false,
  };

  test('shows its counters, holds and switches while a call is open, and after it', async () => {
    await stack.script({ firstChunkDelayMs: 60_000, times: 1 });
    const wire = await callByWire(stack.gatewayUrl, { key }, chatBody());
    await poll('the call is open', async () => (await stack.ledger()).openStreams === 1);
    const open = await stack.principal(principal);
    expect(open).toEqual({
      principal,
      counters: open.counters,
      holds: [
        {
          id: like(/^[0-9a-z]{7}_[\w-]{22}\.[\w-]+$/),
          amountNanoUsd: someNumber(),
          expiresAt: like(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        },
      ],
      switches: [],
    });
    expect(open.counters).toHaveLength(5);
    for (const one of open.counters) {
      const resetsAt = one.name.endsWith('-now') ? null : like(/T00:00:00.000Z$/);
      expect(one).toEqual({ ...counter, resetsAt });
    }
    const held = open.holds[0]?.amountNanoUsd;
    expect(open.counters.find(({ name }) => name === 'nanoUsd-day')).toMatchObject({
      held,
      used: 0,
    });
    expect(open.counters.find(({ name }) => name === 'concurrentCalls-now')?.held).toBe(1);
    wire.leave('RST');
    await poll(
      'nothing is held',
      async () => (await stack.principal(principal)).holds.length === 0,
    );
  });

  test('that nobody has heard of has empty counters and the caps of the policy', async () => {
    for (const name of ['device:nobody', 'ip:203.0.113.250', 'ip:2001:db8:9::/64']) {
      const { counters } = await stack.principal(name);
      expect(counters.every(({ used, held, cap }) => used + held === 0 && cap > 0)).toBe(true);
    }
  });

  test.each([
    'somebody',
    'root:x',
    'key:',
    'key:a b',
    `key:${'x'.repeat(200)}`,
    "ip:'; DROP TABLE",
    // Not a user's id but a name: no call is ever charged there, and a cap would hold nobody.
    'user:team/ada',
    'user:a~b',
  ])('is not written %j', async (name) => {
    const where = `/principals/${encodeURIComponent(name)}`;
    expectProblem(await heard(await ask('GET', where)), 400, 'request_invalid');
  });
});

describe('budgets', () => {
  const good = { window: 'day', unit: 'nanoUsd', cap: 5 };

  test('PUT answers with the cap that now stands', async () => {
    const response = await ask('PUT', `${path}/budgets`, JSON.stringify(good));
    expect([response.status, await response.json()]).toEqual([
      200,
      { principal, ...good, overridden: true },
    ]);
  });

  const BAD: readonly (readonly [string, string, number, string])[] = [
    ['no JSON', 'cap=5', 400, 'body_not_json'],
    ['a key twice', '{"cap":1,"cap":2,"window":"day","unit":"nanoUsd"}', 400, 'body_not_json'],
    ['__proto__', '{"__proto__":{"cap":1}}', 400, 'body_not_json'],
    ['nothing', '', 422, 'request_invalid'],
    ['a list', '[]', 422, 'request_invalid'],
    ['no cap', JSON.stringify({ ...good, cap: undefined }), 422, 'request_invalid'],
    ['a negative cap', JSON.stringify({ ...good, cap: -1 }), 422, 'request_invalid'],
    ['a fraction', JSON.stringify({ ...good, cap: 0.5 }), 422, 'request_invalid'],
    ['a text', JSON.stringify({ ...good, cap: '5' }), 422, 'request_invalid'],
    ['2^53', '{"window":"day","unit":"nanoUsd","cap":9007199254740992}', 400, 'body_not_json'],
    ['an unknown window', JSON.stringify({ ...good, window: 'year' }), 422, 'request_invalid'],
    ['an unknown unit', JSON.stringify({ ...good, unit: 'usd' }), 422, 'request_invalid'],
    ['another member', JSON.stringify({ ...good, principal: 'key:x' }), 422, 'request_invalid'],
    ['no such counter', JSON.stringify({ ...good, window: 'now' }), 400, 'request_invalid'],
    ['9 KB', JSON.stringify({ ...good, pad: 'x'.repeat(9_000) }), 413, 'body_too_large'],
  ];

  test.each(BAD)('PUT refuses %s and changes nothing', async (_name, body, status, code) => {
    const before = await stack.principal(principal);
    expectProblem(await heard(await ask('PUT', `${path}/budgets`, body)), status, code);
    expect(await stack.principal(principal)).toEqual(before);
  });

  test('DELETE refuses what names no counter', async () => {
    for (const body of ['{}', '{"window":"day"}', '{"window":"day","unit":"nanoUsd","all":true}']) {
      expect((await ask('DELETE', `${path}/budgets`, body)).status).toBe(422);
    }
    expect((await ask('DELETE', `${path}/budgets?window=day`)).status).toBe(422);
  });
});

describe('keys', () => {
  test('are shown once, with the principal they are charged as', async () => {
    const response = await ask('POST', '/keys', '{"name":"shop backend","plan":"team"}');
    const made = (await response.json()) as { id: string; key: string; principal: string };
    expect(response.status).toBe(201);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(made.principal).toBe(`key:${made.id}`);
    expect(made.key).toMatch(/^wb_[0-9a-z]{12}\.[\w-]{43}\.[\w-]{22}$/);
    expect((await postChat(stack, made.key)).status).toBe(200);
    expect(JSON.stringify(await stack.principal(made.principal))).not.toContain(made.key);
  });

  test.each([
    '{}',
    '{"name":""}',
    '{"name":5}',
    '{"name":"a","scopes":["*"]}',
    `{"name":"${'x'.repeat(200)}"}`,
  ])('are not made from %s', async (body) => {
    expect((await ask('POST', '/keys', body)).status).toBe(422);
  });

  test('DELETE revokes one by id or by principal; the second time too; an unknown one is a 404', async () => {
    const second = await stack.makeKey();
    expect(await (await ask('DELETE', `/keys/${keyId}`)).json()).toEqual({
      id: keyId,
      revoked: true,
    });
    expect((await ask('DELETE', `/keys/${keyId}`)).status).toBe(200);
    expect((await ask('DELETE', `/keys/${encodeURIComponent(second.principal)}`)).status).toBe(200);
    for (const one of [key, second.key]) expect((await postChat(stack, one)).status).toBe(401);
    for (const id of ['000000000000', 'x', '../keys', 'KEY']) {
      const response = await ask('DELETE', `/keys/${encodeURIComponent(id)}`);
      expectProblem(await heard(response), 404, 'not_found');
    }
  });
});
