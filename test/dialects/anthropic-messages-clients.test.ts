// What the official packages send to Claude is let through and forwarded as it was meant. What
// breaks if this fails: an honest app is refused for a field its package writes by itself.

import { type AnthropicLanguageModelOptions, createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { generateText, jsonSchema, Output, stepCountIs, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { anthropicCountTokens } from '../../core/dialects/anthropic-count-tokens.ts';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { requestOf } from '../support/request-input.ts';

const MODEL = 'claude-sonnet-5';

const message = (stop_reason: string, ...content: object[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: MODEL,
  content,
  stop_reason,
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 5 },
});

/** Answers one after the other, and keeps what was asked. */
function provider(...answers: object[]) {
  const bodies: unknown[] = [];
  const fetch = (_url: unknown, init?: { readonly body?: unknown }): Promise<Response> => {
    bodies.push(JSON.parse(String(init?.body)));
    return Promise.resolve(Response.json(answers[bodies.length - 1] ?? answers.at(-1)));
  };
  return { bodies, fetch: fetch as typeof globalThis.fetch };
}

const isTaken = (dialect: Dialect, body: unknown) => {
  const asked = dialect.readRequest(requestOf(body));
  return asked.ok ? [...asked.value.needs] : asked.error;
};

const CALL = message('tool_use', {
  type: 'tool_use',
  id: 'toolu_1',
  name: 'weather',
  input: { city: 'Bonn' },
  caller: { type: 'direct' },
});
const DONE = message('end_turn', { type: 'text', text: '{"sky":"rain"}', citations: null });

describe('requests of the official package', () => {
  it('are taken, turn after turn, with what the model said sent back whole', async () => {
    const { bodies, fetch } = provider(
      message(
        'tool_use',
        { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'eA==' },
        ...CALL.content,
      ),
      DONE,
    );
    const client = new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 });
    const base = {
      model: MODEL,
      max_tokens: 2_048,
      thinking: { type: 'enabled' as const, budget_tokens: 1_024 },
      tools: [{ name: 'weather', input_schema: { type: 'object' as const } }],
    };
    const first = await client.messages.create({
      ...base,
      messages: [{ role: 'user', content: 'hi' }],
    });
    await client.messages.create({
      ...base,
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' }],
        },
      ],
    });
    expect(bodies.map((body) => isTaken(anthropicMessages, body))).toEqual([[], []]);
  });

  it('to count tokens are taken', async () => {
    const { bodies, fetch } = provider({ input_tokens: 3 });
    const client = new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 });
    await client.messages.countTokens({
      model: MODEL,
      system: 'be brief',
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(bodies.map((body) => isTaken(anthropicCountTokens, body))).toEqual([[]]);
  });
});

describe('requests of the AI SDK', () => {
  it('with tools, thinking, a schema and a cache are taken, step by step', async () => {
    const { bodies, fetch } = provider(CALL, DONE);
    await generateText({
      model: createAnthropic({ apiKey: 'k', fetch })(MODEL),
      maxRetries: 0,
      instructions: 'be brief',
      messages: [
        {
          role: 'user',
          content: 'hi',
          providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
        },
      ],
      tools: {
        weather: tool({
          description: 'of a city',
          inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } } }),
          execute: () => 'rain',
        }),
      },
      output: Output.object({
        schema: jsonSchema({ type: 'object', properties: { sky: { type: 'string' } } }),
      }),
      stopWhen: stepCountIs(2),
      providerOptions: {
        anthropic: { thinking: { type: 'adaptive' } } satisfies AnthropicLanguageModelOptions,
      },
    });
    expect(bodies.map((body) => isTaken(anthropicMessages, body))).toEqual([[], []]);
  });
});
