// Where things stand in a Chat Completions request and its answers: messages of `system` and
// `developer`, tools with their older form (`functions`), and the searches that fields of their own
// ask for.

import {
  type Anatomy,
  fencedContent,
  inputOf,
  isObject,
  isThere,
  type Keeps,
  type OfferedTool,
  placeOf,
  records,
  type ToolCall,
  type ToolDefinition,
  type ToolPiece,
  without,
} from './anatomy.ts';
import { type Json, list, record, shortText, text } from './json-value.ts';

const ABOVE = new Set<unknown>(['system', 'developer']);

/** Fields that make the provider search. */
const SEARCHES = { web_search_options: 'web_search', search_parameters: 'live_search' } as const;

const ALL = [
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  ...Object.keys(SEARCHES),
];

/** A tool of another type would be the provider's. */
function toolOf(value: unknown): OfferedTool {
  const tool = record(value);
  const type = text(tool['type']);
  const isOwn = type === 'function' || type === 'custom';
  return isOwn
    ? { name: text(record(tool[type])['name']), isServer: false }
    : { name: type, isServer: true };
}

const functionOf = (value: unknown): OfferedTool => ({
  name: text(record(value)['name']),
  isServer: false,
});

const searchesIn = (json: Json): readonly (readonly [field: string, tool: OfferedTool])[] =>
  Object.entries(SEARCHES).flatMap(([field, name]) =>
    isThere(json[field]) ? [[field, { name, isServer: true }] as const] : [],
  );

/** A choice that names what is there; words say nothing of names. */
function choiceWithin(choice: unknown, keeps: Keeps): unknown {
  if (!isObject(choice)) return choice;
  if (choice['type'] !== 'allowed_tools') return keeps(toolOf(choice)) ? choice : undefined;
  const allowed = record(choice['allowed_tools']);
  const tools = list(allowed['tools']).filter((tool) => keeps(toolOf(tool)));
  return tools.length === 0
    ? undefined
    : { ...choice, allowed_tools: { ...allowed, tools: [...tools] } };
}

/** With these lists in place of its own. */
function withTools(json: Json, tools: unknown, functions: unknown, keeps: Keeps): Json {
  const { tool_choice: choice, function_call: call, parallel_tool_calls: parallel } = json;
  const hasTools = !Array.isArray(tools) || tools.length > 0;
  const hasFunctions = !Array.isArray(functions) || functions.length > 0;
  const chosen = hasTools ? choiceWithin(choice, keeps) : undefined;
  const called = hasFunctions && (!isObject(call) || keeps(functionOf(call))) ? call : undefined;
  return {
    ...without(json, 'tools', 'functions', 'tool_choice', 'function_call', 'parallel_tool_calls'),
    // Providers refuse an empty list, and choices where there is nothing to choose.
    ...(isThere(tools) && hasTools ? { tools } : {}),
    ...(isThere(functions) && hasFunctions ? { functions } : {}),
    ...(isThere(tools) && isThere(chosen) ? { tool_choice: chosen } : {}),
    ...(isThere(functions) && isThere(called) ? { function_call: called } : {}),
    ...(isThere(tools) && hasTools && isThere(parallel) ? { parallel_tool_calls: parallel } : {}),
  };
}

const kept = (value: unknown, of: (value: unknown) => OfferedTool, keeps: Keeps): unknown =>
  Array.isArray(value) ? list(value).filter((tool) => keeps(of(tool))) : value;

function callsOf(message: Json): readonly ToolCall[] {
  const calls = records(message['tool_calls']).map((call) =>
    record(isThere(call['function']) ? call['function'] : call['custom']),
  );
  const legacy = message['function_call'];
  return [...calls, ...(isObject(legacy) ? [legacy] : [])].map((call) => ({
    name: text(call['name']),
    // A custom tool takes a text.
    input: call['arguments'] === undefined ? call['input'] : inputOf(call['arguments']),
  }));
}

function piecesOf(choice: Json): readonly ToolPiece[] {
  const index = placeOf(choice['index']);
  const delta = record(choice['delta']);
  const legacy = delta['function_call'];
  const calls = records(delta['tool_calls']).map((call, at) => ({
    at: `${index}:${placeOf(call['index'], at)}`,
    id: shortText(call['id']),
    named: record(call['function'] ?? call['custom']),
  }));
  if (isObject(legacy)) calls.push({ at: `${index}:legacy`, id: '', named: legacy });
  const pieces = calls.map(({ at, id, named }): ToolPiece => ({
    at,
    id,
    name: text(named['name']),
    more: text(named['arguments'] ?? named['input']),
  }));
  // The end of a choice is the end of its calls.
  return isThere(choice['finish_reason']) ? [...pieces, { at: `${index}:`, isLast: true }] : pieces;
}

export const openaiChatAnatomy: Anatomy = {
  said: { list: 'messages', ceiling: null },
  systemTexts: ({ messages }) => records(messages).filter(({ role }) => ABOVE.has(role)).length,
  fenced: (json) => ({
    ...json,
    messages: list(json['messages']).map((message) => {
      const { role, content } = record(message);
      if (!ABOVE.has(role)) return message;
      const said = fencedContent(content, (fence) => ({ type: 'text', text: fence }));
      return { ...record(message), role: 'user', content: said };
    }),
  }),
  withSystem: (json, said) =>
    Array.isArray(json['messages'])
      ? { ...json, messages: [{ role: 'system', content: said }, ...list(json['messages'])] }
      : json,
  keptField: () => null,
  tools: (json) => [
    ...list(json['tools']).map(toolOf),
    ...list(json['functions']).map(functionOf),
    ...searchesIn(json).map(([, tool]) => tool),
  ],
  withoutTools(json, keeps) {
    const left = searchesIn(json).flatMap(([field, tool]) => (keeps(tool) ? [] : [field]));
    return withTools(
      without(json, ...left),
      kept(json['tools'], toolOf, keeps),
      kept(json['functions'], functionOf, keeps),
      keeps,
    );
  },
  withDefinitions(json, definitions) {
    const names = new Set(definitions.map(({ name }) => name));
    const tools = definitions.map((definition: ToolDefinition) => ({
      type: 'function',
      function: definition,
    }));
    const { tool_choice, parallel_tool_calls } = json;
    return withTools(
      { ...without(json, ...ALL), tool_choice, parallel_tool_calls },
      tools,
      undefined,
      ({ name, isServer }) => !isServer && names.has(name),
    );
  },
  callsBefore: ({ messages }) =>
    records(messages).flatMap((message) =>
      message['role'] === 'assistant' ? callsOf(message) : [],
    ),
  callsIn: ({ choices }) =>
    records(choices).flatMap((choice) => callsOf(record(choice['message']))),
  pieces: ({ choices }) => records(choices).flatMap(piecesOf),
};
