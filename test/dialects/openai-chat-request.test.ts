// What a caller may ask for and what goes up. Attack: a field that costs money and is not priced (a
// second choice, audio, a search, a dearer tier, a predicted output) rides along with a cheap call.

import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { askForRecordings, recordedRequest, recordings } from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('recorded openai-chat requests');

const BASE = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };

function ask(parts: object): Ask {
  const asked = openaiChat.readRequest(requestOf({ ...BASE, ...parts }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const denied = (parts: object): Record<string, unknown> => {
  const asked = openaiChat.readRequest(requestOf({ ...BASE, ...parts }));
  return asked.ok ? { kind: 'accepted' } : { ...asked.error };
};

/** Recorded requests that ask for something bytes do not bound, and what that is called here. */
const COSTLY: Readonly<Record<string, readonly string[]>> = {
  'openai-chat/audio-in.json': ['audio'],
  'openai-chat/audio-out.json': ['audioOutput'],
  'openai-chat/image-in.json': ['images'],
  'openai-chat/web-search.sse': ['serverTools'],
};
/** And those that are no requests, or choose another model, with the field that does. */
const REFUSED: Readonly<Record<string, string>> = {
  'openai-chat/openrouter-cached-reasoning.sse': 'models',
  'openai-chat/error-400.json': 'messages[0].content',
};

const recorded = recordings('openai-chat').flatMap((recording) => {
  const request = recordedRequest(recording);
  return request === null ? [] : [{ file: recording.file, request }];
});

describe.skipIf(recorded.length === 0)('a recorded request', () => {
  it.each(recorded.filter(({ file }) => !(file in REFUSED)))(
    '$file is accepted, with what it needs',
    ({ file, request }) => {
      expect(openaiChat.readRequest(requestOf(request))).toMatchObject({
        ok: true,
        value: {
          model: request['model'],
          stream: request['stream'] === true,
          needs: COSTLY[file] ?? [],
        },
      });
    },
  );

  it('is refused by the name of the field where it cannot be served', () => {
    const refused = recorded.flatMap(({ file, request }) => {
      const asked = openaiChat.readRequest(requestOf(request));
      return asked.ok || !('field' in asked.error) ? [] : [[file, asked.error.field] as const];
    });
    expect(Object.fromEntries(refused)).toEqual(REFUSED);
  });
});

const image = (url: string) => ({ type: 'image_url', image_url: { url } });

describe('a request is refused by the name of', () => {
  it.each([
    'background',
    'conversation',
    'previous_response_id',
    'best_of',
    'models',
    'provider',
    'route',
    'plugins',
    'transforms',
    'preset',
    'cache_control',
    'compound_custom',
    'search_settings',
    'documents',
    'deferred',
    'guardrails',
    'input',
    'max_output_tokens',
    'max_tool_calls',
    'Max_Tokens',
    'maxTokens',
    'MODEL',
    'x',
  ])('the unknown field %s', (field) => {
    expect(denied({ [field]: 1 })).toEqual({ kind: 'field-unknown', field });
  });

  it.each([
    [
      'image without padding',
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
    ],
    ['image of another type', image('data:image/svg+xml;base64,AAAA')],
    ['image of a type in capitals', image('data:image/PNG;base64,AAAA')],
    ['image with a parameter', image('data:image/png;charset=x;base64,AAAA')],
    ['image as text', image('data:image/png,AAAA')],
    ['image of nothing', image('data:image/png;base64,')],
    ['image with a line end', image('data:image/png;base64,AAAA\n')],
    ['image in the alphabet of URLs', image('data:image/png;base64,A-_A')],
    ['image with bits behind its end', image('data:image/png;base64,AB==')],
    ['image that ends in the middle', image('data:image/png;base64,A=AA')],
    ['image in a file', image('file:///etc/passwd')],
    ['image at no address', image('https:// x.example')],
    ['image at a long address', image(`https://x.example/${'a'.repeat(2_048)}`)],
    ['image with a rider', { type: 'image_url', image_url: { url: 'https://x.example', x: 1 } }],
    [
      'recording without padding',
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    ],
    [
      'recording elsewhere',
      { type: 'input_audio', input_audio: { data: 'https://x', format: 'wav' } },
    ],
    ['recording in ogg', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'ogg' } }],
    ['file at an address', { type: 'file', file: { file_data: 'https://x.example/a.pdf' } }],
    ['file of nothing', { type: 'file', file: { filename: 'a.pdf' } }],
    [
      'file twice',
      { type: 'file', file: { file_id: 'file-1', file_data: 'data:application/pdf;base64,AAAA' } },
    ],
    ['video', { type: 'video_url', video_url: { url: 'https://x.example' } }],
    ['text with a rider', { type: 'text', text: 'hi', prompt_cache_breakpoint: true }],
  ])('the messages where one has an %s', (_, part) => {
    const refused = denied({ messages: [{ role: 'user', content: [part] }] });
    expect(refused['kind']).toMatch(/^(shape-refused|field-unknown)$/);
    expect(refused['field']).toMatch(/^messages\[0\]/);
  });

  it.each([
    ['service_tier', 'ultrafast'],
    ['service_tier', 'on_demand'],
    ['modalities', ['text', 'image']],
    ['modalities', []],
    ['audio', { format: 'wav', voice: 'alloy', x: 1 }],
    ['audio', 1],
    ['prediction', 1],
    ['web_search_options', 1],
    ['web_search_options', { filters: {} }],
    ['search_parameters', { sources: [{ type: 'rss', links: ['https://x.example'] }] }],
    ['moderation', 1],
    ['prompt_cache_options', { ttl: '12h' }],
    ['prompt_cache_retention', 1],
    ['thinking', 1],
    ['thinking', { type: 'enabled', budget_tokens: 100_000 }],
    ['seed', JSON.parse('9223372036854775807') as number],
    ['logit_bias', { token: 1 }],
    ['logit_bias', Object.fromEntries(Array.from({ length: 1_025 }, (_, at) => [at, 1]))],
    ['metadata', Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, 'x']))],
    ['tools', [{ type: 'openrouter:web_search' }]],
    ['tools', [{ type: 'live_search', sources: [] }]],
    ['tools', [{ type: 'code_interpreter' }]],
    ['tools', [{ type: 'custom', custom: { name: 'f', format: { type: 'json' } } }]],
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
    ['messages', [{ role: 'assistant', audio: { id: 'a', data: 'AAAA' } }]],
    ['messages', [{ role: 'assistant', reasoning_details: [{ type: 'reasoning.encrypted' }] }]],
    ['messages', [{ role: 'user', content: 'hi', cache_control: {} }]],
    ['messages', [{ role: 'wizard', content: 'hi' }]],
  ])('%s where it is %j', (field, value) => {
    const refused = denied({ [field]: value });
    expect(refused['kind']).toMatch(/^(shape-refused|field-unknown)$/);
    expect(String(refused['field']).startsWith(field)).toBe(true);
  });

  it.each([null, 7, 'text', [], [BASE]])('the body where it is %j', (body) => {
    expect(openaiChat.readRequest(requestOf(body))).toMatchObject({
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

it('says of a seed why it is refused', () => {
  expect(denied({ seed: 2 ** 53 })).toMatchObject({
    field: 'seed',
    sentence: expect.stringContaining('digits are lost') as string,
  });
  expect(ask({ seed: 2 ** 53 - 1 }).body).toMatchObject({ seed: 2 ** 53 - 1 });
});

// What breaks if this fails: one request holds an isolate for seconds.
it('refuses megabytes of almost base64 in milliseconds', () => {
  const long = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
  const startedAt = performance.now();
  for (const url of [`${long}!AA`, `${long}====`, `${long}=A==`]) {
    const refused = denied({ messages: [{ role: 'user', content: [image(url)] }] });
    expect(refused['field']).toBe('messages[0].content[0].image_url.url');
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
