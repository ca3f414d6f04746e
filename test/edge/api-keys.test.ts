// API keys with terms of their own, through the whole stack: plans, routes, budgets, and what the
// operator sees of them. What breaks if this fails: a key for one route calls them all, or a thief
// writes a better plan into it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { type KeyDesk, keyDesk, type Shown } from '../support/api-keys.ts';
import { CHAT, decisionOf, MODEL, postChat, requestIdOf } from '../support/chat.ts';
import { like } from '../support/like.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let desk: KeyDesk;
beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/keys-policy.ts') });
  desk = keyDesk(stack);
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
});
afterAll(() => stack.close());

describe('a key that was made for some routes', () => {
  const EMBED = { model: 'text-embedding-3-small', input: 'hello' };

  test('is refused on every other, and nothing goes up', async () => {
    const { key, principal } = await desk.make({ routes: ['chat-completions'] });
    expect(await desk.call(key)).toBe(200);
    const before = await desk.forwarded();
    await desk.refused(
      await desk.post(key, '/v1/embeddings', EMBED),
      403,
      'key_scope',
      '"kind":"key-scope"',
    );
    const { used, held } = await stack.counter(principal, 'requests-day');
    expect([used, held, await desk.forwarded()]).toEqual([1, 0, before]);
    const free = await desk.make();
    expect((await desk.post(free.key, '/v1/embeddings', EMBED)).status).toBe(200);
  });

  test('is not freed by another secret, nor by an edit of its id', async () => {
    const { id, key } = await desk.make({ routes: ['embeddings'] });
    const next = await desk.rotate(id);
    await desk.refused(await postChat(stack, next.key), 403, 'key_scope', '"kind":"key-scope"');
    const edited = key.replace('server-0-0-r-', '');
    expect(edited).not.toBe(key);
    await desk.refused(await postChat(stack, edited), 401, 'api_key_invalid', '"reason":"forged"');
  });
});

describe('the plan of a key', () => {
  test('is in its id, and cannot be edited', async () => {
    const { id, key } = await desk.make({ plan: 'free', tenant: 'acme' });
    expect(id).toMatch(/^acme~free~[0-9a-z]{12}$/);
    expect(await desk.call(key)).toBe(200);
    for (const plan of ['acme~pro~', 'acme~', '~free~', '~pro~']) {
      const edited = key.replace('acme~free~', plan);
      await desk.refused(
        await postChat(stack, edited),
        401,
        'api_key_invalid',
        '"reason":"forged"',
      );
    }
    expect(await desk.look(id)).toMatchObject({ plan: 'free', tenant: 'acme' });
    expect(await desk.look((await desk.make()).id)).toMatchObject({ plan: null, tenant: null });
  });
});

describe('budgets of a key', () => {
  test('bind from its first call on, beside those of every key', async () => {
    const budgets = [
      { window: 'day', usd: '0.000001' },
      { window: 'now', unit: 'concurrentCalls', cap: 1 },
    ];
    const { id, key, principal } = await desk.make({ budgets });
    expect((await stack.counter(principal, 'nanoUsd-day')).cap).toBe(1_000);
    expectProblem(await heard(await postChat(stack, key)), 402, 'over_budget');
    expect((await desk.look(id)).budgets).toEqual([
      { name: 'nanoUsd-day', window: 'day', unit: 'nanoUsd', cap: 1_000, used: 0, held: 0 },
      {
        name: 'concurrentCalls-now',
        window: 'now',
        unit: 'concurrentCalls',
        cap: 1,
        used: 0,
        held: 0,
      },
    ]);
  });
});

describe('the operator', () => {
  test('sees everything about a key but the key', async () => {
    const made = await desk.make({ routes: ['chat-completions'], expiresInSeconds: 3_600 });
    expect(await desk.look(made.id)).toEqual({
      id: made.id,
      prefix: made.key.slice(0, made.key.indexOf('.') + 5),
      name: 'shop',
      plan: null,
      tenant: null,
      purpose: 'server',
      capNanoUsd: null,
      routes: ['chat-completions'],
      budgets: [],
      createdAt: like(/Z$/),
      rotatedAt: null,
      previous: null,
      expiresAt: like(/Z$/),
      revokedAt: null,
      lastUsedAt: null,
      lastUsedWithinSeconds: 3_600,
    });
    const from = Date.now();
    expect(await desk.call(made.key)).toBe(200);
    const next = await desk.rotate(made.id, { graceSeconds: 60 });
    const shown = await desk.look(made.id);
    expect(shown).toMatchObject({
      prefix: next.prefix,
      rotatedAt: like(/Z$/),
      previous: { acceptedUntil: like(/Z$/), lastUsedAt: shown['lastUsedAt'] },
    });
    const usedAtMs = Date.parse(String(shown['lastUsedAt']));
    expect(usedAtMs).toBeGreaterThanOrEqual(from - 1_000);
    expect(usedAtMs).toBeLessThanOrEqual(Date.now());
    for (const { key } of [made, next]) {
      expect(JSON.stringify(shown)).not.toContain(key.split('.')[1]?.slice(4, 12));
    }
  });

  test('has a list of all keys, page by page, and an audit of what became of them', async () => {
    const made = [await desk.make({ name: 'first' }), await desk.make({ name: 'second' })];
    await desk.rotate(made[0]?.id ?? '');
    await stack.admin('DELETE', `/keys/${made[1]?.id ?? ''}`);
    const listed = new Map<string, Shown>();
    let after: string | null = null;
    do {
      const query: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
      const page = (await stack.admin('GET', `/keys?limit=2${query}`)) as {
        readonly keys: readonly (Shown & { readonly id: string })[];
        readonly next: string | null;
      };
      expect(page.keys.length).toBeLessThanOrEqual(2);
      for (const one of page.keys) listed.set(one.id, one);
      after = page.next;
    } while (after !== null);
    expect(listed.size).toBeGreaterThan(2);
    expect(made.map(({ id }) => listed.get(id))).toMatchObject([
      { name: 'first', revokedAt: null },
      { name: 'second', revokedAt: like(/Z$/) },
    ]);
    const { audit } = (await stack.admin('GET', '/audit?limit=4')) as {
      readonly audit: readonly { readonly subject: string; readonly reason: string }[];
    };
    expect(audit.map(({ subject, reason }) => [subject, reason])).toEqual([
      [made[1]?.principal, 'revoked'],
      [made[0]?.principal, 'rotated'],
      [made[1]?.principal, 'made'],
      [made[0]?.principal, 'made'],
    ]);
    await expect(stack.admin('GET', '/keys?limit=0')).rejects.toThrow('limit');
  });

  test.each([
    [{ plan: 'max' }, 'plan'],
    [{ routes: ['nowhere'] }, 'routes'],
    [{ routes: [] }, 'routes'],
    [{ routes: Array.from({ length: 33 }, () => 'embeddings') }, 'routes'],
    [{ budgets: [{ window: 'hour', usd: '1' }] }, 'budgets'],
    [{ budgets: [{ window: 'day' }] }, 'budgets'],
    [{ budgets: [{ window: 'day', usd: '1', unit: 'requests', cap: 1 }] }, 'budgets'],
    [{ budgets: [{ window: 'day', unit: 'requests' }] }, 'budgets'],
    [{ budgets: [{ window: 'day', unit: 'requests', cap: -1 }] }, 'budgets'],
    [{ budgets: Array.from({ length: 2 }, () => ({ window: 'day', usd: '1' })) }, 'budgets'],
  ])('cannot make a key with %j', async (parts, field) => {
    const error = String(await desk.make(parts).catch((cause: unknown) => cause));
    expect(error).toContain('422');
    expect(error).toContain(field);
  });

  test('never finds a key in the log', async () => {
    const { id, key } = await desk.make();
    const next = await desk.rotate(id);
    await desk.call(key);
    await desk.refused(await postChat(stack, `${next.key}x`), 401, 'api_key_invalid', 'forged');
    const response = await desk.post(next.key, CHAT, { model: MODEL, messages: 1 });
    await decisionOf(stack, requestIdOf(response));
    const log = await readFile(join(stack.stateDirectory, 'gateway.log'), 'utf8');
    expect(log).toContain(id);
    for (const one of [key, next.key]) {
      const [, secret = '', tag = ''] = one.split('.');
      expect([log.includes(secret.slice(4, 16)), log.includes(tag)]).toEqual([false, false]);
    }
  });
});
