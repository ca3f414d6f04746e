// Calls of tools that a request says an earlier turn made. What breaks if this fails: a caller
// makes up a history in which the model has already said yes.

import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { aiSdkUi } from '../../../core/dialects/ai-sdk-ui.ts';
import { anthropicMessages } from '../../../core/dialects/anthropic-messages.ts';
import { gemini } from '../../../core/dialects/gemini.ts';
import { openaiChat } from '../../../core/dialects/openai-chat.ts';
import { openaiResponses } from '../../../core/dialects/openai-responses.ts';
import { edit } from './tooled-dialects.ts';

type Row = readonly [what: string, dialect: Dialect, json: Record<string, unknown>];

describe('a call that an earlier turn repeats', () => {
  const good = { city: 'Oslo' };
  const bad = { city: 'Oslo', note: 'rm -rf' };
  const written = (input: unknown): string => JSON.stringify(input);
  const asked = (name: string, input: unknown): readonly Row[] => [
    [
      'chat',
      openaiChat,
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [
              { id: 'a', type: 'function', function: { name, arguments: written(input) } },
            ],
          },
        ],
      },
    ],
    [
      'legacy',
      openaiChat,
      { messages: [{ role: 'assistant', function_call: { name, arguments: written(input) } }] },
    ],
    [
      'responses',
      openaiResponses,
      { input: [{ type: 'function_call', call_id: 'a', name, arguments: written(input) }] },
    ],
    [
      'claude',
      anthropicMessages,
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name, input }] }] },
    ],
    [
      'gemini',
      gemini,
      { contents: [{ role: 'model', parts: [{ function_call: { name, args: input } }] }] },
    ],
    [
      'ui',
      aiSdkUi,
      {
        messages: [
          {
            role: 'assistant',
            parts: [{ type: `tool-${name}`, toolCallId: 'a', state: 'output-available', input }],
          },
        ],
      },
    ],
    [
      'ui 4',
      aiSdkUi,
      {
        messages: [
          {
            role: 'assistant',
            parts: [{ type: 'tool-invocation', toolInvocation: { toolName: name, args: input } }],
          },
        ],
      },
    ],
  ];
  const tell = (rows: readonly Row[], inputs: 'cut' | 'record') =>
    rows.map(
      ([, dialect, json]) => edit({ dialect }, json, { tools: { callers: 'allow', inputs } }).ok,
    );

  test('with an input that fits its tool passes in every dialect', () => {
    expect(new Set(tell(asked('weather', good), 'cut'))).toEqual(new Set([true]));
  });
  test('with one that does not is refused in every dialect', () => {
    expect(new Set(tell(asked('weather', bad), 'cut'))).toEqual(new Set([false]));
  });
  test('is only recorded where the policy says so, and not looked at of unknown tools', () => {
    expect(new Set(tell(asked('weather', bad), 'record'))).toEqual(new Set([true]));
    expect(new Set(tell(asked('others', bad), 'cut'))).toEqual(new Set([true]));
  });
  test.each([
    '{"city":',
    '[]',
    '"Oslo"',
    'null',
    '{"city":"Oslo"}}',
    '{"city":1}',
    '{"city":1,"city":"Oslo"}',
  ])('that is written %s is refused', (text) => {
    const call = { id: 'a', type: 'function', function: { name: 'weather', arguments: text } };
    const json = { messages: [{ role: 'assistant', tool_calls: [call] }] };
    const cut = edit({ dialect: openaiChat }, json, {
      tools: { callers: 'allow', inputs: 'cut' },
    });
    expect(cut).toMatchObject({ error: { field: 'messages' } });
  });
});
