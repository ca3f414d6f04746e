// Streams of four dialects that call more tools than they may, and what of them may pass.

import type { Framing } from '../../core/dialects/dialect.ts';

export const sse = (...events: readonly object[]): string =>
  events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');

const delta = (more: object, index = 0) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index, delta: more, finish_reason: null }],
});
const begins = (index: number, choice = 0) =>
  delta({ tool_calls: [{ index, id: `c${index}`, function: { name: `f${index}` } }] }, choice);
const goesOn = (index: number, choice = 0) =>
  delta({ tool_calls: [{ index, function: { arguments: '{"a":1}' } }] }, choice);

const block = (index: number) => [
  {
    type: 'content_block_start',
    index,
    content_block: { type: 'tool_use', id: `c${index}`, name: `f${index}`, input: {} },
  },
  {
    type: 'content_block_delta',
    index,
    delta: { type: 'input_json_delta', partial_json: '{"a":1}' },
  },
  { type: 'content_block_stop', index },
];
const start = {
  type: 'message_start',
  message: {
    id: 'm',
    role: 'assistant',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  },
};

const part = (name: string) => ({ functionCall: { name, args: { a: 1 } } });
export const chunk = (...names: readonly string[]) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: names.map(part) } }],
});

export const item = (at: number) => ({
  type: 'function_call',
  id: `i${at}`,
  call_id: `c${at}`,
  name: `f${at}`,
});
export const call = (at: number) => [
  { type: 'response.output_item.added', output_index: at, item: { ...item(at), arguments: '' } },
  {
    type: 'response.function_call_arguments.delta',
    output_index: at,
    item_id: `i${at}`,
    delta: '{}',
  },
  { type: 'response.output_item.done', output_index: at, item: { ...item(at), arguments: '{}' } },
];
export const created = { type: 'response.created', response: { id: 'r', model: 'm' } };

export type CallingStream = {
  readonly id: string;
  readonly framing: Framing;
  readonly callsMax: number;
  readonly text: string;
  /** In what passes, and what may not be in it. */
  readonly has: readonly string[];
  readonly hasNot: string;
  readonly counted: number;
};

export const CALLING_STREAMS: readonly (readonly [string, CallingStream])[] = [
  [
    'chat, one after the other',
    {
      id: 'openai-chat',
      framing: 'sse',
      callsMax: 2,
      text: sse(
        begins(0),
        goesOn(0),
        begins(1),
        goesOn(1),
        begins(2),
        goesOn(2),
        delta({ content: 'late' }),
      ),
      has: ['"f0"', '"f1"', '"finish_reason":"length"', 'data: [DONE]'],
      hasNot: '"f2"',
      counted: 2,
    },
  ],
  [
    'chat, in two choices',
    {
      id: 'openai-chat',
      framing: 'sse',
      callsMax: 1,
      text: sse(begins(0), goesOn(0), begins(7, 1), goesOn(7, 1)),
      has: ['"f0"', '"finish_reason":"length"'],
      hasNot: '"f7"',
      counted: 1,
    },
  ],
  [
    'chat, none allowed',
    {
      id: 'openai-chat',
      framing: 'sse',
      callsMax: 0,
      text: sse(delta({ content: 'Well' }), begins(0), goesOn(0)),
      has: ['Well', '"finish_reason":"length"'],
      hasNot: 'tool_calls',
      counted: 0,
    },
  ],
  [
    'claude',
    {
      id: 'anthropic-messages',
      framing: 'sse',
      callsMax: 1,
      text: sse(start, ...block(0), ...block(1)),
      has: ['"f0"', '"stop_reason":"max_tokens"', 'event: message_stop'],
      hasNot: '"index":1',
      counted: 1,
    },
  ],
  [
    'responses',
    {
      id: 'openai-responses',
      framing: 'sse',
      callsMax: 1,
      text: sse(created, ...call(0), ...call(1)),
      has: ['"f0"', '"type":"response.incomplete"'],
      hasNot: '"f1"',
      counted: 1,
    },
  ],
  [
    'gemini',
    {
      id: 'gemini',
      framing: 'sse',
      callsMax: 1,
      text: sse(chunk('f0'), chunk('f1')),
      has: ['"f0"', '"finishReason":"MAX_TOKENS"'],
      hasNot: '"f1"',
      counted: 1,
    },
  ],
  [
    'gemini, several in one event',
    {
      id: 'gemini',
      framing: 'sse',
      callsMax: 2,
      text: sse(chunk('f0'), chunk('f1', 'f2')),
      has: ['"f0"', '"finishReason":"MAX_TOKENS"'],
      hasNot: '"f1"',
      counted: 1,
    },
  ],
  [
    'gemini, an array',
    {
      id: 'gemini',
      framing: 'json-array',
      callsMax: 1,
      text: JSON.stringify([chunk('f0'), chunk('f1'), chunk('f2')]),
      has: ['"f0"', '"finishReason":"MAX_TOKENS"'],
      hasNot: '"f1"',
      counted: 1,
    },
  ],
  [
    'gemini, an array that begins with it',
    {
      id: 'gemini',
      framing: 'json-array',
      callsMax: 0,
      text: JSON.stringify([chunk('f0'), chunk('f1')]),
      has: ['"finishReason":"MAX_TOKENS"'],
      hasNot: '"f0"',
      counted: 0,
    },
  ],
];
