// Complaints about reservations of other gateways that leaked, and about paths on which nobody
// reserved, one test each. What breaks if one fails: a caller with money is refused until somebody
// restarts the gateway, or a route is free.

import { createExecutionContext, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Batch, LedgerPort } from '../../core/ledger/messages.ts';
import { createApp } from '../../worker/app.ts';
import { prove } from '../support/anonymous.ts';
import policySource from '../support/policy.ts';
import { answerJson, IP, type ProviderAnswer, requestOf, type Sent } from './gateway-harness.ts';
import { EVENT_TOKENS, factsOf, startStreaming, type Streaming } from './stream-harness.ts';
import { billOf, CHAT_VOICE, VOICES } from './voices.ts';

afterEach(() => {
  vi.useRealTimers();
});

const messages = [{ role: 'user', content: 'hi' }];
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const MODEL_PATH = '/gemini-2.5-flash:generateContent';

type Asked = { readonly suffix?: string; readonly body: object };

/** A call that each route takes. */
const ASKED: Readonly<Record<string, Asked>> = {
  'chat-completions': { body: { model: 'gpt-4o-mini', messages } },
  responses: { body: { model: 'gpt-4o-mini', input: 'hi' } },
  embeddings: { body: { model: 'text-embedding-3-small', input: 'hi' } },
  messages: { body: { model: 'claude-haiku-4-5', max_tokens: 16, messages } },
  'count-tokens': { body: { model: 'claude-haiku-4-5', messages } },
  gemini: { suffix: MODEL_PATH, body: { contents } },
  'gemini-v1': { suffix: MODEL_PATH, body: { contents } },
  'app-chat': { body: { model: 'gpt-4o-mini', messages } },
};

const ROUTES = policySource.routes.map(({ id, path, proof }) => ({ id, path, proof }));

async function sentTo(route: (typeof ROUTES)[number], streaming: Streaming): Promise<Sent> {
  const { suffix = '', body } = ASKED[route.id] ?? { body: {} };
  const sent = { path: `${route.path}${suffix}`, body: JSON.stringify(body) };
  const bearer = { Authorization: `Bearer ${streaming.key}` };
  if (route.proof !== 'always') return { ...sent, headers: bearer };
  const response = await streaming.gateway.send({
    path: '/.well-known/inference-proof/challenge',
    headers: bearer,
    body: JSON.stringify({ method: 'POST', path: route.path }),
  });
  const { challenges } = (await response.json()) as { challenges: string[] };
  return { ...sent, headers: { ...bearer, ...(await prove(challenges[0] ?? '', sent.body)) } };
}

describe.each(ROUTES)('the route $id', (route) => {
  it('reserves before anything goes up: without a budget nothing does (bifrost#2873, litellm#10750, #12789, #36646)', async () => {
    const streaming = await startStreaming();
    const counter = { window: 'day', unit: 'requests', cap: 0 };
    const path = `/principals/${encodeURIComponent(streaming.principal)}/budgets`;
    await streaming.admin('PUT', path, counter);
    const response = await streaming.gateway.send(await sentTo(route, streaming));
    expect(response.status).toBe(402);
    expect(streaming.gateway.forwarded).toEqual([]);
  });

  it('gives back what it held and writes what it cost, call after call (litellm#36592)', async () => {
    const streaming = await startStreaming();
    const path = `/principals/${encodeURIComponent(streaming.principal)}/budgets`;
    await streaming.admin('PUT', path, { window: 'now', unit: 'concurrentCalls', cap: 1 });
    for (let call = 1; call <= 5; call += 1) {
      const response = await streaming.gateway.send(await sentTo(route, streaming));
      expect([call, response.status]).toEqual([call, 200]);
      const requestId = response.headers.get('Weighbridge-Request-Id') ?? '';
      expect(await factsOf(streaming, requestId)).toMatchObject({ route: route.id });
      expect((await streaming.counter()).held).toBe(0);
      const requests = await streaming.counter(streaming.principal, 'requests-day');
      expect(requests).toMatchObject({ used: call, held: 0 });
    }
    expect(streaming.gateway.forwarded).toHaveLength(5);
  });
});

it('no route of the policy is left out here', () => {
  expect(Object.keys(ASKED).sort()).toEqual(ROUTES.map(({ id }) => id).sort());
});

const stream = (text: string, breaks = false): Response => {
  const parts = [text];
  const body = new ReadableStream<Uint8Array>({
    pull(out) {
      const part = parts.shift();
      if (part !== undefined) out.enqueue(new TextEncoder().encode(part));
      else if (breaks) out.error(new Error('the connection was lost'));
      else out.close();
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
};

const BAD_ENDS: readonly (readonly [string, ProviderAnswer])[] = [
  ['refuses', () => Response.json({ error: { message: 'no' } }, { status: 429 })],
  ['fails', () => new Response('oops', { status: 500 })],
  ['is not there', () => Promise.reject(new Error('connection refused'))],
  ['sends another elsewhere', () => Response.redirect('https://elsewhere.example/', 307)],
  ['does not take our key', () => new Response('{}', { status: 401 })],
  ['answers with a page', () => new Response('<p>', { headers: { 'Content-Type': 'text/html' } })],
  ['ends without a word', () => stream(CHAT_VOICE.say('well'))],
  ['breaks off', () => stream(CHAT_VOICE.say('well'), true)],
  ['talks nonsense', () => stream('data: {"usage":{"prompt_tokens":-1}}\n\ndata: [DONE]\n\n')],
];

it('no way for a call to end leaves a reservation behind (litellm#36926)', async () => {
  const streaming = await startStreaming();
  const path = `/principals/${encodeURIComponent(streaming.principal)}/budgets`;
  // One that leaked would refuse the next.
  await streaming.admin('PUT', path, { window: 'now', unit: 'concurrentCalls', cap: 1 });
  for (const [what, answer] of BAD_ENDS) {
    for (const isStream of [true, false]) {
      streaming.gateway.answerWith(answer);
      const before = streaming.gateway.forwarded.length;
      const { status } = await streaming.chat({ stream: isStream, stream_options: undefined });
      expect([what, isStream, status === 402]).toEqual([what, isStream, false]);
      expect([what, streaming.gateway.forwarded.length]).toEqual([what, before + 1]);
      for (const principal of [streaming.principal, `ip:${IP}`]) {
        expect([what, (await streaming.counter(principal)).held]).toEqual([what, 0]);
      }
    }
  }
  expect((await streaming.chat({ n: 0 })).status).toBe(422);
  expect((await streaming.chat({ model: 'gpt-99' })).status).toBe(403);
  streaming.gateway.answerWith(answerJson);
  expect((await streaming.chat()).status).toBe(200);
});

/** Messages that settle or release are lost from now on, as with work the platform has stopped. */
const forgetful = (namespace: { getByName(name: string): LedgerPort }): object => ({
  getByName: (name: string) => {
    const ledger = namespace.getByName(name);
    return new Proxy(ledger, {
      get: (target, member): unknown =>
        member === 'apply'
          ? (batch: Batch) =>
              batch.resolves.length > 0 ? new Promise(() => undefined) : target.apply(batch)
          : Reflect.get(target, member),
    });
  },
});

describe.each(VOICES)('$name', (voice) => {
  it('a call whose settlement is stopped with its Worker is charged all the same (Floway#411)', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.UTC(2104, 3, 1) + VOICES.indexOf(voice) * 86_400_000);
    const streaming = await startStreaming({
      objects: ({ PRINCIPAL_LEDGER, EDGE_SHARD }) => ({
        PRINCIPAL_LEDGER: forgetful(PRINCIPAL_LEDGER as never),
        EDGE_SHARD: forgetful(EDGE_SHARD as never),
      }),
    });
    const { gateway, key, principal } = streaming;
    const said =
      voice.begin + voice.say('~'.repeat(400)) + voice.end(voice.usage(4 * EVENT_TOKENS));
    gateway.answerWith(() => stream(said));
    const headers = { Authorization: `Bearer ${key}` };
    const request = requestOf({ path: voice.path, headers, body: JSON.stringify(voice.asks(500)) });
    // Nobody waits for what this context was to wait for.
    const response = await createApp(gateway.deps)(request, createExecutionContext());
    expect(await response.text()).toContain('~');
    const { held } = await streaming.counter();
    expect(held).toBeGreaterThan(0);
    vi.setSystemTime(Date.now() + 2 * gateway.deps.policy.leaseMs);
    const address = gateway.deps.ledgers.addressOf(principal);
    await runDurableObjectAlarm(env.PRINCIPAL_LEDGER.getByName(address));
    const after = await streaming.counter();
    expect(after.held).toBe(0);
    expect(after.used).toBeGreaterThanOrEqual(billOf(voice, 4 * EVENT_TOKENS));
    expect(after.used).toBeLessThanOrEqual(held);
  });
});
