// Where things stand in a Responses request and its answers: `instructions`, items of `system` and
// `developer`, tools by their type, and prompts that the provider keeps.

import {
  type Anatomy,
  fencedContent,
  fencedText,
  inputOf,
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

const ABOVE = new Set<unknown>(['system', 'developer']);
const CALLS = new Set<unknown>(['function_call', 'custom_tool_call']);
const WRITTEN = new Set<unknown>(['function', 'custom']);

const CHOICES = ['tool_choice', 'parallel_tool_calls', 'max_tool_calls'] as const;

function toolOf(value: unknown): OfferedTool {
  const { type, name } = record(value);
  const isServer = !WRITTEN.has(type);
  return { name: text(isServer ? type : name), isServer };
}

function choiceWithin(choice: unknown, keeps: Keeps): unknown {
  if (!isObject(choice)) return choice;
  if (choice['type'] !== 'allowed_tools') return keeps(toolOf(choice)) ? choice : undefined;
  const tools = list(choice['tools']).filter((tool) => keeps(toolOf(tool)));
  return tools.length === 0 ? undefined : { ...choice, tools };
}

/** With this list in the place of its own; without one there is nothing to choose. */
function withTools(json: Json, tools: readonly unknown[], keeps: Keeps): Json {
  const rest = without(json, 'tools', ...CHOICES);
  if (tools.length === 0) return rest;
  const choice = choiceWithin(json['tool_choice'], keeps);
  const chosen = {
    parallel_tool_calls: json['parallel_tool_calls'],
    max_tool_calls: json['max_tool_calls'],
    tool_choice: choice,
  };
  const said = Object.entries(chosen).filter(([, value]) => isThere(value));
  return { ...rest, tools, ...Object.fromEntries(said) };
}

const callsOf = (items: unknown): readonly ToolCall[] =>
  records(items)
    .filter(({ type }) => CALLS.has(type))
    .map((call) => ({
      name: text(call['name']),
      input: call['type'] === 'function_call' ? inputOf(call['arguments']) : call['input'],
    }));

const fence = (words: string): Json => ({ type: 'input_text', text: words });

const user = (content: unknown): Json => ({ role: 'user', content });

function fencedItem(value: unknown): unknown {
  const item = record(value);
  if (!ABOVE.has(item['role'])) return value;
  return { ...item, role: 'user', content: fencedContent(item['content'], fence) };
}

/** They repeat every item at its place: some servers say it only there. */
const ENDINGS = new Set(['response.completed', 'response.incomplete']);
const ENDS = new Set([
  'response.function_call_arguments.done',
  'response.custom_tool_call_input.done',
]);
const MORE = new Set([
  'response.function_call_arguments.delta',
  'response.custom_tool_call_input.delta',
]);

const repeated = (output: unknown): readonly ToolPiece[] =>
  records(output).flatMap((item, index) =>
    callsOf([item]).map(({ name, input }) => ({
      at: placeOf(index),
      name,
      whole: input,
      isLast: true,
    })),
  );

function piecesOf(event: Json): readonly ToolPiece[] {
  const type = text(event['type']);
  const at = placeOf(event['output_index']);
  if (MORE.has(type)) return [{ at, more: text(event['delta']) }];
  if (ENDS.has(type)) {
    const whole = type.includes('custom') ? event['input'] : inputOf(event['arguments']);
    return [{ at, whole, isLast: true }];
  }
  if (ENDINGS.has(type)) return repeated(record(event['response'])['output']);
  const item = record(event['item']);
  if (!CALLS.has(item['type'])) return [];
  const name = text(item['name']);
  if (type === 'response.output_item.added') {
    return [{ at, name, more: text(item['arguments'] ?? item['input']) }];
  }
  if (type !== 'response.output_item.done') return [];
  const [call] = callsOf([item]);
  return [{ at, name, whole: call?.input, isLast: true }];
}

export const openaiResponsesAnatomy: Anatomy = {
  said: { list: 'input', ceiling: null },
  systemTexts: ({ instructions, input }) =>
    (isThere(instructions) && instructions !== '' ? 1 : 0) +
    records(input).filter(({ role }) => ABOVE.has(role)).length,
  fenced(json) {
    const { instructions, input } = json;
    // Nonsense stays where it is.
    if (typeof input !== 'string' && !Array.isArray(input)) return json;
    const isSaid = typeof instructions === 'string' && instructions !== '';
    const items =
      typeof input === 'string' ? (isSaid ? [user(input)] : input) : input.map(fencedItem);
    return isSaid
      ? {
          ...without(json, 'instructions'),
          input: [user(fencedText(instructions)), ...list(items)],
        }
      : { ...json, input: items };
  },
  withSystem(json, said) {
    const { instructions } = json;
    if (isThere(instructions) && typeof instructions !== 'string') return json;
    const theirs = text(instructions);
    return { ...json, instructions: theirs === '' ? said : `${said}\n\n${theirs}` };
  },
  keptField: ({ prompt }) => (isThere(prompt) ? 'prompt' : null),
  tools: ({ tools }) => list(tools).map(toolOf),
  withoutTools: (json, keeps) =>
    withTools(
      json,
      list(json['tools']).filter((tool) => keeps(toolOf(tool))),
      keeps,
    ),
  withDefinitions(json, definitions) {
    const names = new Set(definitions.map(({ name }) => name));
    // Schemas here are strict unless they say otherwise, and take only some of JSON Schema.
    const tools = definitions.map((definition) => ({
      type: 'function',
      ...definition,
      strict: false,
    }));
    return withTools(json, tools, ({ name, isServer }) => !isServer && names.has(name));
  },
  callsBefore: ({ input }) => callsOf(input),
  callsIn: ({ output }) => callsOf(output),
  pieces: piecesOf,
};
