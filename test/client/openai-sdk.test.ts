// The official OpenAI package as a black box: with `createFetch` as its `fetch` it works unchanged.

import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFetch } from '../../client/index.ts';
import { type ProofGateway, sendJson, startProofGateway } from './proof-gateway.ts';

let gateway: ProofGateway;

beforeEach(async () => {
  gateway = await startProofGateway();
});

afterEach(() => gateway.close());

const openai = (): OpenAI =>
  new OpenAI({
    apiKey: 'unused',
    baseURL: `${gateway.url}/v1`,
    fetch: createFetch({ gateway: gateway.url }),
  });

const chat = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user' as const, content: 'hello' }],
};

const completion = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
};

test('a JSON completion arrives, proved', async () => {
  gateway.settings.answer = (_call, response) => sendJson(response, completion);
  const answer = await openai().chat.completions.create(chat);
  expect(answer.choices[0]?.message.content).toBe('hi');
  expect(gateway.calls).toMatchObject([{ proof: 'ok', path: '/v1/chat/completions' }]);
});

test('a streamed completion arrives piece by piece, proved', async () => {
  gateway.settings.answer = (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of ['he', 'llo']) {
      const choices = [{ index: 0, delta: { content }, finish_reason: null }];
      response.write(`data: ${JSON.stringify({ id: 'c1', choices })}\n\n`);
    }
    response.end('data: [DONE]\n\n');
  };
  const pieces: string[] = [];
  for await (const chunk of await openai().chat.completions.create({ ...chat, stream: true })) {
    pieces.push(chunk.choices[0]?.delta.content ?? '');
  }
  expect(pieces).toEqual(['he', 'llo']);
  expect(gateway.calls).toMatchObject([{ proof: 'ok' }]);
});

test('a refusal reaches the caller as an APIError with its code', async () => {
  gateway.settings.refusals.push({ status: 402, code: 'budget_exhausted' });
  const call = openai().chat.completions.create(chat);
  await expect(call).rejects.toMatchObject({ status: 402, code: 'budget_exhausted' });
  expect(gateway.calls.length).toBe(1);
});

test("the SDK's own abort ends the call while it is being solved", async () => {
  gateway.settings.bits = 21;
  const caller = new AbortController();
  const call = openai().chat.completions.create(chat, { signal: caller.signal });
  const rejected = expect(call).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
  await expect.poll(() => gateway.questions.length).toBe(1);
  caller.abort();
  await rejected;
  expect(gateway.calls.length).toBe(0);
});

test('a file upload arrives as the form the SDK made', async () => {
  gateway.settings.answer = (_call, response) => sendJson(response, { text: 'heard' });
  const file = new File(['RIFF'], 'a.wav');
  const heard = await openai().audio.transcriptions.create({ file, model: 'whisper-1' });
  expect(heard.text).toBe('heard');
  expect(gateway.calls).toMatchObject([{ proof: 'ok' }]);
});
