// Where a caller's loop of tool calls stands in the requests of a dialect: who says what of its
// history, and how a request says that no tool may be called. What makes a run of it is in
// `core/run/loop.ts`.

import { type Json, list, record } from './json-value.ts';

/** `tool`: a call of a tool or what came of one, whoever says it. */
export type Speaker = 'system' | 'user' | 'model' | 'tool';

export type LoopShape = {
  /** What was said, in order. */
  items(body: Json): readonly unknown[];
  speakerOf(item: Json): Speaker;
  /** The same request, in which the model may call nothing. Its tools stay: history names them. */
  withoutCalls(body: Json): Json;
};

const isFull = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

const SYSTEM = new Set<unknown>(['system', 'developer']);

const byRole = (role: unknown): Speaker =>
  SYSTEM.has(role) ? 'system' : role === 'assistant' || role === 'model' ? 'model' : 'user';

export const chatLoop: LoopShape = {
  items: ({ messages }) => list(messages),
  speakerOf({ role, tool_calls: calls, function_call: call }) {
    if (role === 'tool' || role === 'function') return 'tool';
    return role === 'assistant' && (isFull(calls) || (call ?? null) !== null)
      ? 'tool'
      : byRole(role);
  },
  withoutCalls: (body) => ({
    ...body,
    ...(isFull(body['tools']) ? { tool_choice: 'none' } : {}),
    ...(isFull(body['functions']) ? { function_call: 'none' } : {}),
  }),
};

/** What a message speaks of in items of its own, beside reasoning. */
const SPOKEN = new Set<unknown>(['message', 'reasoning', undefined]);

export const responsesLoop: LoopShape = {
  items: ({ input }) =>
    typeof input === 'string' ? [{ role: 'user', content: input }] : list(input),
  speakerOf({ type, role }) {
    // A reference may be to anything.
    if (!SPOKEN.has(type)) return 'tool';
    return type === 'reasoning' ? 'model' : byRole(role);
  },
  withoutCalls: (body) => (isFull(body['tools']) ? { ...body, tool_choice: 'none' } : body),
};

const TOOL_BLOCK = /tool_(?:use|result)$/;

export const messagesLoop: LoopShape = {
  items: ({ messages }) => list(messages),
  // Results stand in messages of the user's role, with words beside them or without.
  speakerOf: ({ role, content }) =>
    list(content).some((block) => TOOL_BLOCK.test(String(record(block)['type'])))
      ? 'tool'
      : byRole(role),
  withoutCalls: (body) =>
    isFull(body['tools']) ? { ...body, tool_choice: { type: 'none' } } : body,
};

const TOOL_PARTS = [
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
];

export const geminiLoop: LoopShape = {
  items: ({ contents }) => list(contents),
  speakerOf: ({ role, parts }) =>
    role === 'function' ||
    list(parts).some((part) => TOOL_PARTS.some((name) => record(part)[name] !== undefined))
      ? 'tool'
      : byRole(role),
  withoutCalls: (body) =>
    isFull(body['tools'])
      ? {
          ...body,
          toolConfig: { ...record(body['toolConfig']), functionCallingConfig: { mode: 'NONE' } },
        }
      : body,
};
