// Budgets as callers meet them: the output ceiling shrinks to what the remaining money pays for
// before anything is refused; what is refused says so in words and headers that no SDK retries, and
// costs nothing; caps can be changed and taken back; and after a hundred calls the ledger and the
// provider's own bill agree to the nano-dollar.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  chatBody,
  decisionOf,
  onlyUpstream,
  postChat,
  requestIdOf,
  spentOf,
  upstreamRequests,
} from '../support/chat.ts';
import { callByWire } from '../support/leaving.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

/** List prices of gpt-4o-mini, in NanoUsd a token: written down here a second time on purpose. */
const INPUT_NANO_USD = 150;
const OUTPUT_NANO_USD = 600;

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 5, chunkDelayMs: 0 });
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const budgetsPath = (): string => `/principals/${encodeURIComponent(principal)}/budgets`;

describe('the output ceiling', () => {
  test.each([
    [{ max_tokens: 100_000 }, 'max_tokens', 4_096],
    [{ max_completion_tokens: 4_097 }, 'max_completion_tokens', 4_096],
    [{ max_tokens: 4_096 }, 'max_tokens', 4_096],
    [{ max_tokens: 9 }, 'max_tokens', 9],
    [{}, 'max_completion_tokens', 4_096],
    [{ max_tokens: 900, max_completion_tokens: 50 }, 'max_completion_tokens', 50],
  ])('%j is clamped to the route: %s %i goes up', async (asked, name, ceiling) => {
    await (await postChat(stack, key, chatBody(asked))).text();
    const { body } = await onlyUpstream(stack);
    expect(body[name]).toBe(ceiling);
  });

  test.each([1, 2])('shrinks to what is left, to the token, for %i choices', async (n) => {
    const cap = 1_000_000;
    await stack.setCap(principal, 'day', 'nanoUsd', cap);
    await stack.script({ chunks: 5_000, chunkDelayMs: 0 });
    const response = await postChat(stack, key, chatBody({ n, stream: true }));
    expect(response.status).toBe(200);
    await response.text();
    const { body } = await onlyUpstream(stack);
    const ceiling = body['max_completion_tokens'] as number;
    const record = (await decisionOf(stack, requestIdOf(response))) as unknown as {
      estimate: { inputTokensMax: number };
      heldNanoUsd: number;
    };
    const inputNanoUsd = record.estimate.inputTokensMax * INPUT_NANO_USD;
    const worst = (tokens: number): number => inputNanoUsd + tokens * n * OUTPUT_NANO_USD;
    // It streams: the hold has grown to all that the ceiling can cost, and not beyond.
    expect(record.heldNanoUsd).toBeLessThanOrEqual(worst(ceiling) + 1);
    expect(worst(ceiling)).toBeLessThanOrEqual(cap);
    expect(worst(ceiling + 1)).toBeGreaterThan(cap);
    // The provider stopped where it was told to, so the cap was not passed.
    const spent = await spentOf(stack, principal);
    expect(spent.nanoUsd).toBe((await stack.ledger()).billedNanoUsd);
    expect(spent.nanoUsd).toBeLessThanOrEqual(cap);
  });
});

describe('refusals', () => {
  test('a budget that pays for nothing useful is a 402 that no SDK retries', async () => {
    await stack.setCap(principal, 'day', 'nanoUsd', 10_000);
    const response = await postChat(stack, key);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('Retry-After')).toBeNull();
    const problem = expectProblem(await heard(response), 402, 'over_budget');
    expect(problem.error.code).toBe('insufficient_quota');
    expect(problem.scope).toBe('key');
    expect(problem.detail).toMatch(/^This API key has used \$0\.00 of \$0\.00001 today,/);
    expect(JSON.stringify(problem)).not.toContain(principal.slice('key:'.length));
    expect(await upstreamRequests(stack)).toEqual([]);
    expect(await spentOf(stack, principal)).toEqual({ nanoUsd: 0, requests: 0 });
  });

  test('a budget of the address refuses too, and gives back what the key had reserved', async () => {
    const address = 'ip:127.0.3.1';
    await stack.setCap(address, 'day', 'nanoUsd', 10_000);
    const caller = { key, from: '127.0.3.1' };
    const answer = await (await callByWire(stack.gatewayUrl, caller, chatBody())).answer();
    expect(expectProblem(answer, 402, 'over_budget').scope).toBe('ip');
    expect(await upstreamRequests(stack)).toEqual([]);
    for (const one of [principal, address]) {
      expect(await spentOf(stack, one)).toEqual({ nanoUsd: 0, requests: 0 });
    }
  });

  test('a request quota is a 402 once it is used up', async () => {
    await stack.setCap(principal, 'day', 'requests', 2);
    for (let call = 0; call < 2; call += 1) expect((await postChat(stack, key)).status).toBe(200);
    const problem = expectProblem(await heard(await postChat(stack, key)), 402, 'over_requests');
    expect(problem.error.code).toBe('insufficient_quota');
    expect(await spentOf(stack, principal)).toMatchObject({ requests: 2 });
  });

  test('too many calls at once is a 429 with Retry-After, and is over when one ends', async () => {
    await stack.setCap(principal, 'now', 'concurrentCalls', 1);
    await stack.script({ firstChunkDelayMs: 60_000, times: 1 });
    const wire = await callByWire(stack.gatewayUrl, { key }, chatBody());
    await poll('the first call is open', async () => (await stack.ledger()).openStreams === 1);
    const response = await postChat(stack, key);
    expect(response.headers.get('Retry-After')).toBe('1');
    expect(response.headers.get('x-should-retry')).toBeNull();
    const problem = expectProblem(await heard(response), 429, 'over_concurrency');
    expect(problem).toMatchObject({ retryable: true, scope: 'key' });
    wire.leave('RST');
    await poll('the place is free', async () => (await postChat(stack, key)).status === 200);
  });

  test('nothing that is refused is charged, whatever refuses it', async () => {
    expect((await postChat(stack, key)).status).toBe(200);
    const before = await spentOf(stack, principal);
    await stack.setCap(principal, 'day', 'nanoUsd', before.nanoUsd + 1_000);
    const refused = [chatBody(), chatBody({ n: 0 }), chatBody({ model: 'gpt-9' }), 'hello'];
    for (const body of refused) {
      expect((await postChat(stack, key, body)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await spentOf(stack, principal)).toEqual(before);
    expect((await stack.ledger()).calls).toHaveLength(1);
  });
});

describe('caps', () => {
  test('PUT overrides one cap of one principal, DELETE takes it back', async () => {
    const policyCap = (await stack.counter(principal, 'nanoUsd-day')).cap;
    await stack.setCap(principal, 'day', 'nanoUsd', 0);
    expect(await stack.counter(principal, 'nanoUsd-day')).toMatchObject({
      cap: 0,
      overridden: true,
    });
    expect((await postChat(stack, key)).status).toBe(402);
    const other = await stack.makeKey();
    expect((await postChat(stack, other.key)).status).toBe(200);

    await stack.admin('DELETE', budgetsPath(), { window: 'day', unit: 'nanoUsd' });
    expect(await stack.counter(principal, 'nanoUsd-day')).toMatchObject({
      cap: policyCap,
      overridden: false,
    });
    expect((await postChat(stack, key)).status).toBe(200);
  });

  test('DELETE also takes its counter from the query', async () => {
    await stack.setCap(principal, 'day', 'requests', 0);
    await stack.admin('DELETE', `${budgetsPath()}?window=day&unit=requests`);
    expect((await postChat(stack, key)).status).toBe(200);
  });

  test('an override outlives a restart', async () => {
    await stack.setCap(principal, 'month', 'nanoUsd', 0);
    await stack.restart();
    expectProblem(await heard(await postChat(stack, key)), 402, 'over_budget');
  });
});

test('after a hundred calls of every kind the ledger equals the bill, to the nano-dollar', async () => {
  const models = ['gpt-4o-mini', 'gpt-4.1-nano', 'gpt-5-mini', 'gpt-4o'];
  for (let call = 0; call < 100; call += 1) {
    const model = models[call % models.length];
    await stack.script({
      chunks: 1 + ((call * 7) % 40),
      chunkDelayMs: 0,
      cachedTokens: call % 3 === 0 ? 5 : 0,
      reasoningTokens: model === 'gpt-5-mini' ? call : 0,
    });
    const messages = [{ role: 'user', content: 'é'.repeat(1 + ((call * 13) % 200)) }];
    const more = { model, messages, stream: call % 2 === 0, n: 1 + (call % 4) };
    const response = await postChat(stack, key, chatBody(more));
    await response.text();
    expect(response.status).toBe(200);
  }
  const { billedNanoUsd, calls } = await stack.ledger();
  expect(calls).toHaveLength(100);
  expect(await spentOf(stack, principal)).toEqual({ nanoUsd: billedNanoUsd, requests: 100 });
});
