// Every kind of body `fetch` takes is sent as exactly the bytes that were hashed, or refused.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFetch } from '../../client/index.ts';
import { BODY_BYTES_MAX } from '../../client/outgoing-call.ts';
import { type ProofGateway, startProofGateway } from './proof-gateway.ts';

let gateway: ProofGateway;

beforeEach(async () => {
  gateway = await startProofGateway();
});

afterEach(() => gateway.close());

const post = (body: BodyInit): RequestInit => ({ method: 'POST', body });
const bytes = new TextEncoder().encode('{"model":"m"}');
const stream = (): ReadableStream => new Response(bytes).body ?? new ReadableStream();
const bodies: [string, () => BodyInit][] = [
  ['text', () => '{"model":"m"}'],
  ['bytes', () => bytes],
  ['a blob', () => new Blob([bytes])],
  ['a stream', stream],
  ['a form', () => new URLSearchParams({ q: 'é' })],
];
for (const [name, make] of bodies) {
  test(`${name} is sent as exactly the bytes that were hashed`, async () => {
    const init = { ...post(make()), duplex: 'half' };
    await createFetch({ gateway: gateway.url })(`${gateway.url}/x`, init);
    const expected = new Uint8Array(await new Response(make()).arrayBuffer());
    expect(gateway.calls).toMatchObject([{ proof: 'ok', body: expected }]);
  });
}

test('a multipart form is serialised once: digest, boundary and content type agree', async () => {
  const form = new FormData();
  form.set('model', 'whisper-1');
  form.set('file', new File([bytes], 'a.wav', { type: 'audio/wav' }));
  await createFetch({ gateway: gateway.url })(`${gateway.url}/v1/audio`, post(form));
  const [call] = gateway.calls;
  expect(call?.proof).toBe('ok');
  const headers = { 'content-type': call?.headers['content-type'] ?? '' };
  const parsed = await new Response(call?.body ?? null, { headers }).formData();
  expect(parsed.get('model')).toBe('whisper-1');
});

test('a Request is taken with its method, headers and body', async () => {
  const headers = { 'X-Mine': 'yes', 'Content-Type': 'application/json' };
  const request = new Request(`${gateway.url}/x`, { method: 'PUT', body: bytes, headers });
  await createFetch({ gateway: gateway.url })(request);
  expect(gateway.calls).toMatchObject([
    { proof: 'ok', method: 'PUT', body: bytes, headers: { 'x-mine': 'yes' } },
  ]);
  expect(gateway.questions[0]?.asked['model']).toBe('m');
});

test('a URL object and a lower-case method are as good as any', async () => {
  const init = { method: 'patch', body: bytes };
  await createFetch({ gateway: gateway.url })(new URL('/x', gateway.url), init);
  expect(gateway.calls).toMatchObject([{ proof: 'ok', method: 'PATCH' }]);
});

test('a body over the limit is a TypeError and is not sent', async () => {
  const call = createFetch({ gateway: gateway.url });
  const large = call(`${gateway.url}/x`, post(new Uint8Array(BODY_BYTES_MAX + 1)));
  await expect(large).rejects.toThrow(TypeError);
  expect(gateway.questions.length).toBe(0);
});
