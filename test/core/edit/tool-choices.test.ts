// What a request chooses among its tools, once some of them are gone. What breaks if this fails:
// providers refuse what was narrowed, or are told to call what is not there.

import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { anthropicMessages } from '../../../core/dialects/anthropic-messages.ts';
import { gemini } from '../../../core/dialects/gemini.ts';
import { openaiChat } from '../../../core/dialects/openai-chat.ts';
import { openaiResponses } from '../../../core/dialects/openai-responses.ts';
import { edit } from './tooled-dialects.ts';

const user = [{ role: 'user', content: 'Hello' }];
const chat = { model: 'm', messages: user };
const responses = { model: 'm', input: 'Hello' };
const claude = { model: 'm', max_tokens: 100, messages: user };
const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];

describe('a choice that names a tool which is gone goes with it', () => {
  const fn = (name: string) => ({ type: 'function', function: { name } });
  const flat = (name: string) => ({ type: 'function', name });
  const two = ['weather', 'evil'];
  const chatTools = two.map(fn);
  test.each<readonly [string, Dialect, Record<string, unknown>, string, unknown]>([
    [
      'chat',
      openaiChat,
      { ...chat, tools: chatTools, tool_choice: fn('evil') },
      'tool_choice',
      undefined,
    ],
    [
      'chat, kept',
      openaiChat,
      { ...chat, tools: chatTools, tool_choice: fn('weather') },
      'tool_choice',
      fn('weather'),
    ],
    [
      'chat, a word',
      openaiChat,
      { ...chat, tools: chatTools, tool_choice: 'required' },
      'tool_choice',
      'required',
    ],
    [
      'chat, allowed ones',
      openaiChat,
      {
        ...chat,
        tools: chatTools,
        tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: chatTools } },
      },
      'tool_choice',
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [fn('weather')] } },
    ],
    [
      'chat, none left',
      openaiChat,
      { ...chat, tools: [fn('evil')], tool_choice: 'required', parallel_tool_calls: true },
      'parallel_tool_calls',
      undefined,
    ],
    [
      'legacy',
      openaiChat,
      { ...chat, functions: two.map((name) => ({ name })), function_call: { name: 'evil' } },
      'function_call',
      undefined,
    ],
    [
      'responses',
      openaiResponses,
      { ...responses, tools: two.map(flat), tool_choice: flat('evil') },
      'tool_choice',
      undefined,
    ],
    [
      'claude',
      anthropicMessages,
      {
        ...claude,
        tools: two.map((name) => ({ name, input_schema: {} })),
        tool_choice: { type: 'tool', name: 'evil' },
      },
      'tool_choice',
      undefined,
    ],
    [
      'gemini',
      gemini,
      {
        contents,
        tools: two.map((name) => ({ functionDeclarations: [{ name }] })),
        tool_config: {
          function_calling_config: { mode: 'ANY', allowed_function_names: ['evil', 'weather'] },
        },
      },
      'toolConfig',
      { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } },
    ],
  ])('%s', (_what, dialect, json, field, left) => {
    const kept = edit({ dialect }, json, { tools: { callers: 'filter', names: ['weather'] } });
    expect(kept.ok && kept.value.json[field]).toEqual(left === undefined ? undefined : left);
  });
});
