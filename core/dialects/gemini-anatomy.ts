// Where things stand in a Gemini request and its answers, in either of its spellings: the system
// instruction, contents of that role, functions in as many lists as the caller likes, and Google's
// own tools. What it changes it writes in one spelling.

import {
  type Anatomy,
  FENCE,
  isObject,
  isThere,
  type Keeps,
  type OfferedTool,
  records,
  type ToolCall,
  type ToolPiece,
  without,
} from './anatomy.ts';
import { inOneSpelling } from './gemini-spelling.ts';
import { type Json, list, record, text } from './json-value.ts';

/** Null where a name stands in both: that is refused as it is. */
function folded(json: Json): Json | null {
  const read = inOneSpelling(json);
  return read.ok ? record(read.value) : null;
}

const reading =
  <Found>(read: (json: Json) => Found, nothing: Found) =>
  (json: Json): Found => {
    const one = folded(json);
    return one === null ? nothing : read(one);
  };

const partsOf = (content: unknown): readonly unknown[] => list(record(content)['parts']);

/** The API also takes a single object where a list is meant. */
const groupsOf = ({ tools }: Json): readonly Json[] => (isObject(tools) ? [tools] : records(tools));

const functionOf = (value: unknown): OfferedTool => ({
  name: text(record(value)['name']),
  isServer: false,
});

const kindsIn = (group: Json): readonly string[] =>
  Object.keys(group).filter((kind) => kind !== 'functionDeclarations' && isThere(group[kind]));

const toolsIn = (json: Json): readonly OfferedTool[] =>
  groupsOf(json).flatMap((group) => [
    ...list(group['functionDeclarations']).map(functionOf),
    ...kindsIn(group).map((name) => ({ name, isServer: true })),
  ]);

function groupWithin(group: Json, keeps: Keeps): Json {
  const { functionDeclarations: functions, ...others } = group;
  const kinds = Object.entries(others).filter(([name]) => keeps({ name, isServer: true }));
  const declared = list(functions).filter((one) => keeps(functionOf(one)));
  return {
    ...(declared.length === 0 ? {} : { functionDeclarations: declared }),
    ...Object.fromEntries(kinds),
  };
}

/** With these in the place of its own, and no choice of what is not there. */
function withGroups(json: Json, groups: readonly Json[], keeps: Keeps): Json {
  const tools = groups.filter((group) => Object.keys(group).length > 0);
  const { toolConfig, ...rest } = without(json, 'tools');
  if (tools.length === 0) return rest;
  const config = record(toolConfig);
  const calling = record(config['functionCallingConfig']);
  const allowed = calling['allowedFunctionNames'];
  if (!Array.isArray(allowed)) return { ...json, tools };
  const names = list(allowed).filter((name) => keeps({ name: text(name), isServer: false }));
  const chosen =
    names.length === 0
      ? without(config, 'functionCallingConfig')
      : { ...config, functionCallingConfig: { ...calling, allowedFunctionNames: names } };
  return { ...rest, tools, toolConfig: chosen };
}

const callsOf = (content: unknown): readonly ToolCall[] =>
  partsOf(content).flatMap((part) => {
    const { functionCall } = record(part);
    if (!isObject(functionCall)) return [];
    return [{ name: text(functionCall['name']), input: functionCall['args'] ?? {} }];
  });

const callsIn = ({ candidates }: Json): readonly ToolCall[] =>
  records(candidates).flatMap(({ content }) => callsOf(content));

/** Changed in one spelling, or left as it is. */
const changed =
  (change: (json: Json) => Json) =>
  (json: Json): Json => {
    const one = folded(json);
    return one === null ? json : change(one);
  };

const fencedUser = (parts: readonly unknown[]): Json => ({
  role: 'user',
  parts: [{ text: FENCE }, ...parts],
});

export const geminiAnatomy: Anatomy = {
  systemTexts: reading(
    ({ systemInstruction, contents }) =>
      (isThere(systemInstruction) ? 1 : 0) +
      records(contents).filter(({ role }) => role === 'system').length,
    0,
  ),
  fenced: changed((json) => {
    const { systemInstruction: system, contents } = json;
    if (!Array.isArray(contents) || (isThere(system) && !isObject(system))) return json;
    const demoted = list(contents).map((content) =>
      record(content)['role'] === 'system'
        ? { ...record(content), ...fencedUser(partsOf(content)) }
        : content,
    );
    const first = isThere(system) ? [fencedUser(partsOf(system))] : [];
    return { ...without(json, 'systemInstruction'), contents: [...first, ...demoted] };
  }),
  withSystem: (json, said) =>
    changed((one) => {
      const { systemInstruction: system } = one;
      if (isThere(system) && !isObject(system)) return one;
      const parts = [{ text: said }, ...partsOf(system)];
      return { ...one, systemInstruction: { ...record(system), parts } };
    })(json),
  // A context that Google keeps has its own instruction and tools.
  keptField: reading(
    ({ cachedContent }) => (isThere(cachedContent) ? 'cachedContent' : null),
    null,
  ),
  tools: reading(toolsIn, []),
  withoutTools: (json, keeps) =>
    changed((one) =>
      withGroups(
        one,
        groupsOf(one).map((group) => groupWithin(group, keeps)),
        keeps,
      ),
    )(json),
  withDefinitions: (json, definitions) =>
    changed((one) => {
      const names = new Set(definitions.map(({ name }) => name));
      const functionDeclarations = definitions.map(({ parameters, name, description = name }) => ({
        name,
        description,
        parametersJsonSchema: parameters,
      }));
      return withGroups(
        one,
        functionDeclarations.length === 0 ? [] : [{ functionDeclarations }],
        ({ name, isServer }) => !isServer && names.has(name),
      );
    })(json),
  callsBefore: reading(({ contents }) => records(contents).flatMap(callsOf), []),
  callsIn,
  // Calls come whole, in one part each.
  pieces: (chunk) =>
    callsIn(chunk).map(({ name, input }): ToolPiece => ({
      at: '',
      name,
      whole: input,
      isLast: true,
    })),
};
