// What a caller of Claude may ask for and what goes up. Attack: a field that costs money and is not
// priced (a search, a second model, a faster tier, a kept context) rides along with a cheap call.

import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import { askForRecordings, recordedRequest, recordings } from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('recorded anthropic requests');

const BASE = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: 'hi' }],
};

const denied = (parts: object): Record<string, unknown> => {
  const asked = anthropicMessages.readRequest(requestOf({ ...BASE, ...parts }));
  return asked.ok ? { kind: 'accepted' } : { ...asked.error };
};

const FUNCTION = { name: 'f', input_schema: { type: 'object' } };

/** Recorded requests that are refused whatever the policy says, and the field that does it. */
const REFUSED: Readonly<Record<string, string>> = {
  'anthropic/advisor-other-model.sse': 'tools[0].type',
  'anthropic/compaction-iterations.sse': 'context_management',
  'anthropic/compaction-iterations-json.json': 'context_management',
};

const recorded = recordings('anthropic').flatMap((recording) => {
  const request = recordedRequest(recording);
  return request === null ? [] : [{ file: recording.file, tags: recording.tags, request }];
});

describe.skipIf(recorded.length === 0)('a recorded request', () => {
  it('is refused for the field that costs, by name, in those that carry one', () => {
    const refused = recorded.flatMap(({ file, request }) => {
      const asked = anthropicMessages.readRequest(requestOf(request));
      return asked.ok || !('field' in asked.error) ? [] : [[file, asked.error.field] as const];
    });
    expect(Object.fromEntries(refused)).toEqual(REFUSED);
  });

  it.each(recorded.filter(({ file }) => !(file in REFUSED)))(
    '$file is accepted, and needs a price for tools of the provider and nothing else',
    ({ request, tags }) => {
      const asked = anthropicMessages.readRequest(requestOf(request));
      const runsTools = tags.includes('web-search') || tags.includes('code-execution');
      expect(asked).toMatchObject({
        ok: true,
        value: { model: request['model'], needs: runsTools ? ['serverTools'] : [] },
      });
    },
  );
});

describe('a request is refused by the name of', () => {
  it.each(['user', 'n', 'Max_Tokens', 'MODEL', 'max_completion_tokens', 'betas', 'store', 'x'])(
    'the unknown field %s',
    (field) => {
      expect(denied({ [field]: 1 })).toEqual({ kind: 'field-unknown', field });
    },
  );

  it('the unknown field of a tool, or the tool that is not known', () => {
    const tool = (parts: object) => denied({ tools: [{ ...FUNCTION, ...parts }] });
    expect(tool({ server: true })).toEqual({ kind: 'field-unknown', field: 'tools[0].server' });
    expect(tool({ type: 'advisor_20260301' })).toMatchObject({
      field: 'tools[0].type',
      sentence: 'This is not a tool that is known here.',
    });
  });

  it.each([
    ['fallbacks', [{ model: 'claude-opus-4-8' }]],
    ['fallback_credit_token', 'tok'],
    ['billing_policy', { type: 'x' }],
    ['mcp_servers', [{ type: 'url', url: 'https://x.example', name: 'x' }]],
    ['context_management', { edits: [{ type: 'compact_20260112' }] }],
    ['compaction', { type: 'summarize' }],
    ['thread', { id: 't' }],
    ['max_tokens', undefined],
    ['max_tokens', -1],
    ['max_tokens', '100'],
    ['max_tokens', 1.5],
    ['max_tokens', 1e15],
    ['thinking', { type: 'enabled' }],
    ['thinking', { type: 'enabled', budget_tokens: 1_023 }],
    ['thinking', { type: 'forever' }],
    ['service_tier', 'priority'],
    ['container', { skills: [{ type: 'anthropic', skill_id: 'pptx' }] }],
    ['tools', [{ type: 'advisor_20260301', name: 'advisor', model: 'claude-opus-4-8' }]],
    ['tools', [{ type: 'mcp_toolset', mcp_server_name: 'x' }]],
    ['tools', [{ type: 'web_search_20250305', name: 'web_search', model: 'claude-opus-4-8' }]],
    ['tools', [{ type: 'web_search', name: 'web_search' }]],
    ['tools', [{ ...FUNCTION, server: true }]],
    ['tool_choice', { type: 'sometimes' }],
    ['cache_control', { type: 'ephemeral', ttl: '24h' }],
    ['stop_sequences', 'x'],
    ['metadata', { user_id: 'a', plan: 'b' }],
    ['messages', []],
    ['messages', [{ role: 'wizard', content: 'hi' }]],
    ['messages', [{ role: 'user', content: [{ type: 'container_upload', file_id: 'f' }] }]],
    ['messages', [{ role: 'user', content: [{ type: 'compaction', content: 'x' }] }]],
    ['messages', [{ role: 'user', content: [{ type: 'fallback' }] }]],
    ['messages', [{ role: 'user', content: [{ type: 'text', text: 'hi', rider: 1 }] }]],
    ['messages', [{ role: 'user', content: [{ type: 'image', source: { type: 'x' } }] }]],
  ])('%s where it is %j', (field, value) => {
    const refused = denied({ [field]: value });
    expect(refused['kind']).toMatch(/^(shape-refused|field-unknown)$/);
    expect(String(refused['field']).startsWith(field)).toBe(true);
  });
});
