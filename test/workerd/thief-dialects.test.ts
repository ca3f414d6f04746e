// A thief at the wire: headers that switch on what costs, and answers of a provider that is broken,
// hostile, or repeats the key it was called with. The whole gateway with its real ledgers, in four
// dialects. What breaks if this fails: a caller reads the operator's key, buys what was not priced,
// or is served for nothing.

import { describe, expect, it } from 'vitest';
import { factsOf, startStreaming, type Streaming } from './stream-harness.ts';
import { SECRETS } from './gateway-harness.ts';
import { type Voice, VOICES } from './voices.ts';

const CEILING = 256;
const KEY = 'sk-proj-0123456789abcdefABCDEF';
/** Keys as long as real ones, while these tests run. */
Object.assign(SECRETS, { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY, GEMINI_API_KEY: KEY });

const SSE = { 'Content-Type': 'text/event-stream' };

async function call(
  streaming: Streaming,
  voice: Voice,
  answer: (request: Request) => Response,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; head: string; requestId: string }> {
  streaming.gateway.answerWith(answer);
  const response = await streaming.gateway.send({
    path: voice.path,
    headers: { Authorization: `Bearer ${streaming.key}`, ...headers },
    body: JSON.stringify(voice.asks(CEILING)),
  });
  const head = JSON.stringify([...response.headers]);
  const requestId = response.headers.get('Weighbridge-Request-Id') ?? '';
  return { status: response.status, text: await response.text().catch(() => ''), head, requestId };
}

const HEADERS = {
  'OpenAI-Beta': 'assistants=v2, responses_multi_agent=v1',
  'OpenAI-Organization': 'org-other',
  'OpenAI-Project': 'proj_other',
  'anthropic-beta': 'context-1m-2025-08-07,output-128k-2025-02-19,fast-mode-2026-02-01',
  'anthropic-dangerous-direct-browser-access': 'true',
  'anthropic-priority-input-tokens': '1',
  'x-stainless-retry-count': '5',
  'x-goog-user-project': 'other',
  'x-goog-request-params': 'model=models/gemini-2.5-pro',
  'x-goog-api-client': 'x',
  'x-http-method-override': 'PUT',
  'x-original-url': '/v1/other',
  'x-forwarded-host': 'evil.example',
  'Idempotency-Key': 'same',
  Prefer: 'respond-async',
  Cookie: 'session=1',
  Range: 'bytes=0-1',
  Referer: 'https://app.example/secret',
  'HTTP-Referer': 'https://app.example',
  'X-Title': 'app',
  'Accept-Language': 'xx',
};
const GO_UP = new Set([
  'content-type',
  'content-length',
  'accept',
  'accept-encoding',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'user-agent',
  'anthropic-version',
]);

describe.each(VOICES)('of $name', (voice) => {
  it('no header of a caller goes up', async () => {
    const streaming = await startStreaming();
    let up: [string, string][] = [];
    await call(
      streaming,
      voice,
      (request) => {
        up = [...request.headers];
        return new Response(`${voice.begin}${voice.end(voice.usage(1))}`, { headers: SSE });
      },
      { ...HEADERS, 'anthropic-version': '2023-06-01' },
    );
    expect(up.length).toBeGreaterThan(3);
    expect(up.filter(([name]) => !GO_UP.has(name))).toEqual([]);
    const values = JSON.stringify(up);
    for (const value of Object.values(HEADERS)) expect(values).not.toContain(JSON.stringify(value));
    expect(values).not.toContain(streaming.key);
  });

  const message = `Incorrect API key provided: ${KEY}. You can find yours elsewhere.`;
  const asJson = (status: number) => () => Response.json({ error: { message } }, { status });
  it.each([
    ['400', asJson(400)],
    ['401', asJson(401)],
    ['429', asJson(429)],
    ['500', asJson(500)],
    ['200 in one piece', asJson(200)],
    ['400 as events', () => new Response(voice.fail(message), { status: 400, headers: SSE })],
    ['200 as events', () => new Response(`${voice.begin}${voice.fail(message)}`, { headers: SSE })],
    [
      '200 as other events',
      () => new Response(`${voice.begin}: ok\n\n${voice.fail(message)}`, { headers: SSE }),
    ],
    [
      '500 as a page',
      () =>
        new Response(`<p>${message}</p>`, {
          status: 500,
          headers: { 'Content-Type': 'text/html' },
        }),
    ],
  ])("the provider's key in its answer of %s does not reach the caller", async (_, answer) => {
    const streaming = await startStreaming();
    const heard = await call(streaming, voice, answer);
    expect(heard.text).not.toContain(KEY);
    expect(heard.head).not.toContain(KEY);
    expect(heard.text).not.toBe('');
    const record = await streaming.admin('GET', `/requests/${heard.requestId}`);
    expect(JSON.stringify(record)).not.toContain(KEY);
    expect((await streaming.counter()).held).toBe(0);
  });

  it('control: an error without the key is passed on as the provider said it', async () => {
    const streaming = await startStreaming();
    const other = await call(streaming, voice, () =>
      Response.json({ error: 'odd' }, { status: 400 }),
    );
    expect([other.status, other.text]).toEqual([400, '{"error":"odd"}']);
  });

  const NONSENSE = [
    '-5',
    '1.5',
    '"7"',
    '1e400',
    '1e15',
    'null',
    '[]',
    '{}',
    'true',
    '9007199254740993',
  ];
  it.each(NONSENSE)('usage of %s tokens is no usage: the hold is charged', async (count) => {
    const streaming = await startStreaming();
    const end = voice.end(voice.usage(777_777)).replaceAll(/(?:777777|777786)/g, count);
    const heard = await call(
      streaming,
      voice,
      () => new Response(`${voice.begin}${voice.say('x'.repeat(400))}${end}`, { headers: SSE }),
    );
    const facts = await factsOf(streaming, heard.requestId);
    expect(facts.usageSource).not.toBe('provider');
    // 400 characters are no fewer than 16 tokens, and never more than was held.
    expect(facts.settledNanoUsd).toBeGreaterThan(16 * voice.output);
    expect(facts.settledNanoUsd).toBeLessThanOrEqual(facts.heldNanoUsd);
    expect((await streaming.counter()).held).toBe(0);
  });

  it.each([
    ['events as a page', { 'Content-Type': 'text/html' }],
    ['events as JSON', { 'Content-Type': 'application/json' }],
    ['events without a type', {}],
  ])('%s are charged, and passed on', async (_, headers) => {
    const streaming = await startStreaming();
    const body = `${voice.begin}${voice.say('hello')}${voice.end(voice.usage(9))}`;
    const heard = await call(
      streaming,
      voice,
      () => new Response(new TextEncoder().encode(body), { headers }),
    );
    const facts = await factsOf(streaming, heard.requestId);
    expect(facts.settledNanoUsd).toBeGreaterThan(0);
    expect(heard.text).toContain('hello');
  });

  it.each([
    ['comments without end', `: ${'x'.repeat(1_000)}\n`.repeat(3_000)],
    ['an event without its end', `data: ${'x'.repeat(3_000_000)}`],
    ['ten megabytes in one event', `data: "${'x'.repeat(10_000_000)}"\n\n`],
    ['brackets', `data: {"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}\n\n`],
    ['JSON instead of events', '{"choices":[]}'],
  ])('%s end the call, which is charged at most its hold', async (_, body) => {
    const streaming = await startStreaming();
    const heard = await call(
      streaming,
      voice,
      () => new Response(`${voice.begin}${body}`, { headers: SSE }),
    );
    const facts = await factsOf(streaming, heard.requestId);
    expect(facts.settledNanoUsd).toBeGreaterThan(0);
    expect(facts.settledNanoUsd).toBeLessThanOrEqual(facts.heldNanoUsd);
    expect((await streaming.counter()).held).toBe(0);
  });
});
