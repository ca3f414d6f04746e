// A stream of Claude that is ended by us, behind every event. What breaks if this fails: the
// official packages throw in the hands of an honest app, or take a stream that was cut for a whole
// one.

import { inspect } from 'node:util';
import { createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { streamText } from 'ai';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import { type Cut, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';

const MODEL = 'claude-sonnet-5';

const event = (type: string, json: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...json })}   \n\n`;
const start = (index: number, content_block: object): string =>
  event('content_block_start', { index, content_block });
const delta = (index: number, part: object): string =>
  event('content_block_delta', { index, delta: part });
const stop = (index: number): string => event('content_block_stop', { index });

/** Thinking, text, and a call of a tool. */
const EVENTS = [
  event('message_start', {
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 1 },
    },
  }),
  start(0, { type: 'thinking', thinking: '', signature: '' }),
  event('ping'),
  delta(0, { type: 'thinking_delta', thinking: 'The weather…' }),
  delta(0, { type: 'signature_delta', signature: 'c2ln' }),
  stop(0),
  start(1, { type: 'text', text: '' }),
  delta(1, { type: 'text_delta', text: 'Let me ' }),
  delta(1, { type: 'text_delta', text: 'look.' }),
  stop(1),
  start(2, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
  delta(2, { type: 'input_json_delta', partial_json: '' }),
  delta(2, { type: 'input_json_delta', partial_json: '{"city": "Bo' }),
  delta(2, { type: 'input_json_delta', partial_json: 'nn"}' }),
  stop(2),
  event('message_delta', {
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 40 },
  }),
  event('message_stop'),
];

const CUT: Cut = {
  as: 'length',
  sentence: 'The budget of this call is used up.',
  inputTokens: 12,
  outputTokens: 33,
};

/** The stream as it reaches the caller: so many events, and our ending. */
function cutAfter(count: number, cut: Cut = CUT): string {
  const ask = { ...PLAIN_ASK, model: MODEL, stream: true, body: {} };
  const options = { hideUsage: false, collectAnswer: false };
  const reader = streamReader(anthropicMessages.openStream(ask, options), 'sse');
  const passed = reader.feed(new TextEncoder().encode(EVENTS.slice(0, count).join('')));
  const ending = reader.cut(cut) ?? new Uint8Array(0);
  return new TextDecoder().decode(passed) + new TextDecoder().decode(ending);
}

const answering =
  (body: string): typeof fetch =>
  () =>
    Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));

const withOfficial = (body: string) =>
  new Anthropic({ apiKey: 'k', fetch: answering(body), maxRetries: 0 }).messages
    .stream({ model: MODEL, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] })
    .finalMessage();

async function withAiSdk(body: string) {
  const provider = createAnthropic({ apiKey: 'k', fetch: answering(body) });
  const errors: unknown[] = [];
  const result = streamText({
    model: provider(MODEL),
    prompt: 'hi',
    maxRetries: 0,
    onError: ({ error }) => {
      errors.push(error);
    },
  });
  await result.consumeStream();
  // Where nothing came, there is nothing but the error.
  const finishReason = await Promise.resolve(result.finishReason).catch(() => null);
  return { errors, finishReason };
}

const COUNTS = EVENTS.map((_, index) => index);
const DELIVERED = EVENTS.length - 1;

describe('a stream that is cut', () => {
  it.each(COUNTS)('after %i events is a whole message to the official package', async (count) => {
    const message = await withOfficial(cutAfter(count));
    expect(message.role).toBe('assistant');
    expect(message.stop_reason).toBe(count < DELIVERED ? 'max_tokens' : 'tool_use');
    expect(message.usage.output_tokens).toBe(count < DELIVERED ? 33 : 40);
    const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    expect('Let me look.'.startsWith(text)).toBe(true);
  });

  it.each(COUNTS)('after %i events ends without an error in the AI SDK', async (count) => {
    const { errors, finishReason } = await withAiSdk(cutAfter(count));
    expect(errors).toEqual([]);
    expect(finishReason).toBe(count < DELIVERED ? 'length' : 'tool-calls');
  });

  it('after its last event is left as it is', () => {
    expect(cutAfter(EVENTS.length)).toBe(EVENTS.join(''));
  });

  // The naive ending: without it neither the block nor the message is ever closed.
  it('bare is no message to the official package', async () => {
    await expect(withOfficial(EVENTS.slice(0, 8).join(''))).rejects.toThrow();
  });

  it.each(COUNTS)('by an error after %i events is an error, in a sentence', async (count) => {
    const body = cutAfter(count, { ...CUT, as: 'error' });
    await expect(withOfficial(body)).rejects.toThrow(CUT.sentence);
    const { errors } = await withAiSdk(body);
    expect(inspect(errors, { depth: 6 })).toContain(CUT.sentence);
  });
});
