/**
 * Reads single members of a script. It refuses wrong types and numbers out of bounds, each with a
 * sentence that names the member, and coerces nothing.
 */
import { isObject, isWholeNumber } from './json-record.ts';
import type { JsonObject } from './json-record.ts';

export class ScriptRefusal extends Error {
  readonly status: 400 | 404;

  constructor(status: 400 | 404, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export function readWhole(
  record: JsonObject,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const value = record[name];
  if (value === undefined || isWholeNumber(value, min, max)) return value;
  throw new ScriptRefusal(400, `"${name}" must be a whole number between ${min} and ${max}.`);
}

/** Any number from 0 to a maximum. */
export function readAmount(record: JsonObject, name: string, max: number): number | undefined {
  const value = record[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  throw new ScriptRefusal(400, `"${name}" must be a number between 0 and ${max}.`);
}

export function readText(
  record: JsonObject,
  name: string,
  charactersMax: number,
): string | undefined {
  const value = record[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= charactersMax) return value;
  throw new ScriptRefusal(
    400,
    `"${name}" must be a string of at most ${charactersMax} characters.`,
  );
}

export function readFlag(record: JsonObject, name: string): boolean {
  const value = record[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new ScriptRefusal(400, `"${name}" must be true or false.`);
}

export function readOneOf<Choice extends string | boolean>(
  record: JsonObject,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = record[name];
  if (value === undefined) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  throw new ScriptRefusal(400, `"${name}" must be one of ${choices.join(', ')}.`);
}

export function readAddress(record: JsonObject, name: string): string | undefined {
  const text = readText(record, name, ADDRESS_CHARACTERS_MAX);
  if (text === undefined) return undefined;
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new ScriptRefusal(400, `"${name}" must be a whole http or https address.`);
}

export type ScriptedToolCall = { readonly name: string; readonly argumentsText: string };

export function readToolCalls(record: JsonObject, charactersMax: number): ScriptedToolCall[] {
  const value = record['toolCalls'];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > TOOL_CALLS_MAX) {
    throw new ScriptRefusal(400, `"toolCalls" must be a list of at most ${TOOL_CALLS_MAX} calls.`);
  }
  const toolCalls = value.map(readToolCall);
  const characters = toolCalls.reduce((sum, call) => sum + call.argumentsText.length, 0);
  if (characters <= charactersMax) return toolCalls;
  const sentence = `"toolCalls" may have at most ${charactersMax} characters of arguments.`;
  throw new ScriptRefusal(400, sentence);
}

const ADDRESS_CHARACTERS_MAX = 2_000;
const TOOL_CALLS_MAX = 128;
const TOOL_NAME_CHARACTERS_MAX = 64;

function readToolCall(value: unknown): ScriptedToolCall {
  const name = isObject(value) ? value['name'] : undefined;
  const given = isObject(value) ? value['arguments'] : undefined;
  const extra = isObject(value) && Object.keys(value).length > 2;
  const named =
    typeof name === 'string' && name.length >= 1 && name.length <= TOOL_NAME_CHARACTERS_MAX;
  if (named && !extra && typeof given === 'string') return { name, argumentsText: given };
  if (named && !extra && isObject(given)) return { name, argumentsText: JSON.stringify(given) };
  throw new ScriptRefusal(
    400,
    'Each of "toolCalls" must be {"name", "arguments"}: a name of 1 to ' +
      `${TOOL_NAME_CHARACTERS_MAX} characters, and arguments as a string or an object.`,
  );
}
