// What goes up of a call to the Responses API. Attack: an answer that is stored, a dearer tier, a
// ceiling that was not paid for, a field that nobody knew, a cache that somebody else filled.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ask, Narrowing } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import {
  affordableOutputTokens,
  estimateCall,
  OUTPUT_TOKENS_MIN,
} from '../../core/pricing/estimate.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { present } from '../../core/result.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = { model: 'gpt-5-mini', input: 'hi' };

function ask(parts: object): Ask {
  const asked = openaiResponses.readRequest(requestOf({ ...BASE, ...parts }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const NARROWING: Narrowing = {
  outputTokensMax: 100,
  safetyIdentifier: 'pseudonym',
  provider: 'openai',
};
type Sent = Readonly<Record<string, unknown>>;
/** As it goes over the wire: what is undefined is not there. */
const sent = (asked: Ask, narrowing = NARROWING): Sent =>
  JSON.parse(JSON.stringify(openaiResponses.narrow(asked, narrowing))) as Sent;
const up = (parts: object, change: Partial<Narrowing> = {}): Sent =>
  sent(ask(parts), { ...NARROWING, ...change });

describe('what goes up', () => {
  it('is stored nowhere, whatever is asked', () => {
    for (const store of [true, false, null, undefined]) expect(up({ store })['store']).toBe(false);
    for (const provider of ['xai', 'groq', 'openrouter'] as const) {
      expect(up({ store: true }, { provider })['store']).toBe(false);
    }
  });

  it.each(['auto', 'flex', 'scale', 'priority', 'fast', 'ultrafast'])(
    'is of the usual tier where %s is asked',
    (service_tier) => {
      expect(up({ service_tier })['service_tier']).toBe('default');
      expect('service_tier' in up({ service_tier }, { provider: 'groq' })).toBe(false);
    },
  );

  it('carries the ceiling that is paid for, and never less than the provider takes', () => {
    expect(up({})['max_output_tokens']).toBe(100);
    expect(up({ max_output_tokens: 4_000 })['max_output_tokens']).toBe(100);
    expect(up({}, { outputTokensMax: 15 })['max_output_tokens']).toBe(16);
  });

  it('names our pseudonym, and a cache of its own', () => {
    const body = up({ user: 'u', safety_identifier: 'mine', prompt_cache_key: 'everybody' });
    expect(body).toMatchObject({ safety_identifier: 'pseudonym', prompt_cache_key: 'pseudonym' });
    expect('user' in body).toBe(false);
    expect('prompt_cache_key' in up({})).toBe(false);
    expect('safety_identifier' in up({}, { provider: 'deepseek' })).toBe(false);
  });

  it('is without what is known to cost or to tell', () => {
    const body = up({
      access_programs: { cyber: 'daybreak_red' },
      image: { context_compression: 'disabled' },
      moderation: { model: 'm' },
      prompt_cache_options: { ttl: '12h' },
      prompt_cache_retention: '24h',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'hi', prompt_cache_breakpoint: { mode: 'explicit' } },
          ],
        },
        {
          type: 'message',
          role: 'assistant',
          id: 'msg_1',
          status: 'completed',
          content: [
            { type: 'output_text', text: 'ho', annotations: [], logprobs: [{}], parsed: null },
          ],
        },
      ],
    });
    expect(JSON.stringify(body)).not.toMatch(
      /cyber|compression|moderation|12h|24h|break|logprobs|parsed/,
    );
    expect(body['input']).toMatchObject([{ content: [{ text: 'hi' }] }, { id: 'msg_1' }]);
  });

  it('keeps what shapes the answer', () => {
    const kept = {
      instructions: 'be brief',
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 2,
      truncation: 'auto',
      max_tool_calls: 3,
      parallel_tool_calls: false,
      include: ['reasoning.encrypted_content'],
      metadata: { app: 'a' },
      text: {
        verbosity: 'low',
        format: { type: 'json_schema', name: 'n', schema: { type: 'object' } },
      },
      reasoning: { effort: 'xhigh', summary: 'detailed', context: 'all_turns' },
      tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true }],
      tool_choice: { type: 'function', name: 'f' },
    };
    expect(up(kept)).toMatchObject(kept);
    expect(up({ stream: true, stream_options: { include_obfuscation: false } })).toMatchObject({
      stream_options: { include_obfuscation: false },
    });
    expect('stream_options' in up({ stream_options: {} })).toBe(false);
  });

  // Property: whatever is accepted, nothing that costs is in it beyond what was asked about.
  it('never carries another tier, a memory, a higher ceiling or an unknown field', () => {
    const known = new Set(Object.keys(up({ ...BASE })));
    const field = fc.constantFrom<readonly [string, fc.Arbitrary<unknown>]>(
      ['store', fc.boolean()],
      ['service_tier', fc.constantFrom('auto', 'priority', 'flex', 'turbo')],
      ['max_output_tokens', fc.integer({ min: -5, max: 2_000_000 })],
      ['user', fc.string()],
      ['background', fc.boolean()],
      ['stream', fc.boolean()],
      ['n', fc.nat(9)],
      ['temperature', fc.double({ min: 0, max: 2, noNaN: true })],
      ['prompt_cache_retention', fc.constant('24h')],
      ['moderation', fc.anything()],
      ['x', fc.anything()],
    );
    const body = fc
      .array(
        field.chain(([name, value]) => value.map((one) => [name, one] as const)),
        { maxLength: 6 },
      )
      .map((pairs) => Object.fromEntries(pairs));
    const offered = new Set([...known, 'background', 'stream', 'temperature']);
    let accepted = 0;
    fc.assert(
      fc.property(body, fc.integer({ min: 16, max: 5_000 }), (parts, outputTokensMax) => {
        const asked = openaiResponses.readRequest(requestOf({ ...BASE, ...parts }));
        if (!asked.ok) return;
        accepted += 1;
        const forwarded = sent(asked.value, { ...NARROWING, outputTokensMax });
        expect(forwarded).toMatchObject({
          store: false,
          service_tier: 'default',
          max_output_tokens: outputTokensMax,
        });
        for (const key of Object.keys(forwarded)) expect(offered).toContain(key);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe('less than the least ceiling', () => {
  it('is a denial: no hold that is granted pays for fewer than 15 tokens', () => {
    const price = present(priceOf('openai', 'gpt-5-mini'), 'price');
    for (let bytes = 60; bytes < 400; bytes += 1) {
      const estimate = estimateCall(price, {
        ask: ask({}),
        forwardedBytes: bytes,
        outputTokensMax: 4_000,
        allowance: { inputTokens: 0, nanoUsd: 0 },
      });
      const tokens = affordableOutputTokens(estimate, estimate.totalNanoUsdMin);
      expect(tokens).toBeGreaterThanOrEqual(OUTPUT_TOKENS_MIN - 1);
    }
  });
});
