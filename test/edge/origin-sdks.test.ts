// Official SDKs inside an app's own server, told nothing but a base URL and a key, which is the
// grant of the request that is being answered. What breaks if this fails: an app has to be
// rewritten to be metered.

import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decisionOf, requestIdOf, spentOf } from '../support/chat.ts';
import { type OriginStack, postTo, report, startOriginStack } from '../support/own-origin.ts';
import type { TestStack } from '../support/stack.ts';

const SAID = 'Eleven degrees.';

let origins: OriginStack;
let stack: TestStack;

beforeAll(async () => {
  origins = await startOriginStack();
  ({ stack } = origins);
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ text: SAID, chunkDelayMs: 0 });
});
afterAll(() => origins?.close());

const baseOf = (provider: string): string =>
  `${stack.gatewayUrl}/_weighbridge/provider/${provider}`;
const ASKED = [{ role: 'user' as const, content: 'How warm is it?' }];

type Speaker = (grant: string) => Promise<string>;

const openai: Speaker = async (apiKey) => {
  const client = new OpenAI({ apiKey, baseURL: `${baseOf('openai')}/v1` });
  const asked = { model: 'gpt-4o-mini', messages: ASKED };
  const whole = await client.chat.completions.create(asked);
  let streamed = '';
  for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) {
    streamed += chunk.choices[0]?.delta.content ?? '';
  }
  return `${whole.choices[0]?.message.content ?? ''}|${streamed}`;
};

const anthropic: Speaker = async (apiKey) => {
  const client = new Anthropic({ apiKey, baseURL: baseOf('anthropic') });
  const asked = { model: 'claude-haiku-4-5', messages: ASKED, max_tokens: 100 };
  const whole = await client.messages.create(asked);
  const streamed = await client.messages.stream(asked).finalText();
  const [first] = whole.content;
  return `${first?.type === 'text' ? first.text : ''}|${streamed}`;
};

const gemini: Speaker = async (apiKey) => {
  const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: baseOf('google') } });
  const asked = { model: 'gemini-2.5-flash', contents: 'How warm is it?' };
  const whole = await client.models.generateContent(asked);
  let streamed = '';
  for await (const chunk of await client.models.generateContentStream(asked)) {
    streamed += chunk.text ?? '';
  }
  return `${whole.text ?? ''}|${streamed}`;
};

test.each([
  ['openai', openai],
  ['anthropic', anthropic],
  ['gemini', gemini],
])(
  '%s takes a grant for its key, whole and streamed, and the run pays for both',
  async (_name, speak) => {
    const { key, principal } = await stack.makeKey();
    const heard: string[] = [];
    origins.own.answer = async ({ grant }, response) => {
      heard.push(await speak(grant).catch((cause: unknown) => String(cause)));
      // Told twice over, steps and a report of nothing: the steps are what counts.
      await report(stack, grant, { id: 'end', nanoUsd: 0 });
      response.end('{}');
    };
    const response = await postTo(stack, '/api/sdks', key);
    await response.text();
    expect(heard).toEqual([`${SAID}|${SAID}`]);
    const { billedNanoUsd, calls } = await stack.ledger();
    expect(calls).toHaveLength(2);
    expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(billedNanoUsd);
    expect((await spentOf(stack, principal)).nanoUsd).toBe(billedNanoUsd);
  },
);
