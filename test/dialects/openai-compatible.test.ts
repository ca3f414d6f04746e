// Chat Completions at the servers of others: each gets what it takes, under the names it knows.
// What breaks if this fails: a call is refused for a field that we added (Mistral: 422), or a
// server passes over a ceiling by a name it does not know, and answers without one.

import { describe, expect, it } from 'vitest';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { MANNERS } from '../../core/dialects/openai-compatible.ts';
import { PROVIDER_KINDS, type ProviderKind } from '../../core/pricing/rates.ts';
import { compatibleFields } from '../../core/dialects/openai-compatible-schema.ts';
import { requestOf } from '../support/request-input.ts';

type Body = Readonly<Record<string, unknown>>;

const BASE = { model: 'a-model', messages: [{ role: 'user', content: 'hi' }] };

function up(kind: ProviderKind, parts: object): Body {
  const asked = openaiChat.readRequest(requestOf({ ...BASE, ...parts }, { provider: kind }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  const narrowing = { outputTokensMax: 100, safetyIdentifier: 'pseudonym', provider: kind };
  return openaiChat.narrow(asked.value, narrowing) as Body;
}

const forcedIn = (kind: ProviderKind, parts: object = {}): Body => {
  const { model: _model, messages: _messages, ...forced } = up(kind, parts);
  return forced;
};

const USAGE = { stream_options: { include_usage: true } };

describe('a stream of two messages goes up with', () => {
  it.each<[ProviderKind, Body]>([
    [
      'openai',
      {
        ...USAGE,
        max_completion_tokens: 100,
        safety_identifier: 'pseudonym',
        store: false,
        service_tier: 'default',
      },
    ],
    ['anthropic', { ...USAGE, max_tokens: 100 }],
    ['google', { ...USAGE, max_tokens: 100 }],
    ['xai', { ...USAGE, max_completion_tokens: 100, user: 'pseudonym' }],
    [
      'groq',
      { ...USAGE, max_completion_tokens: 100, user: 'pseudonym', service_tier: 'on_demand' },
    ],
    ['mistral', { max_tokens: 100 }],
    ['deepseek', { ...USAGE, max_tokens: 100 }],
    [
      'openrouter',
      { ...USAGE, max_tokens: 100, user: 'pseudonym', provider: { require_parameters: true } },
    ],
  ])('to %s: %j', (kind, forced) => {
    const asked = {
      stream: true,
      stream_options: { include_usage: false },
      user: 'mail@example.org',
      store: true,
      service_tier: 'priority',
      metadata: { a: 'b' },
    };
    expect(forcedIn(kind, asked)).toEqual({ stream: true, ...forced });
  });
});

describe('a ceiling', () => {
  it.each<[ProviderKind, string, string]>([
    ['openai', 'max_tokens', 'max_tokens'],
    ['openai', 'max_completion_tokens', 'max_completion_tokens'],
    ['xai', 'max_tokens', 'max_tokens'],
    ['groq', 'max_tokens', 'max_tokens'],
    ['mistral', 'max_completion_tokens', 'max_tokens'],
    ['deepseek', 'max_completion_tokens', 'max_tokens'],
    ['openrouter', 'max_completion_tokens', 'max_tokens'],
    ['google', 'max_completion_tokens', 'max_tokens'],
  ])('at %s that the caller calls %s is called %s', (kind, asked, sent) => {
    const body = up(kind, { [asked]: 500 });
    const ceilings = ['max_tokens', 'max_completion_tokens'].filter((key) => key in body);
    expect(ceilings).toEqual([sent]);
    expect(body[sent]).toBe(100);
  });

  it('of thoughts is never above the one of the answer', () => {
    const thoughts = { effort: 'high', max_tokens: 50_000 } as const;
    expect(up('openrouter', { reasoning: thoughts })['reasoning']).toEqual({
      effort: 'high',
      max_tokens: 100,
    });
    expect(up('openrouter', { reasoning: { max_tokens: 20 } })['reasoning']).toEqual({
      max_tokens: 20,
    });
  });
});

/** Its own fields are refused elsewhere; what OpenAI has and a server does not is left out. */
const OWN_FIELDS = new Set(Object.keys(compatibleFields));

function takes(kind: ProviderKind, field: string, value: unknown): boolean {
  const body = { ...BASE, [field]: value };
  const asked = openaiChat.readRequest(requestOf(body, { provider: kind }));
  if (asked.ok) return field in up(kind, { [field]: value });
  expect(asked.error).toEqual({ kind: 'field-unknown', field });
  expect(OWN_FIELDS).toContain(field);
  return false;
}

describe('a field of one of them', () => {
  it.each<[string, unknown, readonly ProviderKind[]]>([
    ['reasoning', { effort: 'low' }, ['openrouter']],
    ['top_k', 40, ['openrouter']],
    ['include_reasoning', false, ['groq', 'openrouter']],
    ['reasoning_format', 'parsed', ['groq']],
    ['safe_prompt', true, ['mistral']],
    ['thinking', { type: 'disabled' }, ['deepseek']],
    ['search_parameters', { mode: 'on' }, ['xai']],
    ['logprobs', true, ['openai', 'xai', 'deepseek', 'openrouter']],
    ['logit_bias', { '7': 1 }, ['openai', 'openrouter']],
    ['n', 2, ['openai', 'google', 'xai', 'mistral']],
    ['verbosity', 'low', ['openai', 'openrouter']],
    ['functions', [{ name: 'f' }], ['openai', 'groq']],
  ])('%s goes nowhere else', (field, value, kinds) => {
    const takers = PROVIDER_KINDS.filter((kind) => takes(kind, field, value));
    expect([...takers].sort()).toEqual([...kinds].sort());
  });

  it('the seed has a name of its own at Mistral', () => {
    expect(forcedIn('mistral', { seed: 7 })).toEqual({ max_tokens: 100, random_seed: 7 });
    expect(forcedIn('deepseek', { seed: 7 })).toEqual({ max_tokens: 100 });
  });
});

describe('messages', () => {
  const thought = {
    role: 'assistant',
    content: null,
    name: 'bot',
    refusal: null,
    annotations: [],
    reasoning_content: 'hm',
    reasoning: 'hm',
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };
  const kept = { role: 'assistant', content: null, tool_calls: thought.tool_calls };

  it.each<[ProviderKind, object]>([
    ['openai', { name: 'bot' }],
    ['xai', { name: 'bot', reasoning_content: 'hm' }],
    ['groq', { reasoning: 'hm' }],
    ['mistral', {}],
    ['deepseek', { name: 'bot', reasoning_content: 'hm' }],
    ['openrouter', { name: 'bot', reasoning: 'hm' }],
  ])('of an assistant go to %s with %j and what is common', (kind, more) => {
    expect(up(kind, { messages: [thought] })['messages']).toEqual([{ ...kept, ...more }]);
  });

  it('of a function keep its name everywhere', () => {
    const message = { role: 'function', name: 'f', content: null };
    for (const kind of PROVIDER_KINDS) {
      expect(up(kind, { messages: [message] })['messages']).toEqual([message]);
    }
  });
});

describe('what costs and cannot be bounded', () => {
  it.each([
    'models',
    'route',
    'provider',
    'plugins',
    'transforms',
    'preset',
    'usage',
    'cache_control',
    'deferred',
    'compound_custom',
    'search_settings',
    'documents',
    'guardrails',
    'user_id',
  ])('%s is on no list, and refused by name', (field) => {
    expect(openaiChat.readRequest(requestOf({ ...BASE, [field]: [] }))).toMatchObject({
      ok: false,
      error: { kind: 'field-unknown', field },
    });
    for (const kind of PROVIDER_KINDS) expect(MANNERS[kind].takes.has(field), kind).toBe(false);
  });
});
