// Tools of callers in every dialect: refused, left out, or put aside for the policy's. Looked at in
// what goes up. What breaks if this fails: a caller gives the model tools that nobody offered, or
// makes up a history of calls.

import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { anthropicMessages } from '../../../core/dialects/anthropic-messages.ts';
import { gemini } from '../../../core/dialects/gemini.ts';
import { openaiChat } from '../../../core/dialects/openai-chat.ts';
import { openaiResponses } from '../../../core/dialects/openai-responses.ts';
import { present } from '../../../core/result.ts';
import { edit, named, sentOf, TOOLED } from './tooled-dialects.ts';

const REFUSED = { ok: false, error: { kind: 'shape-refused', field: 'tools' } };
const user = [{ role: 'user', content: 'Hello' }];

describe.each(named)('%s', (_id, tooled) => {
  const request = tooled.request(['weather', 'search', 'Weather']);

  test('refuse refuses any tool, and lets a request without tools pass', () => {
    expect(edit(tooled, request, { tools: { callers: 'refuse' } })).toMatchObject(REFUSED);
    expect(edit(tooled, tooled.request([]), { tools: { callers: 'refuse' } }).ok).toBe(true);
  });

  test('filter leaves out what is not named, by its exact name, and says how many', () => {
    const kept = edit(tooled, request, { tools: { callers: 'filter', names: ['weather'] } });
    expect(kept).toMatchObject({ value: { changes: [{ field: 'tools', from: 3, to: 1 }] } });
    const sent = present(sentOf(tooled, kept.ok && kept.value.json), 'sent');
    expect(tooled.toolsSent(sent)).toEqual(['weather']);
  });

  test('filter that leaves none leaves no empty list, which providers refuse', () => {
    const none = edit(tooled, request, { tools: { callers: 'filter', names: ['other'] } });
    const sent = present(sentOf(tooled, none.ok && none.value.json), 'sent');
    expect(tooled.toolsSent(sent)).toEqual([]);
    expect(sent['tools'] ?? {}).toEqual({});
  });

  test('allow lets all pass, or those that are named, and refuses others', () => {
    const allow = (names: readonly string[]) =>
      edit(tooled, request, { tools: { callers: 'allow', names } });
    expect(edit(tooled, request, { tools: { callers: 'allow' } })).toMatchObject({
      value: { changes: [] },
    });
    expect(allow(['weather', 'search', 'Weather']).ok).toBe(true);
    expect(allow(['weather', 'search'])).toMatchObject(REFUSED);
  });
});

test.each(named.filter(([, { dialect }]) => dialect.family !== 'ui'))(
  '%s: pinned sends the policy’s definitions, asked for or not',
  (_id, tooled) => {
    for (const names of [[], ['weather', 'evil']]) {
      const rules = { tools: { callers: 'pinned', names: ['weather', 'search'] } } as const;
      const pinned = edit(tooled, tooled.request(names), rules);
      const sent = present(sentOf(tooled, pinned.ok && pinned.value.json), 'sent');
      expect(tooled.toolsSent(sent)).toEqual(['weather', 'search']);
      expect(JSON.stringify(sent['tools'])).toContain('What weather does.');
      expect(JSON.stringify(sent['tools'])).toContain('"maxLength":20');
    }
  },
);

test.each(['Weather', ' weather', 'weather ', 'wеather', 'weather\u0000', 'weather\u200b', ''])(
  '%j is another tool than "weather"',
  (name) => {
    for (const tooled of TOOLED) {
      const kept = edit(tooled, tooled.request([name]), {
        tools: { callers: 'filter', names: ['weather'] },
      });
      const sent = sentOf(tooled, kept.ok && kept.value.json);
      if (sent !== null) expect(tooled.toolsSent(sent)).toEqual([]);
    }
  },
);

type Row = readonly [what: string, dialect: Dialect, json: Record<string, unknown>];

const chat = { model: 'm', messages: user };
const responses = { model: 'm', input: 'Hello' };
const claude = { model: 'm', max_tokens: 100, messages: user };
const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];

describe.each<Row>([
  ['a legacy function', openaiChat, { ...chat, functions: [{ name: 'evil' }] }],
  ['a custom tool', openaiChat, { ...chat, tools: [{ type: 'custom', custom: { name: 'evil' } }] }],
  ['a search by a field of its own', openaiChat, { ...chat, web_search_options: {} }],
  ['xAI’s search', openaiChat, { ...chat, search_parameters: { mode: 'on' } }],
  ['a provider’s search', openaiResponses, { ...responses, tools: [{ type: 'web_search' }] }],
  ['another server', openaiResponses, { ...responses, tools: [{ type: 'mcp', server_url: 'x' }] }],
  [
    'Claude’s search',
    anthropicMessages,
    { ...claude, tools: [{ type: 'web_search_20250305', name: 'weather' }] },
  ],
  [
    'Claude’s shell',
    anthropicMessages,
    { ...claude, tools: [{ type: 'bash_20250124', name: 'weather' }] },
  ],
  ['Google’s search', gemini, { contents, tools: [{ google_search: {} }] }],
  [
    'one group instead of a list',
    gemini,
    { contents, tools: { functionDeclarations: [{ name: 'evil' }] } },
  ],
  [
    'a search beside a function',
    gemini,
    { contents, tools: [{ functionDeclarations: [], urlContext: {} }] },
  ],
])('%s', (_what, dialect, json) => {
  test('is a tool like any other: refused, left out, put aside', () => {
    const tooled = present(
      TOOLED.find((one) => one.dialect === dialect),
      'dialect',
    );
    const own = { ...tooled, target: tooled.target ?? '' };
    expect(edit(own, json, { tools: { callers: 'refuse' } })).toMatchObject(REFUSED);
    expect(edit(own, json, { tools: { callers: 'allow', names: ['weather'] } })).toMatchObject(
      REFUSED,
    );
    for (const callers of ['filter', 'pinned'] as const) {
      const kept = edit(own, json, { tools: { callers, names: ['weather'] } });
      const sent = present(sentOf(own, kept.ok && kept.value.json), 'sent');
      expect(own.toolsSent(sent)).toEqual(callers === 'filter' ? [] : ['weather']);
    }
  });
});
