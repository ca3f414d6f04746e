// Complaints about budgets of other gateways that were passed, or that refused although there was
// money, one test each. What breaks if one fails: what was reported there happens here.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadPolicy } from '../../core/policy/load.ts';
import { OUTPUT_TOKENS_FIRST } from '../../core/pricing/estimate.ts';
import policySource from '../support/policy.ts';
import { answerJson, codeOf, policyWith, type Sent } from './gateway-harness.ts';
import { factsOf, OUTPUT_NANO_USD, startStreaming, type Streaming } from './stream-harness.ts';
import { chatUsage } from './voices.ts';

afterEach(() => {
  vi.useRealTimers();
});

const CHAT = '/v1/chat/completions';
/** What one call in one piece puts on hold, and what it costs as `answerJson` has it. */
const COST = 9 * 150 + 600;
const WHOLE = { stream: false, stream_options: undefined, max_tokens: 100 };

const limitsWith = (usd: number) =>
  policyWith({
    limits: { ...policySource.limits, key: [{ window: 'day', usd: (usd / 1e9).toFixed(9) }] },
  });

/** A provider that answers when so many calls have come, or when it is told to. */
function gathering(streaming: Streaming): () => void {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  streaming.gateway.answerWith(async (request) => {
    await opened;
    return answerJson(request);
  });
  return open;
}

/** So many calls at once: how many of them the provider got before the first was answered. */
async function admitted(streaming: Streaming, calls: number, body: object): Promise<number> {
  const open = gathering(streaming);
  let refused = 0;
  const sent = Array.from({ length: calls }, async () => {
    const { status } = await streaming.chat(body as Record<string, unknown>);
    if (status !== 200) refused += 1;
    return status;
  });
  const { forwarded } = streaming.gateway;
  await vi.waitUntil(() => forwarded.length + refused === calls, { timeout: 20_000 });
  const count = forwarded.length;
  open();
  await Promise.all(sent);
  return count;
}

/** What a call of this body holds at first. */
async function holdOf(body: Readonly<Record<string, unknown>>): Promise<number> {
  const streaming = await startStreaming();
  streaming.gateway.answerWith(answerJson);
  const { requestId } = await streaming.chat(body);
  return (await factsOf(streaming, requestId)).hold.firstNanoUsd;
}

describe('calls that come at once', () => {
  it('never pass a budget before one of them is settled (litellm#34732)', async () => {
    const streaming = await startStreaming();
    await streaming.setCap(10 * (await holdOf(WHOLE)));
    expect(await admitted(streaming, 40, WHOLE)).toBe(10);
    const { used, held } = await streaming.counter();
    expect({ used, held }).toEqual({ used: 10 * COST, held: 0 });
  });

  it('are held to the default budget when they are the first of a caller (litellm#40095)', async () => {
    const streaming = await startStreaming({ policy: limitsWith(await holdOf(WHOLE)) });
    expect(await admitted(streaming, 8, WHOLE)).toBe(1);
  });

  it('of agents hold a slice of an answer each, and give it back (litellm#38647)', async () => {
    const worstCase = await holdOf({ ...WHOLE, max_tokens: 4_096 });
    const [slices, whole] = [await startStreaming(), await startStreaming()];
    for (const streaming of [slices, whole]) await streaming.setCap(3 * worstCase);
    expect(await admitted(slices, 30, { max_tokens: 4_096 })).toBe(30);
    expect((await slices.counter()).held).toBe(0);
    // The negative control: without slices three are served, and what is left of a fourth.
    expect(await admitted(whole, 30, { ...WHOLE, max_tokens: 4_096 })).toBeLessThanOrEqual(4);
  });

  it('without max_tokens hold their route, never all that is left (litellm#27509)', async () => {
    for (const stream of [false, true]) {
      const streaming = await startStreaming();
      let held = 0;
      streaming.gateway.answerWith(async (request) => {
        held = (await streaming.counter()).held;
        return answerJson(request);
      });
      const body = stream ? {} : { ...WHOLE, max_tokens: undefined };
      const { requestId } = await streaming.chat(body);
      const { estimate } = await factsOf(streaming, requestId);
      const tokens = stream ? OUTPUT_TOKENS_FIRST : 4_096;
      expect(held).toBe(estimate.inputNanoUsd + tokens * OUTPUT_NANO_USD);
      // Of a budget of $100.
      expect(held).toBeLessThan(100e9 / 10_000);
    }
  });
});

describe('a cost that nobody can tell before the call', () => {
  const HI = [{ role: 'user', content: 'hi' }];
  const claude = { model: 'claude-haiku-4-5', max_tokens: 16, messages: HI };
  const mini = { model: 'gpt-4o-mini', input: 'hi' };
  const image = { type: 'image_url', image_url: { url: 'https://pictures.example/large.png' } };
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

  it.each([
    [CHAT, { model: 'gpt-4o-mini', messages: HI, web_search_options: {} }],
    [CHAT, { model: 'gpt-4o-mini', messages: [{ role: 'user', content: [image] }] }],
    ['/v1/responses', { ...mini, tools: [{ type: 'web_search' }] }],
    ['/v1/responses', { ...mini, previous_response_id: 'resp_1' }],
    ['/v1/messages', { ...claude, tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [
      '/v1beta/models/gemini-2.5-flash:generateContent',
      { contents, tools: [{ googleSearch: {} }] },
    ],
  ])('is a refusal, not a call without a reservation (litellm#35524): %s', async (path, body) => {
    const streaming = await startStreaming();
    const { gateway, key } = streaming;
    const headers = { Authorization: `Bearer ${key}` };
    const response = await gateway.send({ path, headers, body: JSON.stringify(body) });
    expect([response.status, await codeOf(response)]).toEqual([422, 'shape_refused']);
    expect(gateway.forwarded).toEqual([]);
    expect(await streaming.counter()).toMatchObject({ used: 0, held: 0 });
  });

  it('is never taken for 0: a model without a price is neither offered nor called (litellm#30715)', async () => {
    const streaming = await startStreaming();
    const { gateway } = streaming;
    expect((await streaming.chat({ model: 'gpt-99' })).status).toBe(403);
    expect(gateway.forwarded).toEqual([]);
    expect(await streaming.counter()).toMatchObject({ used: 0, held: 0 });
    const routes = policySource.routes.map((route) =>
      route.path === CHAT ? { ...route, models: ['gpt-99'] } : route,
    ) as typeof policySource.routes;
    const loaded = loadPolicy({ ...policySource, routes });
    expect(loaded.ok ? '' : JSON.stringify(loaded.error)).toMatch(/gpt-99/);
  });
});

describe('a budget', () => {
  it('refuses no call before it is used up, to the nano-dollar (bifrost#5770)', async () => {
    const streaming = await startStreaming();
    const { gateway } = streaming;
    gateway.answerWith(answerJson);
    const hold = await holdOf(WHOLE);
    const ceilingAt = async (left: number): Promise<unknown> => {
      await streaming.setCap((await streaming.counter()).used + left);
      const { status } = await streaming.chat(WHOLE);
      const body = JSON.parse(gateway.forwarded.at(-1) ?? '{}') as Record<string, unknown>;
      return status === 200 ? body['max_tokens'] : status;
    };
    expect(await ceilingAt(40 * hold)).toBe(100);
    expect(await ceilingAt(hold)).toBe(100);
    // Then what is left is still spent, on a shorter answer.
    expect(await ceilingAt(hold - 1)).toBe(99);
    expect(await ceilingAt(hold - 85 * OUTPUT_NANO_USD)).toBe(402);
  });

  it('has every call in it the moment it is made, and its cost when it ends (langwatch#6141)', async () => {
    const streaming = await startStreaming();
    const held: number[] = [];
    streaming.gateway.answerWith(async (request) => {
      held.push((await streaming.counter()).held);
      return answerJson(request);
    });
    for (let call = 1; call <= 110; call += 1) {
      await streaming.chat(WHOLE);
      expect(await streaming.counter()).toMatchObject({ used: call * COST, held: 0 });
    }
    expect(held).toHaveLength(110);
    expect(Math.min(...held)).toBeGreaterThan(COST);
  });

  it('is asked of the key and of the address, and of nobody a request names (litellm#11083)', async () => {
    const named = { 'X-OpenWebUI-User-Id': 'somebody-else', 'x-user-id': 'somebody-else' };
    const refusedBy = async (spent: 'key' | 'ip'): Promise<unknown> => {
      const streaming = await startStreaming();
      const ip = `198.51.100.${spent === 'key' ? '1' : '2'}`;
      await streaming.setCap(0, spent === 'key' ? streaming.principal : `ip:${ip}`);
      const sent: Sent = {
        path: CHAT,
        ip,
        headers: { ...named, Authorization: `Bearer ${streaming.key}` },
        body: JSON.stringify({
          model: 'gpt-4o-mini',
          messages: [{ role: 'user', content: 'hi' }],
          user: 'somebody-else',
        }),
      };
      const response = await streaming.gateway.send(sent);
      expect(streaming.gateway.forwarded).toEqual([]);
      return ((await response.json()) as { scope?: string }).scope;
    };
    expect([await refusedBy('key'), await refusedBy('ip')]).toEqual(['key', 'ip']);
  });

  it('is one counter: it is free again with its window, and with a higher cap (litellm#40020)', async () => {
    const hold = await holdOf(WHOLE);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.UTC(2103, 3, 1, 12));
    const streaming = await startStreaming({ policy: limitsWith(hold) });
    // All that it may: then nothing useful is left.
    streaming.gateway.answerWith(() => Response.json({ choices: [], usage: chatUsage(100) }));
    const status = async (): Promise<number> =>
      (await streaming.chat(WHOLE, '198.51.100.3')).status;
    expect([await status(), await status(), await status()]).toEqual([200, 402, 402]);
    // The same isolate, a day later.
    vi.setSystemTime(Date.UTC(2103, 3, 2, 12));
    expect([await status(), await status()]).toEqual([200, 402]);
    await streaming.setCap(2 * hold);
    expect(await status()).toBe(200);
  });
});
