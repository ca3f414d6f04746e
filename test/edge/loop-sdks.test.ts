// Loops of official SDKs against a model that calls a tool in every answer. What breaks if this
// fails: an agent that somebody runs unchanged spends whatever its model decides, or ends in a way
// that its SDK cannot read.

import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { CLIENTS } from '../conformance/clients/index.ts';
import { spentOf } from '../support/chat.ts';
import { LOOP } from '../support/loop-policy.ts';
import { bill } from '../support/looping.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

const ENOUGH = 20;
const PARAMETERS = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
};

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/loop-policy.ts') });
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ tool: 'always', chunkDelayMs: 0 });
  key = await stack.makeKey();
});
afterAll(() => stack?.close());

/** How often the client ran its tool, and how its loop ended. */
type Ran = { tools: number; error: string };

const caught = (error: unknown): string => String(error);

async function openaiRunTools(stream: boolean): Promise<Ran> {
  const client = new OpenAI({ apiKey: key.key, baseURL: `${stack.gatewayUrl}/v1` });
  const ran: Ran = { tools: 0, error: '' };
  const tools = [
    {
      type: 'function' as const,
      function: {
        name: 'weather',
        description: 'The weather.',
        parameters: PARAMETERS,
        parse: JSON.parse,
        function: () => {
          ran.tools += 1;
          return 'rain';
        },
      },
    },
  ];
  const messages = [{ role: 'user' as const, content: 'How is it?' }];
  const options = { maxChatCompletions: ENOUGH };
  const base = { model: 'gpt-4o-mini', messages, tools };
  const runner = stream
    ? client.chat.completions.runTools({ ...base, stream: true }, options)
    : client.chat.completions.runTools(base, options);
  await runner.done().catch((error: unknown) => (ran.error = caught(error)));
  return ran;
}

async function anthropicToolRunner(): Promise<Ran> {
  const client = new Anthropic({ apiKey: key.key, baseURL: stack.gatewayUrl });
  const ran: Ran = { tools: 0, error: '' };
  const runner = client.beta.messages.toolRunner({
    model: 'claude-haiku-4-5',
    max_tokens: 256,
    max_iterations: ENOUGH,
    // Nothing is kept at Anthropic through us.
    thread: false,
    messages: [{ role: 'user', content: 'How is it?' }],
    tools: [
      {
        type: 'custom',
        name: 'weather',
        description: 'The weather.',
        input_schema: PARAMETERS,
        parse: (input: unknown) => input,
        run: () => {
          ran.tools += 1;
          return 'rain';
        },
      },
    ],
  });
  await runner.runUntilDone().catch((error: unknown) => (ran.error = caught(error)));
  return ran;
}

async function aiSdk(kind: 'chat' | 'responses', stream: boolean): Promise<Ran> {
  const provider = createOpenAI({ apiKey: key.key, baseURL: `${stack.gatewayUrl}/v1` });
  const ran: Ran = { tools: 0, error: '' };
  const weather = tool({
    inputSchema: jsonSchema<{ city: string }>(PARAMETERS),
    execute: () => {
      ran.tools += 1;
      return 'rain';
    },
  });
  const asked = {
    model: kind === 'chat' ? provider.chat('gpt-4o-mini') : provider.responses('gpt-4o-mini'),
    prompt: 'How is it?',
    tools: { weather },
    stopWhen: isStepCount(ENOUGH),
    providerOptions: { openai: { store: false } },
  };
  if (!stream) {
    await generateText(asked).catch((error: unknown) => (ran.error = caught(error)));
    return ran;
  }
  const answer = streamText({
    ...asked,
    onError: ({ error }) => {
      ran.error = caught(error);
    },
  });
  await answer.consumeStream();
  return ran;
}

const LOOPS: readonly (readonly [string, () => Promise<Ran>])[] = [
  ['openai runTools', () => openaiRunTools(false)],
  ['openai runTools, streamed', () => openaiRunTools(true)],
  ['anthropic tool runner', anthropicToolRunner],
  ['ai, chat', () => aiSdk('chat', false)],
  ['ai, chat, streamed', () => aiSdk('chat', true)],
  ['ai, responses', () => aiSdk('responses', false)],
];

test.each(LOOPS)('%s stops at the steps of its run, with words', async (_, run) => {
  const ran = await run();
  expect(ran.error).toMatch(/agent steps/);
  expect(ran.tools).toBe(LOOP.stepsMax);
  const { calls, billedNanoUsd } = await bill(stack);
  expect(calls).toHaveLength(LOOP.stepsMax);
  expect((await spentOf(stack, key.principal)).nanoUsd).toBe(billedNanoUsd);
  expect((await stack.counter(key.principal, 'runs-day')).used).toBe(1);
});

describe.each(CLIENTS)('$name', ({ make }) => {
  test('reads a stream that is cut before the call beyond the ceiling', async () => {
    const weather = { name: 'weather', arguments: { city: 'Köln', days: 3 } };
    const toolCalls = Array.from({ length: 12 }, () => weather);
    await stack.script({ toolCalls, chunkDelayMs: 0 });
    const called = await make(stack.gatewayUrl, key.key).streamTools();
    expect(called).toEqual(
      Array.from({ length: LOOP.toolCallsMax }, () => ({
        name: 'weather',
        input: weather.arguments,
      })),
    );
    expect((await bill(stack)).calls).toHaveLength(1);
  });
});
