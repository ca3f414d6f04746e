// What is billed although it stands in no request: prompts that a provider adds, schemas that it
// unrolls, dearer servers that it chooses, signs that it reads out as sentences. What breaks if
// this fails: an operator pays a bill that no budget has seen.

import { describe, expect, it } from 'vitest';
import { CLIENT_TOOL_TOKENS } from '../../core/dialects/anthropic-messages-weight.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { present } from '../../core/result.ts';
import { attempt, chat, CLAUDE, claude, FLASH, forwarded, GEMINI } from './thief-bench.ts';
import { held, inputOf, madeRoute } from './thief-bench.ts';

describe('what a provider writes into a prompt by itself', () => {
  const tool = {
    name: 'f',
    description: 'x'.repeat(10_000),
    input_schema: {},
    defer_loading: true,
  };
  const referring = (count: number): object =>
    claude({
      tools: [tool],
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't',
              content: Array.from({ length: count }, () => ({
                type: 'tool_reference',
                tool_name: 'f',
              })),
            },
          ],
        },
      ],
    });

  it('a definition in the place of each reference to it is a need', async () => {
    const { denial } = await attempt(CLAUDE, JSON.stringify(referring(500)));
    expect(denial).toMatchObject({ kind: 'shape-refused', field: 'serverTools' });
  });

  it.each([
    { output_format: { type: 'json_schema', schema: {} } },
    { output_config: { format: { type: 'json_schema', schema: {} } } },
  ])('the prompt of a format is held for: %j', async (format) => {
    const plain = inputOf(await held(CLAUDE, claude()));
    expect(inputOf(await held(CLAUDE, claude(format))) - plain).toBeGreaterThanOrEqual(1_024);
  });

  it('the prompt of a tool is held at the rate of the cache that it is written to', async () => {
    const bash = {
      type: 'bash_20250124',
      name: 'bash',
      cache_control: { type: 'ephemeral', ttl: '1h' },
    };
    const rates = present(priceOf('anthropic', 'claude-haiku-4-5'), 'price').rates;
    const call = await held(CLAUDE, claude({ tools: [bash] }));
    const hour = rates.cacheWriteHour ?? 0;
    expect(hour).toBeGreaterThan(rates.input ?? 0);
    expect(present(call.estimate, 'e').inputNanoUsd).toBeGreaterThanOrEqual(
      (CLIENT_TOOL_TOKENS * 2 * hour) / 1_000,
    );
  });

  it('and may be what makes a long context of it', async () => {
    const long = present(priceOf('anthropic', 'claude-sonnet-4-5'), 'price');
    const above = present(long.longContext[0], 'long').aboveInputTokens;
    const asked = (chars: number): object =>
      claude({
        model: 'claude-sonnet-4-5',
        tools: [{ type: 'bash_20250124', name: 'bash' }],
        messages: [{ role: 'user', content: 'x'.repeat(chars) }],
      });
    const bare = inputOf(await held(CLAUDE, asked(0)));
    expect(bare).toBeGreaterThan(2 * CLIENT_TOOL_TOKENS);
    const call = await held(CLAUDE, asked(above - bare + 1));
    expect(inputOf(call)).toBe(above + 1);
    expect(present(call.estimate, 'e').inputNanoUsd).toBeGreaterThanOrEqual(
      (inputOf(call) * (long.longContext[0]?.rates.input ?? 0)) / 1_000,
    );
  });
});

describe('a schema that grows when its references are followed', () => {
  /** Each definition names the next one twice: 2^levels of the last. */
  const laughs = (levels: number): object => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: levels }, (_, n) => [
        `d${String(n)}`,
        {
          properties: {
            a: { $ref: `#/$defs/d${String(n + 1)}` },
            b: { $ref: `#/$defs/d${String(n + 1)}` },
          },
        },
      ]),
    ),
  });
  const asked = (schema: object): object => ({
    contents: [{ parts: [{ text: 'x' }] }],
    generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
  });

  it('is held as grown, as an answer and as a function', async () => {
    for (const levels of [4, 12]) {
      expect(inputOf(await held(GEMINI, asked(laughs(levels)), FLASH))).toBeGreaterThan(
        2 ** levels * 50,
      );
    }
    const declared = {
      contents: [{ parts: [{ text: 'x' }] }],
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: laughs(12) }] }],
    };
    expect(inputOf(await held(GEMINI, declared, FLASH))).toBeGreaterThan(2 ** 12 * 50);
  });

  it('takes no time to measure, also where every part names every other', async () => {
    const names = Array.from({ length: 120 }, (_, n) => `d${String(n)}`);
    const all = { anyOf: names.map((name) => ({ $ref: `#/$defs/${name}` })) };
    const started = performance.now();
    const call = await held(
      GEMINI,
      asked({ ...all, $defs: Object.fromEntries(names.map((name) => [name, all])) }),
      FLASH,
    );
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(inputOf(call)).toBeGreaterThan(1_000_000);
    expect(inputOf(await held(GEMINI, asked({ $ref: '#' }), FLASH))).toBeLessThan(5_000);
  });

  it('control: a schema without references is its bytes', async () => {
    const bare = inputOf(await held(GEMINI, asked({}), FLASH));
    const type = { type: 'object', properties: { a: { type: 'string' } } };
    expect(inputOf(await held(GEMINI, asked(type), FLASH)) - bare).toBe(
      JSON.stringify(type).length - 2,
    );
  });
});

describe('OpenRouter', () => {
  const model = 'openai/gpt-4o-mini';
  it.each([
    ['openai-chat', chat({ model })],
    ['openai-responses', { model, input: 'x' }],
    ['openai-completions', { model, prompt: 'x' }],
  ])('sends a call of %s to no server that is dearer than what is held', async (id, json) => {
    const route = madeRoute(id, 'openrouter', model);
    const { rates } = present(priceOf('openrouter', model), 'price');
    expect(forwarded(await held(route, json))['provider']).toEqual({
      require_parameters: true,
      max_price: { prompt: (rates.input ?? 0) / 1e6, completion: (rates.output ?? 0) / 1e6 },
    });
  });
});

describe('speech', () => {
  const route = madeRoute('openai-speech', 'openai', 'gpt-4o-mini-tts');
  const spoken = async (input: string): Promise<number> =>
    present(
      (
        await held(
          { ...route, outputTokensMax: 1_000_000 },
          { model: 'gpt-4o-mini-tts', voice: 'alloy', input },
        )
      ).estimate,
      'e',
    ).outputTokensMax;

  // 21 tokens a second (1,250 a minute); both are read as phrases of two to four seconds.
  it.each([
    ['\ufdfa', 52],
    ['\ufdfd', 84],
    ['😂', 42],
  ])('of %s is held as what it is read as', async (sign, tokens) => {
    expect((await spoken(sign.repeat(500))) - (await spoken('a'))).toBeGreaterThanOrEqual(
      499 * tokens,
    );
  });
});
