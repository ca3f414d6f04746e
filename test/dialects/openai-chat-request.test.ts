// What a caller may ask for and what goes up. Attack: a field that costs money and is not priced (a
// second choice, audio, a search, a dearer tier, a predicted output) rides along with a cheap call.

import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { askForRecordings, recordedRequest, recordings } from '../support/recordings.ts';

askForRecordings('recorded openai-chat requests');

const BASE = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };

function ask(parts: object): Ask {
  const asked = openaiChat.readRequest({ ...BASE, ...parts });
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const up = (parts: object, outputTokensMax = 100): Readonly<Record<string, unknown>> =>
  openaiChat.narrow(ask(parts), { outputTokensMax, safetyIdentifier: 'pseudonym' });

const denied = (parts: object): Record<string, unknown> => {
  const asked = openaiChat.readRequest({ ...BASE, ...parts });
  return asked.ok ? { kind: 'accepted' } : { ...asked.error };
};

/** Recorded requests that carry something bytes do not bound, and the field that does. */
const COSTLY: Readonly<Record<string, string>> = {
  'openai-chat/audio-in.json': 'messages[0].content[1].type',
  'openai-chat/audio-out.json': 'modalities',
  'openai-chat/image-in.json': 'messages[0].content[1].type',
  'openai-chat/web-search.sse': 'web_search_options',
  'openai-chat/moderation-gpt5.sse': 'moderation',
  'openai-chat/openrouter-cached-reasoning.sse': 'models',
  'openai-chat/error-400.json': 'messages[0].content',
};

const recorded = recordings('openai-chat').flatMap((recording) => {
  const request = recordedRequest(recording);
  return request === null ? [] : [{ file: recording.file, request }];
});

describe.skipIf(recorded.length === 0)('a recorded request', () => {
  it.each(recorded.filter(({ file }) => !(file in COSTLY)))('$file is accepted', ({ request }) => {
    const asked = openaiChat.readRequest(request);
    expect(asked).toMatchObject({
      ok: true,
      value: { model: request['model'], stream: request['stream'] === true },
    });
  });

  it.each(recorded.filter(({ file }) => file in COSTLY))('$file is refused', ({ request }) => {
    expect(openaiChat.readRequest(request).ok).toBe(false);
  });

  it('is refused for the field that costs, by name, in those that carry one', () => {
    const refused = recorded.flatMap(({ file, request }) => {
      const asked = openaiChat.readRequest(request);
      return asked.ok || !('field' in asked.error) ? [] : [[file, asked.error.field] as const];
    });
    expect(Object.fromEntries(refused)).toEqual(COSTLY);
  });
});

describe('a request is refused by the name of', () => {
  it.each([
    'audio',
    'prediction',
    'web_search_options',
    'moderation',
    'prompt_cache_options',
    'prompt_cache_retention',
    'background',
    'conversation',
    'previous_response_id',
    'best_of',
    'models',
    'provider',
    'max_output_tokens',
    'Max_Tokens',
    'MODEL',
    'thinking',
    'x',
  ])('the unknown field %s', (field) => {
    expect(denied({ [field]: 1 })).toEqual({ kind: 'field-unknown', field });
  });

  it.each([
    ['image part', { type: 'image_url', image_url: { url: 'https://x.example/a.png' } }],
    ['image part as data', { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }],
    ['audio part', { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }],
    ['file part', { type: 'file', file: { file_id: 'file-1' } }],
    ['text part with a rider', { type: 'text', text: 'hi', prompt_cache_breakpoint: true }],
  ])('the messages where one has an %s', (_, part) => {
    const refused = denied({ messages: [{ role: 'user', content: [part] }] });
    expect(refused['kind']).toMatch(/^(shape-refused|field-unknown)$/);
    expect(refused['field']).toMatch(/^messages\[0\]/);
  });

  it.each([
    ['service_tier', 'ultrafast'],
    ['service_tier', 'scale'],
    ['modalities', ['text', 'audio']],
    ['modalities', ['audio']],
    ['n', 0],
    ['n', 129],
    ['n', 1.5],
    ['n', '1'],
    ['max_tokens', '100'],
    ['max_tokens', 0],
    ['max_tokens', -1],
    ['max_tokens', 1e15],
    ['max_completion_tokens', '100'],
    ['max_completion_tokens', 0.5],
    ['reasoning_effort', 'extreme'],
    ['model', ''],
    ['model', 7],
    ['model', ['gpt-4o']],
    ['messages', []],
    ['messages', 'hi'],
    ['stream', 'true'],
    ['stream', 1],
    ['tools', [{ type: 'web_search' }]],
    ['tools', [{ type: 'mcp', server_url: 'https://x.example' }]],
    ['tools', [{ type: 'function', function: { name: 'f' }, server: true }]],
    ['tool_choice', { type: 'allowed_tools' }],
    ['stream_options', { include_usage: true, x: 1 }],
    ['messages', [{ role: 'assistant', audio: { id: 'a' } }]],
    ['messages', [{ role: 'user', content: 'hi', cache_control: {} }]],
    ['messages', [{ role: 'wizard', content: 'hi' }]],
  ])('%s where it is %j', (field, value) => {
    const refused = denied({ [field]: value });
    expect(refused['kind']).toMatch(/^(shape-refused|field-unknown)$/);
    expect(String(refused['field']).startsWith(field)).toBe(true);
  });

  it.each([null, 7, 'text', [], [BASE]])('the body where it is %j', (body) => {
    expect(openaiChat.readRequest(body)).toMatchObject({
      ok: false,
      error: { kind: 'shape-refused', field: 'body' },
    });
  });
});

describe('readRequest', () => {
  it('takes the lower of two ceilings, and none where none is set', () => {
    const both = { max_tokens: 50, max_completion_tokens: 70 };
    expect(ask(both).outputTokensMax).toBe(50);
    expect(ask({ max_completion_tokens: 70 }).outputTokensMax).toBe(70);
    expect(ask({ max_tokens: null }).outputTokensMax).toBeNull();
    expect(ask({}).outputTokensMax).toBeNull();
  });

  it('counts choices, messages, tools and the characters of every kind of content', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
    const asked = ask({
      n: 3,
      tools: [{ type: 'function', function: { name: 'f' } }],
      functions: [{ name: 'g' }],
      messages: [
        { role: 'system', content: 'abc' },
        { role: 'user', content: [{ type: 'text', text: 'de' }] },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }], tool_calls: [call] },
        { role: 'tool', content: 'four', tool_call_id: 'c' },
      ],
    });
    expect(asked).toMatchObject({ choices: 3, tools: 2, messages: 4 });
    expect(asked.promptChars).toBe(3 + 2 + 2 + 7 + 4);
  });
});

describe('narrow', () => {
  it('forces what hides cost, whatever was asked', () => {
    for (const service_tier of ['auto', 'flex', 'priority', null]) {
      expect(up({ service_tier, store: true })).toMatchObject({
        service_tier: 'default',
        store: false,
      });
    }
    expect(up({ stream: true })).toMatchObject({ stream_options: { include_usage: true } });
    const hushed = { include_usage: false, include_obfuscation: false };
    expect(up({ stream: true, stream_options: hushed })['stream_options']).toEqual({
      include_usage: true,
      include_obfuscation: false,
    });
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
    const body = up(asked);
    const { max_tokens, max_completion_tokens } = body;
    const ceilings = { max_tokens, max_completion_tokens };
    expect(JSON.parse(JSON.stringify(ceilings))).toEqual(sent);
  });

  it('replaces every name of the caller by our own', () => {
    const body = up({ user: 'mail@example.org', safety_identifier: 'mail@example.org' });
    expect(body['safety_identifier']).toBe('pseudonym');
    expect(JSON.stringify(body)).not.toContain('mail@example.org');
  });

  it('invents no other key, and leaves every other value as it was', () => {
    const asked = {
      ...BASE,
      temperature: 0.5,
      stop: ['a'],
      seed: 7,
      logit_bias: { '50256': -100 },
    };
    const body = up(asked);
    const forced = ['store', 'service_tier', 'safety_identifier', 'max_completion_tokens'];
    expect(Object.keys(body).sort()).toEqual([...Object.keys(asked), ...forced].sort());
    expect(body).toMatchObject(asked);
    expect('stream_options' in body).toBe(false);
  });

  it('sends what was read: a choice that got in anyhow is counted, and no object is shared', () => {
    const hostile: Record<string, unknown> = { ...BASE };
    Object.setPrototypeOf(hostile, { n: 100 });
    const asked = openaiChat.readRequest(hostile);
    if (!asked.ok) throw new Error('refused');
    const narrowing = { outputTokensMax: 1, safetyIdentifier: 'p' };
    const sent = openaiChat.narrow(asked.value, narrowing);
    expect(sent['n'] ?? 1).toBe(asked.value.choices);
    BASE.messages.forEach((message) => expect(sent['messages']).not.toContain(message));
  });
});
