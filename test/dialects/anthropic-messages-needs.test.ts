// What a prompt to Claude weighs beyond its bytes, and at which rates. Attack: a picture, a
// document, a search or a cache that lasts an hour is let through as if it were text.

import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import {
  CLIENT_TOOL_TOKENS,
  FORMAT_TOKENS,
} from '../../core/dialects/anthropic-messages-weight.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: 'hi' }],
};

function ask(parts: object): Ask {
  const asked = anthropicMessages.readRequest(requestOf({ ...BASE, ...parts }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const SHORT = { type: 'ephemeral' };
const HOUR = { type: 'ephemeral', ttl: '1h' };
const FUNCTION = { name: 'f', input_schema: { type: 'object' } };
const PDF = { type: 'base64', media_type: 'application/pdf', data: 'AAAA' };
const PNG = { type: 'base64', media_type: 'image/png', data: 'AAAAAAAA' };

describe('what bytes do not bound is named as a need:', () => {
  const media = { images: 0, files: 0, audios: 0, audioBytes: 0, fileBytes: 0, payloadBytes: 0 };

  it.each([
    ['an image', { type: 'image', source: PNG }, ['images'], { images: 1, payloadBytes: 8 }],
    [
      'an image in the result of a tool',
      { type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source: PNG }] },
      ['images'],
      { images: 1, payloadBytes: 8 },
    ],
    [
      'a document',
      { type: 'document', source: PDF },
      ['files'],
      { files: 1, fileBytes: 3, payloadBytes: 4 },
    ],
    [
      'a document of text, whose bytes count as text',
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'abc' } },
      ['files'],
      { files: 1 },
    ],
    [
      'an image in a document',
      { type: 'document', source: { type: 'content', content: [{ type: 'image', source: PNG }] } },
      ['files', 'images'],
      { files: 1, images: 1, payloadBytes: 8 },
    ],
    [
      'the result of a search',
      { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'x' }] },
      ['files'],
      { files: 1 },
    ],
    [
      'an image elsewhere',
      { type: 'image', source: { type: 'url', url: 'https://x.example/a' } },
      ['remoteMedia'],
      {},
    ],
    [
      'a document elsewhere',
      { type: 'document', source: { type: 'url', url: 'https://x' } },
      ['remoteMedia'],
      {},
    ],
    [
      'a kept image',
      { type: 'image', source: { type: 'file', file_id: 'f' } },
      ['serverState'],
      {},
    ],
    [
      'a kept document',
      { type: 'document', source: { type: 'file', file_id: 'f' } },
      ['serverState'],
      {},
    ],
    [
      'what a search brought before',
      {
        type: 'web_search_tool_result',
        tool_use_id: 't',
        content: [{ type: 'web_search_result' }],
      },
      ['serverTools'],
      {},
    ],
  ])('%s', (_, block, needs, counted) => {
    expect(ask(user(block))).toMatchObject({ needs, media: { ...media, ...counted } });
  });

  // What breaks if this fails: fifty addresses are held for as one.
  it('what is elsewhere, each by itself', () => {
    const url = { type: 'image', source: { type: 'url', url: 'https://x.example/a' } };
    const file = { type: 'document', source: { type: 'file', file_id: 'f' } };
    expect(ask(user(url, url, url, file, file)).needTimes).toEqual({
      remoteMedia: 3,
      serverState: 2,
    });
  });

  it('a container', () => {
    expect(ask({ container: 'container_1' }).needs).toEqual(['serverState']);
  });

  it('tools that the provider runs, by their exact types', () => {
    const tools = [
      FUNCTION,
      { type: 'custom', ...FUNCTION, name: 'g' },
      { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
      { type: 'code_execution_20260120', name: 'code_execution' },
      { type: 'memory_20250818', name: 'memory' },
      { type: 'computer_20250124', name: 'computer', display_width_px: 1, display_height_px: 1 },
    ];
    expect(ask({ tools })).toMatchObject({
      tools: 6,
      needs: ['serverTools'],
      serverTools: [
        'web_search_20250305',
        'code_execution_20260120',
        'memory_20250818',
        'computer_20250124',
      ],
    });
  });

  it('nothing in text, tools of the app, and thinking that is sent back', () => {
    const messages = [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'redacted_thinking', data: 'd' },
          { type: 'text', text: 'look', citations: null },
          { type: 'tool_use', id: 't', name: 'f', input: { a: 1 }, caller: { type: 'direct' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'rain' }] },
      { role: 'system', content: 'now' },
    ];
    const asked = ask({
      messages,
      system: [{ type: 'text', text: 'be brief' }],
      tools: [FUNCTION],
    });
    expect(asked).toMatchObject({ needs: [], serverTools: [], messages: 4, tools: 1, pieces: {} });
    expect(asked.promptChars).toBe('hi hm look'.length - 2 + '{"a":1}rainnowbe brief'.length);
  });

  // What breaks if this fails: hidden prompts of 245 and 700 tokens exceed the constant together.
  it('and the hidden prompts of client tools are held for, each', () => {
    const tools = [
      { type: 'bash_20250124', name: 'bash' },
      { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
    ];
    expect(ask({ tools })).toMatchObject({ needs: [], pieces: { input: 2 * CLIENT_TOOL_TOKENS } });
  });

  it.each([
    ['output_config', { format: { type: 'json_schema', schema: {} } }],
    ['output_format', { type: 'json_schema', schema: {} }],
  ])('and so is the one of a schema that the answer keeps to, in %s', (field, value) => {
    expect(ask({ [field]: value }).pieces).toEqual({ input: FORMAT_TOKENS });
    expect(ask({ [field]: null }).pieces).toEqual({});
  });

  it('tools that are put in the place of a reference to them', () => {
    const content = [{ type: 'tool_reference', tool_name: 'f' }];
    const result = { type: 'tool_result', tool_use_id: 't', content };
    expect(ask(user(result)).needs).toEqual(['serverTools']);
  });
});

describe('input is held for at the rate of', () => {
  it.each([
    ['input alone where nothing is cached', {}, ['input']],
    ['a write where the request says so', { cache_control: SHORT }, ['input', 'cacheWrite']],
    ['an hour of it', { cache_control: HOUR }, ['input', 'cacheWriteHour']],
    [
      'a write in a block',
      user({ type: 'text', text: 'a', cache_control: SHORT }),
      ['input', 'cacheWrite'],
    ],
    [
      'a write in the result of a tool',
      user({
        type: 'tool_result',
        tool_use_id: 't',
        content: [{ type: 'text', text: 'a', cache_control: HOUR }],
      }),
      ['input', 'cacheWriteHour'],
    ],
    [
      'a write in a tool',
      { tools: [{ ...FUNCTION, cache_control: HOUR }] },
      ['input', 'cacheWriteHour'],
    ],
    [
      'both where both are asked for',
      { cache_control: SHORT, system: [{ type: 'text', text: 'a', cache_control: HOUR }] },
      ['input', 'cacheWrite', 'cacheWriteHour'],
    ],
  ])('%s', (_, parts, rates) => {
    expect(ask(parts).inputRates).toEqual(rates);
  });
});
