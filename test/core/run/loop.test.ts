// Which requests belong to one run. What breaks if this fails: a loop gets a new purse with every
// step, or an SDK that tidies its history is thrown out of its own run.

import { describe, expect, it } from 'vitest';
import { dialectById } from '../../../core/dialects/index.ts';
import { present } from '../../../core/result.ts';
import { readLoop } from '../../../core/run/loop.ts';
import { requestOf } from '../../support/request-input.ts';

const read = (id: string, json: object, target = '') => {
  const dialect = present(dialectById(id), 'dialect');
  const ask = dialect.readRequest(requestOf(json, { target }));
  if (!ask.ok) throw new Error(JSON.stringify(ask.error));
  return readLoop(ask.value.body, present(dialect.loop, 'loop'));
};

type Part = object;
const U = { role: 'user', content: 'Hi' };
const chat = (...messages: Part[]) => read('openai-chat', { model: 'm', messages });
const claude = (...messages: Part[]) =>
  read('anthropic-messages', { model: 'm', max_tokens: 9, messages });
const responses = (input: unknown) => read('openai-responses', { model: 'm', input });
const gemini = (...contents: Part[]) =>
  read('gemini', { contents }, '/gemini-2.5-flash:generateContent');

const chatCall = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
};
const chatResult = { role: 'tool', tool_call_id: 'c', content: 'x' };
const use = { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: {} }] };
const result = { type: 'tool_result', tool_use_id: 'c', content: 'x' };
const item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c', output: 'x' };
const hi = { role: 'user', parts: [{ text: 'Hi' }] };
const called = { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] };
const answered = { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] };

describe('a request goes on with a loop where tools were called behind the last user', () => {
  it.each<readonly [string, ReturnType<typeof readLoop>, boolean]>([
    ['chat: a message', chat(U), false],
    ['chat: a prefix of the answer', chat(U, { role: 'assistant', content: 'W' }), false],
    ['chat: a call', chat(U, chatCall), true],
    ['chat: a result', chat(U, chatCall, chatResult), true],
    ['chat: an older loop', chat(U, chatCall, chatResult, U), false],
    ['chat: no user at all', chat(chatCall, chatResult), true],
    ['chat: instructions alone', chat({ role: 'system', content: 'Go.' }), false],
    ['claude: a message', claude(U), false],
    ['claude: a prefix of the answer', claude(U, { role: 'assistant', content: 'W' }), false],
    ['claude: a result', claude(U, use, { role: 'user', content: [result] }), true],
    [
      'claude: a result with words beside it',
      claude(U, use, { role: 'user', content: [result, { type: 'text', text: 'And now?' }] }),
      true,
    ],
    ['responses: a text', responses('Hi'), false],
    ['responses: a message', responses([U]), false],
    ['responses: an output', responses([U, item, output]), true],
    ['responses: an output of what is kept elsewhere', responses([output]), true],
    ['responses: a reference', responses([U, { type: 'item_reference', id: 'x' }]), true],
    ['gemini: a message', gemini(hi), false],
    ['gemini: without a role', gemini({ parts: [{ text: 'Hi' }] }), false],
    ['gemini: a result', gemini(hi, called, answered), true],
    [
      'gemini: a result by the function',
      gemini(hi, called, { ...answered, role: 'function' }),
      true,
    ],
  ])('%s', (_, { isContinuation }, expected) => {
    expect(isContinuation).toBe(expected);
  });
});

describe('the same run', () => {
  const marked = { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } };
  const half = (text: string) => ({ type: 'text', text });
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 's' };
  const said = { role: 'assistant', content: [{ type: 'text', text: 'Well.' }] };
  const thoughtful = { role: 'assistant', content: [thought, { type: 'text', text: 'Well.' }] };

  it.each<readonly [string, ReturnType<typeof readLoop>, ReturnType<typeof readLoop>]>([
    ['behind a call', chat(U), chat(U, chatCall, chatResult)],
    ['a text as a part', chat(U), chat({ role: 'user', content: [half('Hi')] })],
    ['a text in two parts', chat(U), chat({ role: 'user', content: [half('H'), half('i')] })],
    ['members in another order', chat(U), chat({ content: 'Hi', role: 'user' })],
    ['other instructions', chat(U), chat({ role: 'system', content: 'You may.' }, U)],
    [
      'calls under other ids',
      chat(U, chatCall, chatResult, U),
      chat(
        U,
        { ...chatCall, tool_calls: [{ ...chatCall.tool_calls[0], id: 'd' }] },
        { ...chatResult, tool_call_id: 'd' },
        U,
      ),
    ],
    ['claude: a mark of a cache', claude(U), claude({ role: 'user', content: [marked] })],
    ['claude: without its thoughts', claude(U, thoughtful, U), claude(U, said, U)],
    ['responses: a text as a message', responses('Hi'), responses([{ type: 'message', ...U }])],
    [
      'responses: without reasoning',
      responses([U, { type: 'reasoning', id: 'r', summary: [] }, U]),
      responses([U, U]),
    ],
    [
      'gemini: a text in two parts',
      gemini(hi),
      gemini({ role: 'user', parts: [{ text: 'H' }, { text: 'i' }] }),
    ],
    ['gemini: behind a call', gemini(hi), gemini(hi, called, answered)],
  ])('%s', (_, one, other) => {
    expect(other.beginning).toBe(one.beginning);
  });
});

describe('another run', () => {
  it.each<readonly [string, ReturnType<typeof readLoop>, ReturnType<typeof readLoop>]>([
    ['another word', chat(U), chat({ role: 'user', content: 'Ho' })],
    ['a space', chat(U), chat({ role: 'user', content: 'Hi ' })],
    ['a message more', chat(U), chat(U, { role: 'assistant', content: 'W' }, U)],
    [
      'another answer before',
      chat(U, { role: 'assistant', content: 'A' }, U),
      chat(U, { role: 'assistant', content: 'B' }, U),
    ],
    [
      'another result before',
      chat(U, chatCall, chatResult, U),
      chat(U, chatCall, { ...chatResult, content: 'y' }, U),
    ],
    [
      'other instructions where there is nothing else',
      chat({ role: 'system', content: 'Go.' }),
      chat({ role: 'system', content: 'Stop.' }),
    ],
    [
      'another picture',
      gemini({ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] }),
      gemini({ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'BBBB' } }] }),
    ],
  ])('%s', (_, one, other) => {
    expect(other.beginning).not.toBe(one.beginning);
  });
});
