// The operator's API of switches and of the audit: what it takes, what it shows, what it refuses,
// and that nobody without the token gets in. If this breaks, a stranger turns the service off, or
// an operator's typing mistake looks as if it had worked.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { like, someNumber } from '../support/like.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { liftSwitch, putSwitch } from '../support/switching.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

const SWITCHES = '/switches';
const GOOD = { principal: 'user:eve', action: 'off', reason: 'spends', author: 'ada' };
const TIME = like(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

const ask = (method: string, path: string, body?: unknown, token = stack.adminToken) =>
  fetch(`${stack.gatewayUrl}/_weighbridge/admin${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

const all = async (): Promise<readonly unknown[]> =>
  ((await stack.admin('GET', SWITCHES)) as { switches: unknown[] }).switches;

type Row = Readonly<Record<string, unknown>>;
const audit = (query = ''): Promise<{ audit: readonly Row[]; next: number | null }> =>
  stack.admin('GET', `/audit${query}`) as Promise<{ audit: Row[]; next: number | null }>;

test('nobody without the token reads or turns anything', async () => {
  for (const [method, path, body] of [
    ['GET', SWITCHES, undefined],
    ['PUT', SWITCHES, GOOD],
    ['DELETE', `${SWITCHES}?principal=global&author=x&reason=y`, undefined],
    ['GET', '/audit', undefined],
  ] as const) {
    for (const token of ['', 'wrong']) {
      const response = await ask(method, path, body, token);
      expectProblem(await heard(response), 401, 'admin_token_invalid');
    }
  }
  expect(await all()).toEqual([]);
});

test('PUT says what is on, since when, and how far it got; another one takes its place', async () => {
  const first = await putSwitch(stack, 'USER:eve', { ...GOOD, principal: 'USER:eve' });
  const shown = { ...GOOD, cut: false, createdAt: TIME, expiresAt: null };
  expect(first).toEqual({
    switch: shown,
    replaced: null,
    epoch: someNumber(),
    shards: 4,
    heard: 4,
    ms: someNumber(),
  });
  const second = await putSwitch(stack, 'user:eve', { cut: true, expiresInSeconds: 60 });
  expect(second.replaced).toEqual(first.switch);
  expect(second.epoch).toBeGreaterThan(first.epoch);
  expect(await all()).toEqual([second.switch]);
  expect(second.switch).toMatchObject({ cut: true, expiresAt: TIME });
  expect((await stack.principal('user:eve')) as unknown).toMatchObject({
    switches: [second.switch],
  });
  expect((await stack.principal('user:adam')) as unknown).toMatchObject({ switches: [] });
  const lifted = await liftSwitch(stack, 'user:eve');
  expect(lifted).toMatchObject({ switch: null, lifted: second.switch, shards: 4, heard: 4 });
  expect(await all()).toEqual([]);
});

test('an address shows the switch of its network too', async () => {
  await putSwitch(stack, 'ip:203.0.113.9/24');
  const view = (await stack.principal('ip:203.0.113.7')) as unknown;
  expect(view).toMatchObject({ switches: [{ principal: 'ip:203.0.113.0/24' }] });
  await liftSwitch(stack, 'ip:203.0.113.0/24');
});

test.each([
  ['nothing', '', 422],
  ['no JSON', 'off', 400],
  ['a key twice', '{"principal":"global","principal":"user:x"}', 400],
  ['no action', { ...GOOD, action: undefined }, 422],
  ['another action', { ...GOOD, action: 'on' }, 422],
  ['no reason', { ...GOOD, reason: undefined }, 422],
  ['an empty reason', { ...GOOD, reason: '  ' }, 422],
  ['a reason of 257 characters', { ...GOOD, reason: 'x'.repeat(257) }, 422],
  ['a reason that turns text round', { ...GOOD, reason: 'fine \u202e txt' }, 422],
  ['no author', { ...GOOD, author: undefined }, 422],
  ['an author of two lines', { ...GOOD, author: 'a\nb' }, 422],
  ['cut that is no boolean', { ...GOOD, cut: 'yes' }, 422],
  ['a downgrade that cuts', { ...GOOD, action: 'downgrade', cut: true }, 422],
  ['no time at all', { ...GOOD, expiresInSeconds: 0 }, 422],
  ['half a second', { ...GOOD, expiresInSeconds: 0.5 }, 422],
  ['more than a year', { ...GOOD, expiresInSeconds: 366 * 86_400 + 1 }, 422],
  ['a time of its own', { ...GOOD, createdAtMs: 1 }, 422],
  ['an unknown scope', { ...GOOD, principal: 'root:x' }, 422],
  ['no scope', { ...GOOD, principal: 'eve' }, 422],
  ['a network that no call is named by', { ...GOOD, principal: 'ip:10.0.0.0/8' }, 422],
  ['what is no address', { ...GOOD, principal: 'ip:1.2.3' }, 422],
  ['a whole API key', { ...GOOD, principal: `key:wb_${'a'.repeat(60)}` }, 422],
  ['a name of 5,000 characters', { ...GOOD, principal: `user:${'x'.repeat(5_000)}` }, 422],
])('PUT refuses %s and turns nothing', async (_name, body, status) => {
  const code = status === 400 ? 'body_not_json' : 'request_invalid';
  const response = await ask('PUT', SWITCHES, body);
  expectProblem(await heard(response), status, code);
  expect(await all()).toEqual([]);
});

test('DELETE takes a query or a body, wants who and why, and knows what is not there', async () => {
  await putSwitch(stack, 'global');
  expect((await ask('DELETE', `${SWITCHES}?principal=global`)).status).toBe(422);
  expect((await ask('DELETE', SWITCHES, { principal: 'global' })).status).toBe(422);
  const by = 'author=ada&reason=over';
  const none = await ask('DELETE', `${SWITCHES}?principal=user:nobody&${by}`);
  expectProblem(await heard(none), 404, 'not_found');
  expect(await all()).toHaveLength(1);
  expect((await ask('DELETE', `${SWITCHES}?principal=everything&${by}`)).status).toBe(200);
  expect(await all()).toEqual([]);
});

describe('the audit', () => {
  test('has who, why, when, before and after of every change, in pages', async () => {
    const { principal } = await stack.makeKey('audited');
    const { audit: rows } = await (async () => {
      await putSwitch(stack, principal, { author: 'ada', reason: 'first' });
      await putSwitch(stack, principal, { author: 'grace', reason: 'second', cut: true });
      await liftSwitch(stack, principal);
      return audit('?limit=3');
    })();
    const one = { subject: principal, at: TIME, id: someNumber() };
    expect(rows).toMatchObject([
      { ...one, kind: 'switch-deleted', author: 'ada', after: null, before: { cut: true } },
      {
        ...one,
        kind: 'switch-replaced',
        author: 'grace',
        before: { cut: false },
        after: { cut: true },
      },
      { ...one, kind: 'switch-put', author: 'ada', reason: 'first', before: null },
    ]);
    const { audit: first, next } = await audit('?limit=1');
    expect(first).toEqual(rows.slice(0, 1));
    expect((await audit(`?limit=2&before=${String(next)}`)).audit).toEqual(rows.slice(1));
  });

  test('has a budget that was overridden and taken back, with both figures', async () => {
    const { principal } = await stack.makeKey('audited');
    const cap = (await stack.counter(principal, 'nanoUsd-day')).cap;
    await stack.setCap(principal, 'day', 'nanoUsd', 5);
    await stack.dropCap(principal, 'day', 'nanoUsd');
    const { audit: rows } = await audit('?limit=2');
    const one = { kind: 'budget-changed', subject: principal, author: 'admin token' };
    expect(rows).toMatchObject([
      { ...one, before: { cap: 5 }, after: { cap } },
      { ...one, before: { cap }, after: { cap: 5 } },
    ]);
  });

  test.each(['?limit=0', '?limit=x', '?before=-1', '?limit=1.5', '?all=true', '?limit=1e3'])(
    'refuses %s',
    async (query) => {
      const response = await ask('GET', `/audit${query}`);
      expectProblem(await heard(response), 422, 'request_invalid');
    },
  );
});
