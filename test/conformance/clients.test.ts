// Official clients as black boxes, unmodified but for address and key: what they ask arrives, what
// they are told is right to the token and the nano-dollar, and whatever ends a call reads as what
// it was. What breaks if this fails: somebody has to change their code to be protected.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { spentOf, upstreamRequests } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { CALL_SECONDS_MAX } from '../support/clients-policy.ts';
import { CLIENTS } from './clients/index.ts';

const TEXT = 'Good morning, dear reader.';
const WEATHER = { name: 'weather', arguments: { city: 'Köln', days: 3 } };
const READ = { name: 'weather', input: WEATHER.arguments };

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/clients-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ text: TEXT, chunkDelayMs: 1 });
});

afterAll(() => stack.close());

/** What the provider bills for everything since the last reset, once nothing runs any more. */
const billed = (): Promise<number> =>
  poll('the provider has ended its calls', async () => {
    const { openStreams, billedNanoUsd } = await stack.ledger();
    return openStreams === 0 ? billedNanoUsd : null;
  });

/** What the key has been charged, once nothing is on hold. */
const charged = ({ principal }: MadeKey): Promise<number> =>
  spentOf(stack, principal).then(({ nanoUsd }) => nanoUsd);

/** It asks again seven times, which takes minutes: it is let through at the second. */
const TRIES_OF: Readonly<Record<string, number>> = { '@langchain/openai': 1 };

describe.each(CLIENTS)('$name', ({ name, make, lengthWord }) => {
  const start = async () => {
    const key = await stack.makeKey();
    return { key, client: make(stack.gatewayUrl, key.key) };
  };

  test('an answer in one piece is whole, and charged what the provider bills', async () => {
    const { key, client } = await start();
    const told = await client.ask();
    const [call] = (await stack.ledger()).calls;
    expect(told.text).toBe(TEXT);
    expect(told.outputTokens).toBe(call?.outputTokens);
    expect(told.inputTokens).toBe(call?.inputTokens);
    expect(await charged(key)).toBe(await billed());
  });

  test('a stream is whole, and charged what the provider bills', async () => {
    const { key, client } = await start();
    const told = await client.stream();
    const [call] = (await stack.ledger()).calls;
    expect(told.text).toBe(TEXT);
    expect(told.outputTokens).toBe(call?.outputTokens);
    expect(await charged(key)).toBe(await billed());
    expect(await billed()).toBeGreaterThan(0);
  });

  test('calls of tools arrive whole, in one piece and streamed', async () => {
    const { key, client } = await start();
    await stack.script({ toolCalls: [WEATHER, WEATHER], chunkDelayMs: 1 });
    expect(await client.askForTools()).toEqual([READ, READ]);
    expect(await client.streamTools()).toEqual([READ, READ]);
    expect(await charged(key)).toBe(await billed());
  });

  test('a model that is not offered is an error with our sentence, and costs nothing', async () => {
    const { key, client } = await start();
    await expect(client.ask('gpt-9')).rejects.toThrow(/gpt-9.{0,20}is not offered here/);
    expect(await upstreamRequests(stack)).toEqual([]);
    expect(await charged(key)).toBe(0);
  });

  test('a budget that is used up is an error in words, and nobody tries again', async () => {
    const { key, client } = await start();
    await stack.setCap(key.principal, 'day', 'nanoUsd', 1);
    await expect(client.ask()).rejects.toThrow(/Budget used up/);
    const requests = await stack.counter(key.principal, 'requests-day');
    expect(requests.used).toBeLessThanOrEqual(1);
    expect(await upstreamRequests(stack)).toEqual([]);
  });

  test('a stream that the gateway ends is a clean end at the ceiling, not an error', async () => {
    const { key, client } = await start();
    await stack.script({ chunks: 2_000, chunkDelayMs: 10 });
    const startedAtMs = Date.now();
    const told = await client.stream();
    expect(Date.now() - startedAtMs).toBeGreaterThan(CALL_SECONDS_MAX * 900);
    expect(told.finish).toBe(lengthWord);
    expect(told.text.length).toBeGreaterThan(100);
    const bill = await billed();
    const [call] = (await stack.ledger()).calls;
    expect(call?.endedBy).toBe('client-abort');
    expect(await charged(key)).toBeGreaterThanOrEqual(bill);
  });

  test('a stream that the provider breaks off is an error, never a clean end', async () => {
    const { key, client } = await start();
    await stack.script({ chunks: 50, chunkDelayMs: 5, fault: 'cut' });
    await expect(client.stream()).rejects.toThrow();
    expect(await charged(key)).toBeGreaterThan(0);
  });

  test('a client that stops reading stops the provider, and is charged what it generated', async () => {
    const { key, client } = await start();
    await stack.script({ chunks: 1_000, chunkDelayMs: 5 });
    const stop = new AbortController();
    let pieces = 0;
    await client
      .stream(stop.signal, () => {
        pieces += 1;
        if (pieces === 5) stop.abort();
      })
      .catch(() => undefined);
    const bill = await billed();
    const [call] = (await stack.ledger()).calls;
    expect(call?.endedBy).toBe('client-abort');
    expect(call?.chunksSent).toBeLessThan(400);
    expect(await charged(key)).toBeGreaterThanOrEqual(bill);
  });

  test('a refusal by the provider is told with its own status and words', async () => {
    const { key, client } = await start();
    await stack.script({ fault: '429', times: TRIES_OF[name] ?? 20 });
    const answer = client.stream();
    if (TRIES_OF[name] === undefined) {
      await expect(answer).rejects.toThrow(/rate.?limit|quota|exhausted|429/i);
      expect(await charged(key)).toBe(0);
    } else {
      expect((await answer).text).not.toBe('');
      expect(await charged(key)).toBe(await billed());
    }
  }, 60_000);
});

test('every client is tried', () => {
  expect(CLIENTS).toHaveLength(9);
});
