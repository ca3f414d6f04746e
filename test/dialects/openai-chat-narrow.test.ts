// What goes up of a Chat Completions request. Attack: a dearer tier, a stored answer, a ceiling
// that was not paid for, or a name that tells the provider who the caller is, rides along.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { foreignField, MANNERS } from '../../core/dialects/openai-compatible.ts';
import { PROVIDER_KINDS, type ProviderKind } from '../../core/pricing/rates.ts';
import { requestOf } from '../support/request-input.ts';

type Body = Readonly<Record<string, unknown>>;

const BASE = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };

function ask(parts: object, provider: ProviderKind = 'openai'): Ask {
  const asked = openaiChat.readRequest(requestOf({ ...BASE, ...parts }, { provider }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const up = (parts: object, provider: ProviderKind = 'openai', outputTokensMax = 100): Body =>
  openaiChat.narrow(ask(parts, provider), {
    outputTokensMax,
    safetyIdentifier: 'pseudonym',
    provider,
  }) as Body;

describe('narrow', () => {
  it('forces what hides cost, whatever was asked', () => {
    for (const service_tier of ['auto', 'flex', 'scale', 'priority', 'fast', null]) {
      const forced = { service_tier: 'default', store: false };
      expect(up({ service_tier, store: true })).toMatchObject(forced);
    }
  });

  // rivals.md §3, 22: mozilla-ai/any-llm#974, ferro-labs/ai-gateway#281: streams cost nothing.
  it('asks for usage in every stream, whatever the caller says of it', () => {
    for (const stream_options of [undefined, null, {}, { include_usage: false }]) {
      expect(up({ stream: true, stream_options })).toMatchObject({
        stream_options: { include_usage: true },
      });
    }
    const hushed = { include_usage: false, include_obfuscation: false };
    expect(up({ stream: true, stream_options: hushed })['stream_options']).toEqual({
      include_usage: true,
      include_obfuscation: false,
    });
    expect('stream_options' in up({ stream_options: hushed })).toBe(false);
  });

  it.each([
    [{ max_tokens: 500 }, { max_tokens: 100 }],
    [{ max_completion_tokens: 500 }, { max_completion_tokens: 100 }],
    [
      { max_tokens: 500, max_completion_tokens: 700 },
      { max_tokens: 100, max_completion_tokens: 100 },
    ],
    [{}, { max_completion_tokens: 100 }],
    [{ max_tokens: null }, { max_completion_tokens: 100 }],
    [{ max_completion_tokens: null }, { max_completion_tokens: 100 }],
  ])('with the ceiling of %j sends %j: the key the caller used, clamped', (asked, sent) => {
    const { max_tokens, max_completion_tokens } = up(asked);
    expect(JSON.parse(JSON.stringify({ max_tokens, max_completion_tokens }))).toEqual(sent);
  });

  it('replaces every name of the caller by our own', () => {
    const mail = 'mail@example.org';
    const body = up({ user: mail, safety_identifier: mail, metadata: { mail } });
    expect(body['safety_identifier']).toBe('pseudonym');
    expect(JSON.stringify(body)).not.toContain(mail);
  });

  // What breaks if this fails: a caller names the cache of another, and reads from what his own
  // call costs whether the other has asked the same.
  it('gives a caller who names a cache the one of his own name', () => {
    expect(up({ prompt_cache_key: 'of-somebody-else' })['prompt_cache_key']).toBe('pseudonym');
    expect('prompt_cache_key' in up({})).toBe(false);
    for (const kind of PROVIDER_KINDS.filter((one) => one !== 'openai')) {
      expect('prompt_cache_key' in up({ prompt_cache_key: 'x' }, kind), kind).toBe(false);
    }
  });

  it('leaves out what is billed beside the answer, or tells on the caller', () => {
    const body = up({
      prediction: { type: 'content', content: 'x'.repeat(1_000) },
      moderation: { model: 'omni-moderation-latest' },
      metadata: { a: 'b' },
      prompt_cache_retention: '24h',
      prompt_cache_options: { mode: 'explicit', ttl: '30m' },
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'hi', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
          ],
        },
      ],
    });
    expect(body).toEqual({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      max_completion_tokens: 100,
      safety_identifier: 'pseudonym',
      service_tier: 'default',
      store: false,
    });
  });

  it('invents no other key, and leaves every other value as it was', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const asked = {
      ...BASE,
      messages: [
        { role: 'developer', content: 'be brief', name: 'owner' },
        { role: 'user', content: [{ type: 'text', text: 'hi' }], name: 'ann' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', content: '', tool_call_id: 'c' },
        { role: 'assistant', content: '' },
      ],
      temperature: 0.5,
      stop: ['a'],
      seed: 7,
      logit_bias: { '50256': -100 },
      logprobs: true,
      top_logprobs: 3,
      reasoning_effort: 'xhigh',
      verbosity: 'low',
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      parallel_tool_calls: false,
      response_format: { type: 'json_object' },
    };
    const body = up(asked);
    const forced = ['store', 'service_tier', 'safety_identifier', 'max_completion_tokens'];
    expect(Object.keys(body).sort()).toEqual([...Object.keys(asked), ...forced].sort());
    expect(body).toMatchObject(asked);
  });

  it('sends what was read: a choice that got in anyhow is counted, and no object is shared', () => {
    const hostile: Record<string, unknown> = { ...BASE };
    Object.setPrototypeOf(hostile, { n: 100 });
    const asked = openaiChat.readRequest(requestOf(hostile));
    if (!asked.ok) throw new Error('refused');
    const sent = openaiChat.narrow(asked.value, {
      outputTokensMax: 1,
      safetyIdentifier: 'p',
      provider: 'openai',
    }) as Body;
    expect(sent['n'] ?? 1).toBe(asked.value.choices);
    BASE.messages.forEach((message) => expect(sent['messages']).not.toContain(message));
  });
});

const FIELDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  max_tokens: fc.integer({ min: 1, max: 1_000_000 }),
  max_completion_tokens: fc.integer({ min: 1, max: 1_000_000 }),
  n: fc.integer({ min: 1, max: 128 }),
  stream: fc.boolean(),
  stream_options: fc.record({ include_usage: fc.boolean() }, { requiredKeys: [] }),
  service_tier: fc.constantFrom('auto', 'default', 'flex', 'scale', 'priority', 'fast'),
  store: fc.boolean(),
  user: fc.string({ maxLength: 64 }),
  prompt_cache_key: fc.string({ maxLength: 64 }),
  metadata: fc.constant({ a: 'b' }),
  prediction: fc.constant({ type: 'content', content: 'x' }),
  reasoning: fc.record({ max_tokens: fc.integer({ min: 0, max: 1_000_000 }) }),
  reasoning_effort: fc.constantFrom('none', 'max', 'default'),
  thinking: fc.constant({ type: 'enabled' }),
  seed: fc.maxSafeInteger(),
  top_k: fc.integer({ min: 0, max: 100 }),
  search_parameters: fc.constant({ mode: 'on' }),
  web_search_options: fc.constant({}),
  modalities: fc.constantFrom(['text'], ['text', 'audio']),
  safe_prompt: fc.boolean(),
  model: fc.constantFrom('gpt-4o', '__proto__', 'openai/gpt-4o:online'),
};

const anyRequest = fc.record(
  Object.fromEntries(
    Object.entries(FIELDS).map(([key, value]) => [key, fc.option(value, { nil: null, freq: 9 })]),
  ),
  { requiredKeys: [] },
);

const CEILINGS = ['max_tokens', 'max_completion_tokens'];
const FORCED = ['stream_options', 'prompt_cache_key', ...CEILINGS];

/** What is wrong with a body that goes up to this server, where so many tokens are held for. */
function wrongsOf(body: Body, kind: ProviderKind, ceiling: number): string[] {
  const { takes, forced, callerField, streamOptions } = MANNERS[kind];
  const known = new Set([...takes, ...Object.keys(forced), ...FORCED, callerField]);
  const wrongs = Object.keys(body).filter((key) => !known.has(key));
  const ceilings = CEILINGS.filter((key) => key in body);
  if (ceilings.length === 0) wrongs.push('no ceiling');
  wrongs.push(...ceilings.filter((key) => body[key] !== ceiling));
  const thoughts = body['reasoning'] as { max_tokens?: number } | undefined;
  if ((thoughts?.max_tokens ?? 0) > ceiling) wrongs.push('thoughts');
  const tier = body['service_tier'];
  if (tier !== undefined && tier !== 'default' && tier !== 'on_demand') wrongs.push('tier');
  if (body['store'] !== undefined && body['store'] !== false) wrongs.push('store');
  if ((body['user'] ?? 'pseudonym') !== 'pseudonym') wrongs.push('user');
  const options = body['stream_options'] as Body | undefined;
  const isAsked = body['stream'] === true && streamOptions !== null;
  if (options?.['include_usage'] !== (isAsked ? true : undefined)) wrongs.push('usage');
  return wrongs;
}

/** What a server of this kind can be asked: fields of another are refused. */
const asRequest = (parts: object, kind: ProviderKind): object => {
  const { model, ...others } = parts as { model?: string | null };
  const own = Object.entries(others).filter(
    ([key]) => foreignField({ [key]: parts[key as never] }, kind) === null,
  );
  return { ...Object.fromEntries(own), ...(model ? { model } : {}) };
};

describe('whatever is asked, of whichever server, what goes up', () => {
  it('has one ceiling, the one that is held for, no other tier, and no other key', () => {
    const property = fc.property(
      anyRequest,
      fc.constantFrom(...PROVIDER_KINDS),
      fc.integer({ min: 1, max: 4_096 }),
      (parts, kind, ceiling) => {
        expect(wrongsOf(up(asRequest(parts, kind), kind, ceiling), kind, ceiling)).toEqual([]);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('has every one of these wrong where a request is sent on with its ceiling lowered', () => {
    const naive = (parts: object, kind: ProviderKind): Body => ({
      ...ask(asRequest(parts, kind), kind).body,
      max_tokens: 100,
    });
    const found = fc
      .sample(anyRequest, { numRuns: 500, seed: 7 })
      .flatMap((parts) =>
        PROVIDER_KINDS.flatMap((kind) => wrongsOf(naive(parts, kind), kind, 100)),
      );
    const wrongs = ['tier', 'store', 'user', 'usage', 'thoughts', 'prediction', 'metadata'];
    expect(found).toEqual(expect.arrayContaining([...wrongs, 'max_completion_tokens']));
  });
});
