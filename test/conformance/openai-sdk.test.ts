// The official OpenAI package as a black box, unmodified: with an API key it needs to know nothing
// of us but the address; with the gateway's `createFetch` as its `fetch` it needs no key at all.
// Refusals read well in it, and a terminal one is asked for exactly once.

import OpenAI, {
  AuthenticationError,
  PermissionDeniedError,
  UnprocessableEntityError,
} from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createFetch, type Fetch } from '../../client/index.ts';
import { CHAT, LOCAL_IP, spentOf, upstreamRequests } from '../support/chat.ts';
import { containing, like } from '../support/like.ts';
import { poll } from '../support/poll.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const MODEL = 'gpt-4o-mini';
const chat = { model: MODEL, messages: [{ role: 'user' as const, content: 'hello' }] };
const WEATHER = { name: 'weather', arguments: { city: 'Köln', days: 3 } };
const tools = [
  {
    type: 'function' as const,
    function: { name: 'weather', parameters: { type: 'object', properties: {} } },
  },
];

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ text: 'Good morning, dear reader.', chunkDelayMs: 1 });
});

afterAll(() => stack.close());

/** Counts what the package really sends to the route. */
function countingFetch(inner: Fetch = fetch): { fetch: Fetch; calls: () => number } {
  let calls = 0;
  const counting: Fetch = (input, init) => {
    if (String(input instanceof Request ? input.url : input).endsWith(CHAT)) calls += 1;
    return inner(input, init);
  };
  return { fetch: counting, calls: () => calls };
}

type Kind = 'with an API key' | 'anonymously, with createFetch';
const KINDS: readonly Kind[] = ['with an API key', 'anonymously, with createFetch'];

type Client = {
  readonly openai: OpenAI;
  readonly calls: () => number;
  /** Set for a caller with a key. */
  readonly principal: string | null;
};

async function makeClient(kind: Kind): Promise<Client> {
  const counter = countingFetch();
  const baseURL = `${stack.gatewayUrl}/v1`;
  if (kind === 'with an API key') {
    const { key, principal } = await stack.makeKey();
    const openai = new OpenAI({ apiKey: key, baseURL, fetch: counter.fetch });
    return { openai, calls: counter.calls, principal };
  }
  const proving = createFetch({ gateway: stack.gatewayUrl, fetch: counter.fetch });
  const openai = new OpenAI({ apiKey: 'unused', baseURL, fetch: proving });
  return { openai, calls: counter.calls, principal: null };
}

describe.each(KINDS)('%s', (kind) => {
  test('a chat answer arrives in one request', async () => {
    const { openai, calls } = await makeClient(kind);
    const answer = await openai.chat.completions.create(chat);
    expect(answer.choices[0]?.message.content).toBe('Good morning, dear reader.');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.completion_tokens).toBe(7);
    expect(answer._request_id).toMatch(/^req_/);
    expect(calls()).toBe(1);
  });

  test('a stream arrives piece by piece, without a usage chunk nobody asked for', async () => {
    const { openai, calls } = await makeClient(kind);
    const pieces: string[] = [];
    for await (const chunk of await openai.chat.completions.create({ ...chat, stream: true })) {
      expect(chunk.choices).toHaveLength(1);
      pieces.push(chunk.choices[0]?.delta.content ?? '');
    }
    expect(pieces.filter(Boolean)).toHaveLength(7);
    expect(pieces.join('')).toBe('Good morning, dear reader.');
    expect(calls()).toBe(1);
  });

  test('a stream with usage ends with the usage the provider reported', async () => {
    const { openai } = await makeClient(kind);
    const stream_options = { include_usage: true };
    const wish = { ...chat, stream: true as const, stream_options };
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of await openai.chat.completions.create(wish)) usage = chunk.usage;
    const [call] = (await stack.ledger()).calls;
    expect(usage?.prompt_tokens).toBe(call?.inputTokens);
    expect(usage?.completion_tokens).toBe(call?.outputTokens);
  });

  test('tool calls arrive whole, streamed ones piece by piece', async () => {
    await stack.script({ toolCalls: [WEATHER, { ...WEATHER, name: 'tides' }], chunkDelayMs: 1 });
    const { openai } = await makeClient(kind);
    const answer = await openai.chat.completions.create({ ...chat, tools });
    const whole = answer.choices[0]?.message.tool_calls ?? [];
    const runner = openai.chat.completions.stream({ ...chat, tools });
    const streamed = (await runner.finalChatCompletion()).choices[0]?.message.tool_calls ?? [];
    for (const calls of [whole, streamed]) {
      const read = calls.map((call) => (call.type === 'function' ? call.function : null));
      expect(read.map((one) => one?.name)).toEqual(['weather', 'tides']);
      expect(read.map((one) => JSON.parse(one?.arguments ?? 'null') as unknown)).toEqual([
        WEATHER.arguments,
        WEATHER.arguments,
      ]);
    }
  });

  test('several choices arrive each as a whole, in one piece and streamed', async () => {
    const { openai } = await makeClient(kind);
    const answer = await openai.chat.completions.create({ ...chat, n: 3 });
    expect(answer.choices.map(({ message }) => message.content)).toEqual(
      Array<string>(3).fill('Good morning, dear reader.'),
    );
    const texts = ['', ''];
    const stream = await openai.chat.completions.create({ ...chat, n: 2, stream: true });
    for await (const { choices } of stream) {
      for (const { index, delta } of choices) texts[index] += delta.content ?? '';
    }
    expect(texts).toEqual(Array<string>(2).fill('Good morning, dear reader.'));
  });

  test('the package’s own abort ends the stream at the provider', async () => {
    await stack.script({ chunks: 1_000, chunkDelayMs: 5 });
    const { openai } = await makeClient(kind);
    const stream = await openai.chat.completions.create({ ...chat, stream: true });
    let seen = 0;
    for await (const _chunk of stream) {
      seen += 1;
      if (seen === 5) stream.controller.abort();
    }
    const [call] = await poll('the provider has ended its call', async () => {
      const { openStreams, calls } = await stack.ledger();
      return openStreams === 0 ? calls : null;
    });
    expect(call?.endedBy).toBe('client-abort');
  });

  test('a bad request is an APIError that names the field, asked for once', async () => {
    const { openai, calls } = await makeClient(kind);
    const refused = openai.chat.completions.create({ ...chat, n: 99 });
    await expect(refused).rejects.toBeInstanceOf(UnprocessableEntityError);
    await expect(refused).rejects.toMatchObject({
      status: 422,
      code: 'shape_refused',
      message: like(/^422 Not offered on this route\. n: At most 4 may be asked for/),
    });
    expect(calls()).toBe(1);
    expect(await upstreamRequests(stack)).toEqual([]);
  });

  test('a model that is not offered reads as one the package knows', async () => {
    const { openai, calls } = await makeClient(kind);
    const refused = openai.chat.completions.create({ ...chat, model: 'gpt-9' });
    await expect(refused).rejects.toMatchObject({ status: 403, code: 'model_not_found' });
    await expect(refused).rejects.toBeInstanceOf(PermissionDeniedError);
    expect(calls()).toBe(1);
  });

  test('a budget that is used up is said in words, and a 402 is not retried', async () => {
    const { openai, calls, principal } = await makeClient(kind);
    const { cap } = await stack.counter(LOCAL_IP, 'nanoUsd-day');
    await stack.setCap(principal ?? LOCAL_IP, 'day', 'nanoUsd', 1_000);
    const refused = openai.chat.completions.create(chat);
    await expect(refused).rejects.toMatchObject({
      status: 402,
      code: 'insufficient_quota',
      type: 'over_budget',
      message: like(/^402 Budget used up\. This (API key|network address) has used/),
    });
    await stack.setCap(principal ?? LOCAL_IP, 'day', 'nanoUsd', cap);
    expect(calls()).toBe(1);
    expect(await upstreamRequests(stack)).toEqual([]);
  });
});

describe('with neither key nor proof', () => {
  test('exactly one request reaches the gateway, and one 401 says what to do', async () => {
    const { fetch: counting, calls } = countingFetch();
    const baseURL = `${stack.gatewayUrl}/v1`;
    const openai = new OpenAI({ apiKey: 'sk-none-of-ours', baseURL, fetch: counting });
    const before = await spentOf(stack, LOCAL_IP);
    const refused = openai.chat.completions.create(chat);
    await expect(refused).rejects.toBeInstanceOf(AuthenticationError);
    await expect(refused).rejects.toMatchObject({
      status: 401,
      code: 'proof_required',
      message: containing('starts with "wb_"'),
    });
    expect(calls()).toBe(1);
    expect(await upstreamRequests(stack)).toEqual([]);
    expect(await spentOf(stack, LOCAL_IP)).toEqual(before);
  });
});

describe('what is worth a retry', () => {
  test('too many calls at once is retried by the package until there is a place', async () => {
    const { key, principal } = await stack.makeKey();
    const { fetch: counting, calls } = countingFetch();
    const openai = new OpenAI({ apiKey: key, baseURL: `${stack.gatewayUrl}/v1`, fetch: counting });
    await stack.setCap(principal, 'now', 'concurrentCalls', 1);
    await stack.script({ chunks: 100, chunkDelayMs: 5, times: 1 });
    const [first, second] = await Promise.all([
      openai.chat.completions.create(chat),
      openai.chat.completions.create(chat),
    ]);
    expect([first.choices, second.choices].map((choices) => choices.length)).toEqual([1, 1]);
    expect(calls()).toBe(3);
  });
});
