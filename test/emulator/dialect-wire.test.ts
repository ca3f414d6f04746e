/**
 * What each provider's grammar has of its own, byte by byte, against what was recorded of it.
 */
import { describe, expect, it } from 'vitest';
import { dialectCase } from './dialect-cases.ts';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();

async function say(name: string, members: Record<string, unknown> = {}): Promise<string> {
  const { path, body, headers } = dialectCase(name);
  return (await emulator.call(path, { ...body, ...members }, headers)).text;
}

describe('Anthropic', () => {
  it('names events, pads inside the JSON with spaces, and pings', async () => {
    await emulator.script({ text: 'Sixteen stone in all.', chunkDelayMs: 0 });
    const text = await say('anthropic-messages');
    const blocks = text.split('\n\n').slice(0, -1);
    for (const block of blocks) {
      const [, event, json = ''] = /^event: (\w+)\ndata: (\{.*\})$/.exec(block) ?? [];
      expect(JSON.parse(json)).toMatchObject({ type: event });
    }
    expect(text).toMatch(/ +\}\n\n/);
    expect(text).toContain('event: ping\ndata: {"type": "ping"}\n\n');
    expect(text).not.toContain('[DONE]');
    expect(blocks[0]).toContain('"output_tokens":1,');
    expect(blocks.at(-2)).toMatch(/^event: message_delta\n.*"output_tokens":6\}/);
  });

  it('keeps what was redacted sealed, and signs what is shown', async () => {
    await emulator.script({ reasoningTokens: 5, text: 'Yes.', chunkDelayMs: 0 });
    expect(await say('anthropic-messages')).toMatch(/"type":"redacted_thinking","data":"\w{200}"/);
    await emulator.script({ thinking: 'Hm.', text: 'Yes.', chunkDelayMs: 0 });
    expect(await say('anthropic-messages')).toMatch(
      /"type":"signature_delta","signature":"\w{200}"/,
    );
  });

  it.each([
    ['a member it does not know', { stor: true }, 'stor: Extra inputs are not permitted'],
    ['no ceiling', { max_tokens: undefined }, 'max_tokens: Field required'],
    [
      'a ceiling below the budget of thinking',
      { max_tokens: 1_024, thinking: { type: 'enabled', budget_tokens: 2_048 } },
      '`max_tokens` must be greater than `thinking.budget_tokens`',
    ],
    [
      'a budget below 1,024',
      { thinking: { type: 'enabled', budget_tokens: 1_000 } },
      'greater than or equal to 1024',
    ],
  ])('refuses %s', async (_what, members, sentence) => {
    expect(await say('anthropic-messages', members)).toContain(sentence);
    expect((await emulator.ledger()).billedNanoUsd).toBe(0);
  });

  it('refuses a call without a version, and takes a bearer key', async () => {
    const { path, body } = dialectCase('anthropic-messages');
    const bare = await emulator.call(path, body);
    expect(bare).toMatchObject({ status: 400 });
    expect(bare.text).toContain('anthropic-version: header is required');
    const version = { 'anthropic-version': '2026-10-21' };
    expect((await emulator.call(path, body, version)).status).toBe(200);
  });
});

describe('Gemini', () => {
  it('ends lines with CRLF, has no end mark, and tells usage in every chunk', async () => {
    await emulator.script({ text: 'Five <b>stone</b>.', reasoningTokens: 3, chunkDelayMs: 0 });
    const text = await say('gemini');
    const chunks = text.split('\r\n\r\n').slice(0, -1);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(text).toContain('\\u003c');
    for (const chunk of chunks) {
      expect(chunk).toMatch(/^data: \{"candidates": \[.*"thoughtsTokenCount": 3/);
    }
    expect(chunks.at(-1)).toContain('"finishReason": "STOP"');
    expect(chunks.at(-1)).toContain('"candidatesTokenCount": 5,"totalTokenCount": 26');
  });

  it('without alt=sse streams a JSON array', async () => {
    await emulator.script({ text: 'Five stone.', chunkDelayMs: 1 });
    const { path, body, headers } = dialectCase('gemini');
    const exchange = await emulator.call(path.replace('?alt=sse', ''), body, headers);
    expect(exchange.contentType).toBe('application/json; charset=UTF-8');
    expect(exchange.text).toContain('}\n,\r\n{');
    expect(exchange.pieces.length).toBeGreaterThan(1);
    expect(JSON.parse(exchange.text)).toHaveLength(4);
  });

  it('takes both spellings of its members, and refuses others', async () => {
    await emulator.script({ chunks: 50, chunkDelayMs: 0 });
    const snake = await say('gemini', { generation_config: { max_output_tokens: 5 } });
    expect(snake).toContain('MAX_TOKENS');
    expect((await emulator.ledger()).calls[0]?.outputTokens).toBe(5);
    expect(await say('gemini', { stor: 1 })).toContain('Unknown name \\"stor\\"');
  });

  it('counts tokens for nothing', async () => {
    const { body, headers } = dialectCase('gemini');
    const path = '/v1beta/models/gemini-2.5-flash:countTokens';
    const counted = JSON.parse((await emulator.call(path, body, headers)).text) as object;
    expect(counted).toMatchObject({ totalTokens: 18 });
    expect(await emulator.endedCall()).toMatchObject({ billedNanoUsd: 0, inputTokens: 0 });
  });
});

describe('Responses', () => {
  it('names and numbers events, pads deltas, and has no [DONE]', async () => {
    await emulator.script({ text: 'Sixteen stone.', chunkDelayMs: 0 });
    const text = await say('openai-responses');
    const events = text.split('\n\n').slice(0, -1);
    for (const [index, event] of events.entries()) {
      expect(event).toMatch(/^event: [\w.]+\ndata: \{"type":"/);
      expect(event).toContain(`"sequence_number":${index}`);
    }
    expect(text).toMatch(/"obfuscation":"\w{1,16}"/);
    expect(text).not.toContain('[DONE]');
    const bare = await say('openai-responses', { stream_options: { include_obfuscation: false } });
    expect(bare).not.toContain('obfuscation');
  });

  it('refuses a ceiling below 16', async () => {
    expect(await say('openai-responses', { max_output_tokens: 15 })).toContain(
      'integer_below_min_value',
    );
  });
});

describe('the servers that copy Chat Completions', () => {
  it('Mistral refuses what it does not know with 422, each by name', async () => {
    const { path, body } = dialectCase('mistral');
    const extra = { store: false, safety_identifier: 'u', max_completion_tokens: 5 };
    const exchange = await emulator.call(path, { ...body, stream_options: {}, ...extra });
    expect(exchange.status).toBe(422);
    const { message } = JSON.parse(exchange.text) as {
      message: { detail: { type: string; loc: string[] }[] };
    };
    expect(message.detail.map(({ loc }) => loc[1])).toEqual([
      'stream_options',
      'store',
      'safety_identifier',
      'max_completion_tokens',
    ]);
    expect(message.detail[0]?.type).toBe('extra_forbidden');
  });

  it('OpenRouter tells usage on a chunk with a choice, unasked', async () => {
    await emulator.script({ text: 'Yes.', chunkDelayMs: 0 });
    const last = (await say('openrouter', { stream_options: undefined })).split('\n\n').at(-3);
    expect(last).toMatch(/"choices":\[\{"index":0.*"usage":\{"prompt_tokens":14/);
  });

  it('Groq tells usage in x_groq, and again in a chunk if asked', async () => {
    await emulator.script({ text: 'Yes.', chunkDelayMs: 0 });
    const text = await say('groq');
    expect(text).toMatch(/"finish_reason":"stop"\}\],"x_groq":\{"id":"req_\w+","usage":\{"queue/);
    expect(text).toMatch(/"choices":\[\],"usage":\{"queue_time"/);
  });

  it('DeepSeek tells usage with the finish reason, and its cache hits', async () => {
    await emulator.script({ thinking: 'Hm.', text: 'Yes.', cachedTokens: 6, chunkDelayMs: 0 });
    const text = await say('deepseek');
    expect(text).toContain('"delta":{"content":null,"reasoning_content":"Hm."}');
    expect(text).toMatch(/"finish_reason":"stop"\}\],"usage":\{.*"prompt_cache_hit_tokens":6/);
  });

  it('xAI leaves reasoning out of the completion, and bills it', async () => {
    await emulator.script({ reasoningTokens: 20, text: 'Yes.', chunkDelayMs: 0 });
    const text = await say('xai');
    expect(text).toMatch(/"completion_tokens":1,"total_tokens":35.*"reasoning_tokens":20/);
    expect((await emulator.endedCall()).outputTokens).toBe(21);
  });
});

describe('OpenAI chat', () => {
  it('pads its chunks unless told not to', async () => {
    await emulator.script({ text: 'Yes.', chunkDelayMs: 0 });
    expect(await say('openai-chat')).toMatch(/"obfuscation":"\w{1,16}"\}\n\n/);
    const options = { include_usage: true, include_obfuscation: false };
    expect(await say('openai-chat', { stream_options: options })).not.toContain('obfuscation');
  });

  it('reports cache writes where there are any', async () => {
    await emulator.script({ text: 'Yes.', cacheWriteTokens: 10, chunkDelayMs: 0 });
    expect(await say('openai-chat', { model: 'gpt-5.6-sol' })).toContain('"cache_write_tokens":10');
    // 4 × $4, 10 × $5, 1 × $20 a million.
    expect((await emulator.endedCall()).billedNanoUsd).toBe(4 * 4_000 + 10 * 5_000 + 20_000);
  });
});
