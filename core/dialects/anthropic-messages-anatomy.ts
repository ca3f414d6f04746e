// Where things stand in a Messages request and its answers: `system`, which stands beside the
// messages, and messages of that role among them; tools by their type, and uses of them.

import {
  type Anatomy,
  FENCE,
  fencedContent,
  isObject,
  isThere,
  type Keeps,
  type OfferedTool,
  placeOf,
  records,
  type ToolCall,
  type ToolPiece,
  without,
} from './anatomy.ts';
import { type Json, list, record, text } from './json-value.ts';

const USES = new Set<unknown>(['tool_use', 'server_tool_use']);

/** One with a type is the provider's, by that type: another version is another tool. */
function toolOf(value: unknown): OfferedTool {
  const { type, name } = record(value);
  const isServer = isThere(type) && type !== '' && type !== 'custom';
  return { name: text(isServer ? type : name), isServer };
}

const textBlock = (said: string): Json => ({ type: 'text', text: said });

/** A text as blocks; an empty one is none, because the provider refuses it. */
const blocksOf = (content: unknown): readonly unknown[] =>
  typeof content === 'string' ? (content === '' ? [] : [textBlock(content)]) : list(content);

function hasSystem({ system }: Json): boolean {
  return Array.isArray(system) ? system.length > 0 : isThere(system) && system !== '';
}

/** With this list in the place of its own; without one there is nothing to choose. */
function withTools(json: Json, tools: readonly unknown[], keeps: Keeps): Json {
  const rest = without(json, 'tools', 'tool_choice');
  if (tools.length === 0) return rest;
  const choice = json['tool_choice'];
  // A choice of one names it, by the name that the model knows.
  const isNamed = isObject(choice) && choice['type'] === 'tool';
  const named = records(tools).find(({ name }) => isNamed && name === choice['name']);
  const isGone = isNamed && (named === undefined || !keeps(toolOf(named)));
  return { ...rest, tools, ...(isThere(choice) && !isGone ? { tool_choice: choice } : {}) };
}

const callsOf = (content: unknown): readonly ToolCall[] =>
  records(content)
    .filter(({ type }) => USES.has(type))
    .map(({ name, input }) => ({ name: text(name), input: input ?? {} }));

function piecesOf(event: Json): readonly ToolPiece[] {
  const at = placeOf(event['index']);
  const block = record(event['content_block']);
  const delta = record(event['delta']);
  if (event['type'] === 'content_block_start' && USES.has(block['type'])) {
    // What comes at once does not come in pieces: the provider writes `{}` where it does.
    const input = record(block['input']);
    const name = text(block['name']);
    return [Object.keys(input).length > 0 ? { at, name, whole: input } : { at, name }];
  }
  if (event['type'] === 'content_block_delta' && delta['type'] === 'input_json_delta') {
    return [{ at, more: text(delta['partial_json']) }];
  }
  return event['type'] === 'content_block_stop' ? [{ at, isLast: true }] : [];
}

export const anthropicMessagesAnatomy: Anatomy = {
  said: { list: 'messages', ceiling: 'max_tokens' },
  systemTexts: (json) =>
    (hasSystem(json) ? 1 : 0) +
    records(json['messages']).filter(({ role }) => role === 'system').length,
  fenced(json) {
    const { system, messages } = json;
    if (!Array.isArray(messages)) return json;
    if (isThere(system) && typeof system !== 'string' && !Array.isArray(system)) return json;
    const demoted = list(messages).map((message) => {
      const { role, content } = record(message);
      if (role !== 'system') return message;
      return { role: 'user', content: fencedContent(content, textBlock) };
    });
    const first = hasSystem(json)
      ? [{ role: 'user', content: [textBlock(FENCE), ...blocksOf(system)] }]
      : [];
    return { ...without(json, 'system'), messages: [...first, ...demoted] };
  },
  withSystem(json, said) {
    const { system } = json;
    if (isThere(system) && typeof system !== 'string' && !Array.isArray(system)) return json;
    const theirs = blocksOf(system);
    return { ...json, system: theirs.length === 0 ? said : [textBlock(said), ...theirs] };
  },
  keptField: () => null,
  tools: ({ tools }) => list(tools).map(toolOf),
  withoutTools: (json, keeps) =>
    withTools(
      json,
      list(json['tools']).filter((tool) => keeps(toolOf(tool))),
      keeps,
    ),
  withDefinitions: (json, definitions) =>
    withTools(
      json,
      definitions.map(({ parameters, ...named }) => ({ ...named, input_schema: parameters })),
      () => true,
    ),
  callsBefore: ({ messages }) => records(messages).flatMap(({ content }) => callsOf(content)),
  callsIn: ({ content }) => callsOf(content),
  pieces: piecesOf,
};
