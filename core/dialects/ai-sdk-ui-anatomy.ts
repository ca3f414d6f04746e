// Where things stand in what `useChat` sends to an app's own route: messages of `system`, and the
// `system` and `tools` that some kits send beside the messages. Which tools its app has is the
// app's own affair: none can be put in their place from here.

import {
  type Anatomy,
  FENCE,
  fencedText,
  isObject,
  isThere,
  type OfferedTool,
  records,
  type ToolCall,
  type ToolPiece,
  without,
} from './anatomy.ts';
import { type Json, list, record, text } from './json-value.ts';

const textPart = (said: string): Json => ({ type: 'text', text: said });

/** Versions 5 to 7 read the parts, version 4 the content. */
const messageOf = (id: string, role: string, said: string): Json => ({
  id,
  role,
  content: said,
  parts: [textPart(said)],
});

function fencedMessage(value: unknown): unknown {
  const message = record(value);
  if (message['role'] !== 'system') return value;
  const { content, parts } = message;
  return {
    ...message,
    role: 'user',
    ...(typeof content === 'string' ? { content: fencedText(content) } : {}),
    ...(Array.isArray(parts) ? { parts: [textPart(FENCE), ...list(parts)] } : {}),
  };
}

const hasSystem = ({ system }: Json): boolean => isThere(system) && system !== '';

/** A field of the app's own may be anything. */
const wordsOf = (system: unknown): string =>
  typeof system === 'string' ? system : JSON.stringify(system);

const named = (name: unknown): OfferedTool => ({ name: text(name), isServer: false });

/** By their names, or as a list. */
const toolsIn = ({ tools }: Json): readonly OfferedTool[] =>
  isObject(tools)
    ? Object.keys(tools).map(named)
    : records(tools).map((tool) => named(tool['name']));

/** `tool-…` has the name in its type; version 4 has it in the call. */
function callOf(part: Json): ToolCall | null {
  const type = text(part['type']);
  const old = type === 'tool-invocation' ? record(part['toolInvocation']) : null;
  if (old !== null) return { name: text(old['toolName']), input: old['args'] };
  // Of one that is still being written, or was refused, there is no input yet.
  if (part['input'] === undefined) return null;
  if (type === 'dynamic-tool') return { name: text(part['toolName']), input: part['input'] };
  return type.startsWith('tool-')
    ? { name: type.slice('tool-'.length), input: part['input'] }
    : null;
}

function callsOf({ parts, toolInvocations }: Json): readonly ToolCall[] {
  const olds = records(toolInvocations).map(({ toolName, args }) => ({
    name: text(toolName),
    input: args,
  }));
  return [...records(parts).flatMap((part) => callOf(part) ?? []), ...olds];
}

/** Version 4 writes no types: a call that is whole, more of one, or its beginning. */
function lineOf(at: string, name: string, line: Json): readonly ToolPiece[] {
  if (at === '') return [];
  if (line['args'] !== undefined) return [{ at, name, whole: line['args'], isLast: true }];
  const more = line['argsTextDelta'];
  if (more !== undefined) return [{ at, more: text(more) }];
  return name === '' ? [] : [{ at, name }];
}

function piecesOf(chunk: Json): readonly ToolPiece[] {
  const at = text(chunk['toolCallId']);
  const name = text(chunk['toolName']);
  switch (chunk['type']) {
    case 'tool-input-start':
      return [{ at, name }];
    case 'tool-input-delta':
      return [{ at, more: text(chunk['inputTextDelta']) }];
    case 'tool-input-available':
      return [{ at, name, whole: chunk['input'], isLast: true }];
    case undefined:
      return lineOf(at, name, chunk);
    default:
      return [];
  }
}

export const aiSdkUiAnatomy: Anatomy = {
  systemTexts: (json) =>
    (hasSystem(json) ? 1 : 0) +
    records(json['messages']).filter(({ role }) => role === 'system').length,
  fenced(json) {
    const { system, messages } = json;
    if (!Array.isArray(messages)) return json;
    const demoted = list(messages).map(fencedMessage);
    const first = hasSystem(json) ? [messageOf('fenced', 'user', fencedText(wordsOf(system)))] : [];
    return { ...without(json, 'system'), messages: [...first, ...demoted] };
  },
  withSystem(json, said) {
    const { system, messages } = json;
    if (!Array.isArray(messages)) return json;
    // Which of the two its app reads first nobody here knows.
    const theirs = hasSystem(json) ? { system: `${said}\n\n${wordsOf(system)}` } : {};
    return {
      ...json,
      ...theirs,
      messages: [messageOf('system', 'system', said), ...list(messages)],
    };
  },
  keptField: () => null,
  tools: toolsIn,
  withoutTools(json, keeps) {
    const { tools } = json;
    if (isObject(tools)) {
      const kept = Object.entries(tools).filter(([name]) => keeps(named(name)));
      return { ...json, tools: Object.fromEntries(kept) };
    }
    const kept = list(tools).filter((tool) => keeps(named(record(tool)['name'])));
    return { ...json, tools: kept };
  },
  withDefinitions: (json) => without(json, 'tools'),
  callsBefore: ({ messages }) => records(messages).flatMap(callsOf),
  callsIn: () => [],
  pieces: piecesOf,
};
