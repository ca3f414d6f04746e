/**
 * The script a test posts to say what the next calls do, read strictly.
 * It refuses unknown members, wrong types, numbers out of bounds and combinations that mean
 * nothing, each with a sentence that says which; nothing in a script can outgrow a named limit.
 */
export function parseScript(bodyText: string): Script {
  const record = parseRecord(bodyText);
  for (const name of Object.keys(record)) {
    if (!MEMBERS.has(name)) {
      throw new ScriptRefusal(400, `The script has no member "${name.slice(0, 60)}".`);
    }
  }
  const script: Script = {
    chunks: whole(record, 'chunks', 0, CHUNKS_MAX),
    chunkDelayMs: delay(record, 'chunkDelayMs'),
    firstChunkDelayMs: delay(record, 'firstChunkDelayMs') ?? 0,
    text: text(record, 'text', TEXT_CHARACTERS_MAX),
    fault: readFault(record),
    replay: text(record, 'replay', REPLAY_CHARACTERS_MAX),
    chunkBytes: whole(record, 'chunkBytes', 1, CHUNK_BYTES_MAX),
    times: whole(record, 'times', 1, TIMES_MAX),
    reasoningTokens: whole(record, 'reasoningTokens', 0, CHUNKS_MAX) ?? 0,
    cachedTokens: whole(record, 'cachedTokens', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    toolCalls: readToolCalls(record),
    answerAfterCalls: whole(record, 'answerAfterCalls', 1, ANSWER_AFTER_CALLS_MAX) ?? 1,
  };
  refuseNonsense(script, record);
  return script;
}

export class ScriptRefusal extends Error {
  readonly status: 400 | 404;

  constructor(status: 400 | 404, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export type Fault = (typeof FAULTS)[number];

export type ScriptedToolCall = { readonly name: string; readonly argumentsText: string };

export type Script = {
  readonly chunks: number | undefined;
  readonly chunkDelayMs: number | undefined;
  readonly firstChunkDelayMs: number;
  readonly text: string | undefined;
  readonly fault: Fault;
  readonly replay: string | undefined;
  readonly chunkBytes: number | undefined;
  readonly times: number | undefined;
  readonly reasoningTokens: number;
  readonly cachedTokens: number;
  readonly toolCalls: readonly ScriptedToolCall[];
  readonly answerAfterCalls: number;
};

const FAULTS = [
  'none',
  'refuse',
  'hang',
  'drip',
  'cut',
  'reset',
  'html',
  '429',
  '500',
  'no-usage',
  'wrong-usage',
] as const;

const MEMBERS: ReadonlySet<string> = new Set([
  'chunks',
  'chunkDelayMs',
  'firstChunkDelayMs',
  'text',
  'fault',
  'replay',
  'chunkBytes',
  'times',
  'reasoningTokens',
  'cachedTokens',
  'toolCalls',
  'answerAfterCalls',
]);

const CHUNKS_MAX = 100_000;
const TEXT_CHARACTERS_MAX = 400_000;
const DELAY_MS_MAX = 600_000;
const REPLAY_CHARACTERS_MAX = 200;
const CHUNK_BYTES_MAX = 1_048_576;
const TIMES_MAX = 1_000_000_000;
const ANSWER_AFTER_CALLS_MAX = 10_000;
const TOOL_CALLS_MAX = 128;
const TOOL_NAME_CHARACTERS_MAX = 64;

const REPLAY_FAULTS: readonly Fault[] = ['none', 'drip', 'cut', 'reset'];
const REPLAY_EXCLUDES = ['chunks', 'text', 'reasoningTokens', 'cachedTokens', 'toolCalls'];

type JsonObject = Record<string, unknown>;

function parseRecord(bodyText: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(bodyText);
  } catch {
    throw new ScriptRefusal(400, 'The script is not valid JSON.');
  }
  if (isObject(value)) return value;
  throw new ScriptRefusal(400, 'The script must be a JSON object.');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function whole(record: JsonObject, name: string, min: number, max: number): number | undefined {
  const value = record[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw new ScriptRefusal(400, `"${name}" must be a whole number between ${min} and ${max}.`);
}

function delay(record: JsonObject, name: string): number | undefined {
  const value = record[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= DELAY_MS_MAX) return value;
  throw new ScriptRefusal(400, `"${name}" must be a number between 0 and ${DELAY_MS_MAX}.`);
}

function text(record: JsonObject, name: string, charactersMax: number): string | undefined {
  const value = record[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= charactersMax) return value;
  throw new ScriptRefusal(
    400,
    `"${name}" must be a string of at most ${charactersMax} characters.`,
  );
}

function readFault(record: JsonObject): Fault {
  const value = record['fault'] === undefined ? 'none' : record['fault'];
  const fault = FAULTS.find((known) => known === value);
  if (fault !== undefined) return fault;
  throw new ScriptRefusal(400, `"fault" must be one of the strings ${FAULTS.join(', ')}.`);
}

function readToolCalls(record: JsonObject): ScriptedToolCall[] {
  const value = record['toolCalls'];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > TOOL_CALLS_MAX) {
    throw new ScriptRefusal(400, `"toolCalls" must be a list of at most ${TOOL_CALLS_MAX} calls.`);
  }
  const toolCalls = value.map(readToolCall);
  const characters = toolCalls.reduce((sum, call) => sum + call.argumentsText.length, 0);
  if (characters <= TEXT_CHARACTERS_MAX) return toolCalls;
  const sentence = `"toolCalls" may have at most ${TEXT_CHARACTERS_MAX} characters of arguments.`;
  throw new ScriptRefusal(400, sentence);
}

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

function refuseNonsense(script: Script, record: JsonObject): void {
  if (script.text === '' && script.chunks !== undefined && script.chunks > 0) {
    throw new ScriptRefusal(400, '"text" is empty, so "chunks" cannot be cut from it.');
  }
  if (script.times !== undefined && script.times < script.answerAfterCalls) {
    throw new ScriptRefusal(400, '"answerAfterCalls" waits for more calls than "times" allows.');
  }
  if (script.replay === undefined) {
    if (script.chunkBytes === undefined) return;
    throw new ScriptRefusal(400, '"chunkBytes" needs a "replay" to cut in pieces.');
  }
  const excluded = REPLAY_EXCLUDES.find((name) => record[name] !== undefined);
  if (excluded !== undefined) {
    throw new ScriptRefusal(400, `"replay" sends recorded bytes; it cannot take "${excluded}".`);
  }
  if (!REPLAY_FAULTS.includes(script.fault)) {
    const faults = REPLAY_FAULTS.join(', ');
    throw new ScriptRefusal(400, `"replay" goes only with the faults ${faults}.`);
  }
}
