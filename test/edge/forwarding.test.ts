// What goes up to the provider, and what does not: the allow-listed body as it was priced, the few
// headers we set, our credentials and no one else's. Nothing a caller sends can choose where a call
// goes or ride along to the provider.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { INPUT_TOKENS_CONSTANT_PLAIN } from '../../core/pricing/estimate.ts';
import {
  CHAT,
  chatBody,
  decisionOf,
  MODEL,
  onlyUpstream,
  postChat,
  requestIdOf,
  upstreamRequests,
} from '../support/chat.ts';
import { like } from '../support/like.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let keyId: string;

beforeAll(async () => {
  stack = await startStack();
  ({ key, id: keyId } = await stack.makeKey());
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 5, chunkDelayMs: 0 });
});

afterAll(() => stack.close());

const CALLERS_OWN: Readonly<Record<string, string>> = {
  'X-Forwarded-For': '203.0.113.66',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Proto': 'http',
  'X-Real-IP': '203.0.113.66',
  'CF-Connecting-IP': '203.0.113.66',
  'True-Client-IP': '203.0.113.66',
  Forwarded: 'for=203.0.113.66',
  'CF-Worker': 'evil.example',
  'CF-Ray': '1',
  'CF-EW-Via': '15',
  'X-Original-URL': '/v1/files',
  'X-Rewrite-URL': '/v1/files',
  'X-Middleware-Subrequest': '1',
  'OpenAI-Beta': 'assistants=v2',
  'OpenAI-Organization': 'org-victim',
  'OpenAI-Project': 'proj-victim',
  'openai-conversation-id': 'c1',
  'X-Api-Key': 'sk-caller',
  'api-key': 'sk-caller',
  Cookie: 'session=secret',
  Referer: 'https://shop.example/checkout',
  Origin: 'https://shop.example',
  'User-Agent': 'caller/1.0',
  'Accept-Language': 'de',
  'Accept-Encoding': 'gzip, br',
  Accept: 'application/xml',
  'Inference-Proof': 'c="junk"',
  'Content-Digest': 'sha-256=:junk:',
  'Weighbridge-Upstream': 'https://evil.example',
  'Weighbridge-Receipt': '1',
  'x-stainless-lang': 'js',
  'X-Request-Id': 'callers-own',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const ALLOWED_UP = [
  'accept',
  'accept-encoding',
  'authorization',
  'content-length',
  'content-type',
  'host',
  'user-agent',
];

describe('headers', () => {
  test('only allow-listed ones go up, with our values: no identity, no option, no secret', async () => {
    const response = await postChat(stack, key, chatBody(), CALLERS_OWN);
    expect(response.status).toBe(200);
    const { request } = await onlyUpstream(stack);
    expect(Object.keys(request.headers).filter((name) => !ALLOWED_UP.includes(name))).toEqual([]);
    expect(request.headers).toMatchObject({
      accept: '*/*',
      'accept-encoding': 'identity',
      authorization: 'Bearer sk-emulator',
      'content-type': 'application/json',
      'user-agent': 'weighbridge',
      host: new URL(stack.emulatorUrl).host,
    });
    const everything = JSON.stringify(request);
    for (const secret of [key, keyId, '203.0.113.66', 'secret', 'victim', 'evil']) {
      expect(everything).not.toContain(secret);
    }
  });

  test('a stream is asked for as an event stream', async () => {
    const response = await postChat(stack, key, chatBody({ stream: true }));
    await response.text();
    expect((await onlyUpstream(stack)).request.headers['accept']).toBe('text/event-stream');
  });

  test('the answer carries no cookie and no header that was not chosen', async () => {
    const response = await postChat(stack, key);
    const names = [...response.headers.keys()].filter(
      (name) => !/^(weighbridge-|ratelimit|x-request-id|openai-|content-|cache-control)/.test(name),
    );
    expect(
      names.filter((name) => !['date', 'vary', 'connection', 'keep-alive'].includes(name)),
    ).toEqual([]);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });
});

describe('the body', () => {
  test('is the allow-list re-serialised: forced where cost hides, without the caller’s names', async () => {
    const sent = `{ "stream" : true,\n\t"model":"${MODEL}", "user":"alice@example.com",
      "safety_identifier":"alice", "store":true, "service_tier":"priority", "n":2, "max_tokens":50,
      "messages":[ {"content":"h\\u00e9llo \\ud83d\\ude00","role":"user"} ], "temperature":1.0 }`;
    const response = await postChat(stack, key, sent);
    await response.text();
    const { request, body } = await onlyUpstream(stack);
    expect(body).toEqual({
      model: MODEL,
      messages: [{ role: 'user', content: 'héllo 😀' }],
      n: 2,
      max_tokens: 50,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 1,
      store: false,
      service_tier: 'default',
      safety_identifier: like(/^[A-Za-z0-9_-]{24}$/),
    });
    expect(request.bodyText).toBe(JSON.stringify(body));
    expect(request.bodyText).not.toContain('alice');
  });

  test('is what was priced: the estimate counts the very bytes that went up', async () => {
    const response = await postChat(stack, key, chatBody({ messages: umlauts() }));
    const record = (await decisionOf(stack, requestIdOf(response))) as unknown as {
      estimate: { inputTokensMax: number };
    };
    const { request } = await onlyUpstream(stack);
    const bytes = Buffer.byteLength(request.bodyText);
    expect(record.estimate.inputTokensMax).toBe(bytes + INPUT_TOKENS_CONSTANT_PLAIN);
  });

  test('names the caller by a pseudonym: stable for one key, another for another', async () => {
    const other = await stack.makeKey('other');
    for (const one of [key, key, other.key]) await postChat(stack, one);
    const names = (await upstreamRequests(stack)).map(
      ({ bodyText }) => (JSON.parse(bodyText) as { safety_identifier: string }).safety_identifier,
    );
    const [first, again, another] = names;
    expect(first).toBe(again);
    expect(another).not.toBe(first);
  });

  test('keeps the name of the ceiling the caller used, and sets one where there was none', async () => {
    for (const ceiling of [{ max_tokens: 7 }, { max_completion_tokens: 7 }, {}]) {
      await postChat(stack, key, chatBody(ceiling));
    }
    const ceilings = (await upstreamRequests(stack)).map(({ bodyText }) => {
      const body = JSON.parse(bodyText) as Record<string, unknown>;
      return [body['max_tokens'], body['max_completion_tokens']];
    });
    expect(ceilings).toEqual([
      [7, undefined],
      [undefined, 7],
      [undefined, 4_096],
    ]);
  });
});

describe('the address', () => {
  test.each(['?model=gpt-5', '?api-version=2024', '?base_url=https://evil.example', '?x=%00'])(
    'the query %s chooses nothing and stays here',
    async (query) => {
      const response = await fetch(`${stack.gatewayUrl}${CHAT}${query}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        body: chatBody(),
      });
      expect(response.status).toBe(200);
      const { request, body } = await onlyUpstream(stack);
      expect([request.method, request.path, body['model']]).toEqual(['POST', CHAT, MODEL]);
    },
  );
});

const umlauts = (): unknown[] => [{ role: 'user', content: 'ä'.repeat(1_000) }];
