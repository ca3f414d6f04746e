// What a caller of the Responses API may ask for and what of it has to be priced by the route.
// Attack: a few bytes that cost much ride along with a cheap call: an earlier response by its id, a
// search, a second model, an answer that runs on after the caller is gone.

import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { askForRecordings, recordedRequest, recordings } from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('recorded openai-responses requests');

const BASE = { model: 'gpt-5-mini', input: 'hi' };
const PNG = 'data:image/png;base64,AAAA';

function ask(parts: object): Ask {
  const asked = openaiResponses.readRequest(requestOf({ ...BASE, ...parts }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const denied = (parts: object): Record<string, unknown> => {
  const asked = openaiResponses.readRequest(requestOf({ ...BASE, ...parts }));
  return asked.ok ? { kind: 'accepted' } : { ...asked.error };
};

const user = (...content: readonly object[]): object => ({ input: [{ role: 'user', content }] });
const items = (...input: readonly object[]): object => ({ input });

describe('what bytes do not bound is a need', () => {
  it.each([
    ['an earlier response', { previous_response_id: 'resp_1' }, ['serverState']],
    ['a conversation', { conversation: 'conv_1' }, ['serverState']],
    ['a conversation as an object', { conversation: { id: 'conv_1' } }, ['serverState']],
    ['a stored prompt', { prompt: { id: 'pmpt_1', variables: { city: 'Rome' } } }, ['serverState']],
    ['a reference to an item', items({ type: 'item_reference', id: 'rs_1' }), ['serverState']],
    [
      'sealed reasoning',
      items({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }),
      ['sealedReasoning'],
    ],
    [
      'reasoning that is looked up',
      items({ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }] }),
      ['serverState'],
    ],
    [
      'an image by its id',
      user({ type: 'input_image', file_id: 'file_1', detail: 'low' }),
      ['serverState'],
    ],
    ['a file by its id', user({ type: 'input_file', file_id: 'file_1' }), ['serverState']],
    ['an image as data', user({ type: 'input_image', image_url: PNG }), ['images']],
    [
      'an image in what a tool gave back',
      items({
        type: 'function_call_output',
        call_id: 'c',
        output: [{ type: 'input_image', image_url: PNG }],
      }),
      ['images'],
    ],
    [
      'an image at an address',
      user({ type: 'input_image', image_url: 'https://example.org/a.png' }),
      ['remoteMedia'],
    ],
    [
      'a file at an address',
      user({ type: 'input_file', file_url: 'https://example.org/a.pdf' }),
      ['remoteMedia'],
    ],
    [
      'a file as data',
      user({
        type: 'input_file',
        filename: 'a.pdf',
        file_data: 'data:application/pdf;base64,AAAA',
      }),
      ['files'],
    ],
    [
      'a sound',
      user({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
      ['audio'],
    ],
    ['the background', { background: true }, ['background']],
    ['the pro mode', { reasoning: { effort: 'high', mode: 'pro' } }, ['proMode']],
  ])('%s', (_, parts, needs) => {
    expect(ask(parts).needs).toEqual(needs);
  });

  it.each([
    'web_search',
    'web_search_2025_08_26',
    'web_search_preview',
    'web_search_preview_2025_03_11',
    'computer',
    'computer_use_preview',
    'mcp',
    'shell',
    'local_shell',
    'apply_patch',
    'namespace',
    'tool_search',
    'programmatic_tool_calling',
  ])('and the tool %s by its kind, named or chosen', (type) => {
    const named = ask({ tools: [{ type }] });
    expect(named).toMatchObject({ needs: ['serverTools'], serverTools: [type], tools: 1 });
    const chosen = ask({ tool_choice: { type } });
    expect(chosen).toMatchObject({ needs: ['serverTools'], serverTools: [type] });
    const allowed = { type: 'allowed_tools', mode: 'auto', tools: [{ type }] };
    expect(ask({ tool_choice: allowed })).toMatchObject({ serverTools: [type] });
  });

  it('and tools with settings of their own', () => {
    const search = { type: 'file_search', vector_store_ids: ['vs_1'] };
    expect(ask({ tools: [search] }).serverTools).toEqual(['file_search']);
    const code = { type: 'code_interpreter', container: { type: 'auto' } };
    expect(ask({ tools: [code] }).needs).toEqual(['serverTools']);
    expect(ask({ tools: [{ ...code, container: 'cntr_1' }] }).needs).toContain('serverState');
    const image = { type: 'image_generation', model: 'gpt-image-2' };
    expect(ask({ tools: [image] }).needs).toEqual(['serverTools', 'imageOutput']);
    expect(denied({ tools: [{ type: 'image_generation' }] }).kind).toBe('shape-refused');
    const large = { type: 'auto', memory_limit: '64g' };
    expect(denied({ tools: [{ ...code, container: large }] }).kind).toBe('shape-refused');
  });

  it('and what such tools left behind', () => {
    const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: {} };
    expect(ask(items(search)).serverTools).toEqual(['web_search']);
    const code = { type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1', code: '1' };
    expect(ask(items(code))).toMatchObject({ needs: ['serverTools', 'serverState'] });
  });

  it('and is counted by its bytes', () => {
    const { media } = ask(
      user(
        { type: 'input_image', image_url: PNG },
        { type: 'input_audio', input_audio: { data: 'AAAAAA==', format: 'mp3' } },
      ),
    );
    expect(media).toMatchObject({ images: 1, audios: 1, audioBytes: 4, payloadBytes: 12 });
  });
});

describe('what is only text needs nothing', () => {
  it.each([
    ['a string', {}],
    ['instructions', { instructions: 'be brief' }],
    [
      'functions and custom tools',
      {
        tools: [
          { type: 'function', name: 'f' },
          { type: 'custom', name: 'c' },
        ],
      },
    ],
    [
      'a loop of tools',
      items(
        { role: 'user', content: 'hi' },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}', status: 'completed' },
        { type: 'function_call_output', call_id: 'c', output: 'rain' },
        { type: 'custom_tool_call', call_id: 'd', name: 'g', input: 'x' },
        { type: 'custom_tool_call_output', call_id: 'd', output: 'y' },
      ),
    ],
    [
      'reasoning that is all there',
      items({ type: 'reasoning', id: 'r', content: [{ type: 'reasoning_text', text: 'hm' }] }),
    ],
    [
      'the usual mode of reasoning',
      { reasoning: { effort: 'low', summary: 'auto', mode: 'standard' } },
    ],
    ['nulls', { previous_response_id: null, conversation: null, prompt: null, background: null }],
  ])('%s', (_, parts) => {
    expect(ask(parts)).toMatchObject({ needs: [], serverTools: [] });
  });
});

const recorded = recordings('openai-responses').flatMap((recording) => {
  const request = recordedRequest(recording);
  return request === null ? [] : [{ file: recording.file, request }];
});

/** What each recorded request needs beyond its bytes; the others need nothing. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'openai-responses/web-search-cached.sse': ['serverTools'],
  'openai-responses/web-search-amplification-json.json': ['serverTools'],
  'openai-responses/code-interpreter-cached.sse': ['serverTools'],
  'openai-responses/mcp-o4mini-unicode.sse': ['serverTools'],
  'openai-responses/background.sse': ['background'],
  'openai-responses/conversation-id.sse': ['serverState'],
  'openai-responses/mode-pro-json.json': ['proMode'],
};
const REFUSED: Readonly<Record<string, string>> = {
  'openai-responses/compaction-stateful.sse': 'input[6].type',
  'openai-responses/error-400-json.json': 'temperature',
};

describe.skipIf(recorded.length === 0)('a recorded request', () => {
  it.each(recorded)('$file is read for what it needs', ({ file, request }) => {
    const asked = openaiResponses.readRequest(requestOf(request));
    const refusedFor = REFUSED[file];
    if (refusedFor === undefined) {
      expect(asked).toMatchObject({ ok: true, value: { needs: NEEDS[file] ?? [] } });
    } else {
      expect(asked).toMatchObject({ ok: false, error: { field: refusedFor } });
    }
  });
});
