/**
 * Anthropic's own client as a black box: what it reads from the emulator is what was scripted, and
 * the ledger's bill is a figure by hand.
 */
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();
const client = () => new Anthropic({ baseURL: emulator.url, apiKey: 'test-key', maxRetries: 0 });
const call = {
  model: 'claude-haiku-4-5',
  max_tokens: 2_000,
  messages: [{ role: 'user' as const, content: 'How heavy is a cart of salt?' }],
};
const tools = [
  {
    name: 'weigh',
    input_schema: {
      type: 'object' as const,
      properties: { load: { type: 'string' } },
      required: ['load'],
    },
  },
];

const ask = (isStream: boolean, members: object = {}) =>
  isStream
    ? client()
        .messages.stream({ ...call, ...members })
        .finalMessage()
    : client().messages.create({ ...call, ...members, stream: false });

describe.each([true, false])('the official client (stream: %s)', (isStream) => {
  it('reads text and usage', async () => {
    await emulator.script({ text: 'One tonne.', chunkDelayMs: 0 });
    const message = await ask(isStream);
    expect(message).toMatchObject({
      content: [{ type: 'text', text: 'One tonne.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 14, output_tokens: 3 },
    });
    const ended = await emulator.endedCall();
    expect(ended.id).toBe(message.id);
    expect(ended.billedNanoUsd).toBe(14 * 1_000 + 3 * 5_000);
  });

  it('reads thinking with its signature, and what was redacted', async () => {
    await emulator.script({ thinking: 'Heavy.', text: 'Yes.', chunkDelayMs: 0 });
    const seen = await ask(isStream, { thinking: { type: 'enabled', budget_tokens: 1_024 } });
    expect(seen.content).toMatchObject([
      { type: 'thinking', thinking: 'Heavy.', signature: /^\w{200}$/ },
      { type: 'text', text: 'Yes.' },
    ]);
    await emulator.script({ reasoningTokens: 9, text: 'Yes.', chunkDelayMs: 0 });
    const sealed = await ask(isStream);
    expect(sealed.content[0]?.type).toBe('redacted_thinking');
    expect(sealed.usage.output_tokens).toBe(10);
  });

  it('reads parallel tool calls', async () => {
    const toolCalls = [
      { name: 'weigh', arguments: { load: 'grain' } },
      { name: 'weigh', arguments: { load: 'salt 🧂' } },
    ];
    await emulator.script({ text: 'Let me see.', toolCalls, chunkDelayMs: 0 });
    const { content, stop_reason: reason } = await ask(isStream, { tools });
    expect(reason).toBe('tool_use');
    expect(content).toMatchObject([
      { type: 'text', text: 'Let me see.' },
      { type: 'tool_use', name: 'weigh', input: { load: 'grain' } },
      { type: 'tool_use', name: 'weigh', input: { load: 'salt 🧂' } },
    ]);
  });

  it('reads a refusal without output, and a stop at the ceiling', async () => {
    await emulator.script({ refusal: 'No.', chunkDelayMs: 0 });
    expect(await ask(isStream)).toMatchObject({
      content: [],
      stop_reason: 'refusal',
      usage: { output_tokens: 0 },
    });
    await emulator.script({ chunks: 50, reasoningTokens: 4, chunkDelayMs: 0 });
    expect(await ask(isStream, { max_tokens: 10 })).toMatchObject({
      stop_reason: 'max_tokens',
      usage: { output_tokens: 10 },
    });
  });

  it('sees the cache written for five minutes and an hour, then read', async () => {
    await emulator.script({ text: 'Yes.', chunkDelayMs: 0 });
    const system = [
      {
        type: 'text' as const,
        text: 'a'.repeat(4_000),
        cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
      },
      {
        type: 'text' as const,
        text: 'b'.repeat(400),
        cache_control: { type: 'ephemeral' as const },
      },
    ];
    const { usage: first } = await ask(isStream, { system });
    expect(first).toMatchObject({
      input_tokens: 14,
      cache_creation_input_tokens: 1_100,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 1_000 },
    });
    const { usage: second } = await ask(isStream, { system });
    expect(second).toMatchObject({ input_tokens: 14, cache_read_input_tokens: 1_100 });
    const bills = (await emulator.ledger()).calls.map(({ billedNanoUsd }) => billedNanoUsd);
    expect(bills).toEqual([
      14 * 1_000 + 100 * 1_250 + 1_000 * 2_000 + 5_000,
      14 * 1_000 + 1_100 * 100 + 5_000,
    ]);
  });
});

describe('the official client', () => {
  it('counts tokens for nothing', async () => {
    const { model, messages } = call;
    expect(await client().messages.countTokens({ model, messages })).toEqual({ input_tokens: 14 });
    const ended = await emulator.endedCall();
    expect(ended).toMatchObject({ dialect: 'anthropic-count-tokens', billedNanoUsd: 0 });
  });

  it('raises an error that comes in mid-stream', async () => {
    await emulator.script({ errorMidStream: true, chunks: 4, chunkDelayMs: 0 });
    await expect(ask(true)).rejects.toBeInstanceOf(APIError);
  });

  it('raises the provider’s refusals as its own', async () => {
    const unknown = client().messages.create({ ...call, model: 'claude-99' });
    await expect(unknown).rejects.toMatchObject({ status: 404, type: 'not_found_error' });
    await emulator.script({ fault: '429' });
    await expect(ask(false)).rejects.toMatchObject({ status: 429, type: 'rate_limit_error' });
  });

  it('is billed for the searches that were run', async () => {
    await emulator.script({ text: 'Yes.', searches: 3, chunkDelayMs: 0 });
    const { usage } = await ask(true);
    expect(usage.server_tool_use?.web_search_requests).toBe(3);
    expect((await emulator.endedCall()).billedNanoUsd).toBe(14 * 1_000 + 5_000 + 30_000_000);
  });
});
