// What `createFetch` leaves alone, and what an API key changes.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFetch, type Fetch } from '../../client/index.ts';
import { type ProofGateway, startProofGateway } from './proof-gateway.ts';

let gateway: ProofGateway;
let other: ProofGateway;

beforeEach(async () => {
  gateway = await startProofGateway();
  other = await startProofGateway({ protectedPath: '/never' });
});

afterEach(async () => {
  await Promise.all([gateway.close(), other.close()]);
});

const chat = { method: 'POST', body: '{"model":"gpt-4o-mini"}' };

describe('what is not protected', () => {
  test('another origin sees the request exactly as it was given', async () => {
    const seen: unknown[][] = [];
    const send: Fetch = async (...given) => {
      seen.push(given);
      return new Response('as is');
    };
    const init = { method: 'POST', body: 'x', signal: AbortSignal.timeout(9_000) };
    const call = createFetch({ gateway: gateway.url, key: 'k', fetch: send });
    await call(`${other.url}/api/chat`, init);
    expect(seen).toEqual([[`${other.url}/api/chat`, init]]);
    expect(seen[0]?.[1]).toBe(init);
  });

  test('another origin never sees the key or a proof', async () => {
    await createFetch({ gateway: gateway.url, key: 'secret' })(`${other.url}/api/chat`, chat);
    expect(other.calls[0]?.headers).not.toHaveProperty('authorization');
    expect(other.calls[0]?.headers).not.toHaveProperty('inference-proof');
  });

  test('a path outside the list passes, even if it begins with the same letters', async () => {
    gateway.settings.protectedPath = '/api/chat/';
    const call = createFetch({ gateway: gateway.url, protect: ['/api/chat'] });
    await call(`${gateway.url}/api/chatter`, chat);
    await call(`${gateway.url}/api/chat/7`, chat);
    expect(gateway.calls.map((seen) => seen.proof)).toEqual(['none', 'ok']);
  });

  test('without a list, a call without a body passes', async () => {
    gateway.settings.protectedPath = '/never';
    await createFetch({ gateway: gateway.url })(`${gateway.url}/v1/models`);
    expect(gateway.calls.map((seen) => seen.proof)).toEqual(['none']);
    expect(gateway.questions.length).toBe(0);
  });

  test("the gateway's own pages pass", async () => {
    gateway.settings.protectedPath = '/never';
    await createFetch({ gateway: gateway.url })(`${gateway.url}/_weighbridge/admin/keys`, chat);
    expect(gateway.questions.length).toBe(0);
  });

  test('an address only the platform can judge is left to the platform', async () => {
    const call = createFetch({ gateway: gateway.url })('not an address', chat);
    await expect(call).rejects.toThrow(TypeError);
  });
});

describe('a protected path without a body', () => {
  test('is proved only if the gateway asks', async () => {
    const call = createFetch({ gateway: gateway.url, protect: ['/api'] });
    expect((await call(`${gateway.url}/api/history`)).status).toBe(200);
    expect(gateway.calls.map((seen) => seen.proof)).toEqual(['none', 'ok']);
  });
});

describe('an API key', () => {
  test('travels as a bearer token and needs no proof', async () => {
    gateway.settings.protectedPath = '/never';
    await createFetch({ gateway: gateway.url, key: 'k1' })(`${gateway.url}/v1/chat`, chat);
    expect(gateway.calls).toMatchObject([
      { proof: 'none', headers: { authorization: 'Bearer k1' } },
    ]);
    expect(gateway.questions.length).toBe(0);
  });

  test('replaces a placeholder an SDK insists on', async () => {
    gateway.settings.protectedPath = '/never';
    const init = { ...chat, headers: { authorization: 'Bearer placeholder' } };
    await createFetch({ gateway: gateway.url, key: 'k1' })(`${gateway.url}/v1/chat`, init);
    expect(gateway.calls[0]?.headers.authorization).toBe('Bearer k1');
  });

  test('with a listed path comes with a proof, and asks for challenges with the key', async () => {
    const call = createFetch({ gateway: gateway.url, key: 'k1', protect: ['/v1'] });
    await call(`${gateway.url}/v1/chat`, chat);
    expect(gateway.calls).toMatchObject([{ proof: 'ok', headers: { authorization: 'Bearer k1' } }]);
    expect(gateway.questions[0]?.headers.authorization).toBe('Bearer k1');
  });

  for (const [name, send] of [
    ['text', (call: Fetch) => call(`${gateway.url}/v1/chat`, chat)],
    ['a Request', (call: Fetch) => call(new Request(`${gateway.url}/v1/chat`, chat))],
  ] as const) {
    test(`adds a proof when the gateway asks for one: ${name}`, async () => {
      const response = await send(createFetch({ gateway: gateway.url, key: 'k1' }));
      expect(response.status).toBe(200);
      expect(gateway.calls.map((seen) => seen.proof)).toEqual(['none', 'ok']);
      expect(gateway.calls.map((seen) => seen.body.length)).toEqual([23, 23]);
    });
  }

  test('and a proof that is refused too is the end: two sends, never three', async () => {
    gateway.settings.refusals.push({ status: 403, code: 'proof_rejected' });
    const call = createFetch({ gateway: gateway.url, key: 'k1' });
    expect((await call(`${gateway.url}/v1/chat`, chat)).status).toBe(403);
    expect(gateway.calls.length).toBe(2);
  });

  test('a stream that was sent cannot be sent again: the refusal is the answer', async () => {
    const init = { method: 'POST', body: new Response('x').body, duplex: 'half' };
    const call = createFetch({ gateway: gateway.url, key: 'k1' });
    expect((await call(`${gateway.url}/v1/chat`, init)).status).toBe(401);
    expect(gateway.calls.length).toBe(1);
  });
});
