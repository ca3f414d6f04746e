/**
 * The script a test posts to say what the next calls do, read strictly.
 * It refuses unknown members, wrong types, numbers out of bounds and combinations that mean
 * nothing, each with a sentence that says which; nothing in a script can outgrow a named limit.
 */
import { isObject } from './json-record.ts';
import type { JsonObject } from './json-record.ts';
import {
  ScriptRefusal,
  readAddress,
  readAmount,
  readFlag,
  readOneOf,
  readText,
  readToolCalls,
  readWhole,
} from './script-fields.ts';
import type { ScriptedToolCall } from './script-fields.ts';

export function parseScript(bodyText: string): Script {
  const record = parseRecord(bodyText);
  for (const name of Object.keys(record)) {
    if (!MEMBERS.has(name)) {
      throw new ScriptRefusal(400, `The script has no member "${name.slice(0, 60)}".`);
    }
  }
  const script: Script = { ...readPace(record), ...readSpeech(record), ...readConduct(record) };
  refuseNonsense(script, record);
  return script;
}

export type Fault = (typeof FAULTS)[number];

export type Script = ReturnType<typeof readPace> &
  ReturnType<typeof readSpeech> &
  ReturnType<typeof readConduct>;

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

/** Generating an answer: none of it goes with a recording. */
const SPEECH = [
  'chunks',
  'text',
  'reasoningTokens',
  'cachedTokens',
  'toolCalls',
  'tool',
  'thinking',
  'refusal',
  'errorMidStream',
  'inputTokens',
  'cacheWriteTokens',
  'searches',
] as const;

const MEMBERS: ReadonlySet<string> = new Set([
  ...SPEECH,
  'chunkDelayMs',
  'firstChunkDelayMs',
  'rate',
  'fault',
  'redirect',
  'echoKey',
  'replay',
  'chunkBytes',
  'times',
  'answerAfterCalls',
]);

const CHUNKS_MAX = 100_000;
const TEXT_CHARACTERS_MAX = 400_000;
const DELAY_MS_MAX = 600_000;
const RATE_MAX = 100_000;
const REPLAY_CHARACTERS_MAX = 200;
const CHUNK_BYTES_MAX = 1_048_576;
const TIMES_MAX = 1_000_000_000;
const ANSWER_AFTER_CALLS_MAX = 10_000;
/** Far above any model's context, far below where a bill would lose its last digit. */
const INPUT_TOKENS_MAX = 10_000_000;
const SEARCHES_MAX = 1_000;

const REPLAY_FAULTS: readonly Fault[] = ['none', 'drip', 'cut', 'reset'];

function readPace(record: JsonObject) {
  return {
    chunkDelayMs: readAmount(record, 'chunkDelayMs', DELAY_MS_MAX),
    firstChunkDelayMs: readAmount(record, 'firstChunkDelayMs', DELAY_MS_MAX) ?? 0,
    /** Tokens a second, another way to say chunkDelayMs. */
    rate: readWhole(record, 'rate', 1, RATE_MAX),
    chunkBytes: readWhole(record, 'chunkBytes', 1, CHUNK_BYTES_MAX),
    times: readWhole(record, 'times', 1, TIMES_MAX),
    answerAfterCalls: readWhole(record, 'answerAfterCalls', 1, ANSWER_AFTER_CALLS_MAX) ?? 1,
  };
}

function readSpeech(record: JsonObject) {
  const toolCalls: readonly ScriptedToolCall[] = readToolCalls(record, TEXT_CHARACTERS_MAX);
  return {
    toolCalls,
    tool: readOneOf(record, 'tool', ['always', 'obedient']),
    chunks: readWhole(record, 'chunks', 0, CHUNKS_MAX),
    text: readText(record, 'text', TEXT_CHARACTERS_MAX),
    thinking: readText(record, 'thinking', TEXT_CHARACTERS_MAX),
    refusal: readText(record, 'refusal', TEXT_CHARACTERS_MAX),
    reasoningTokens: readWhole(record, 'reasoningTokens', 0, CHUNKS_MAX) ?? 0,
    inputTokens: readWhole(record, 'inputTokens', 0, INPUT_TOKENS_MAX),
    cachedTokens: readWhole(record, 'cachedTokens', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    cacheWriteTokens: readWhole(record, 'cacheWriteTokens', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    searches: readWhole(record, 'searches', 0, SEARCHES_MAX) ?? 0,
    errorMidStream: readOneOf(record, 'errorMidStream', [true, false, 'flat']) ?? false,
  };
}

function readConduct(record: JsonObject) {
  return {
    fault: readOneOf(record, 'fault', FAULTS) ?? 'none',
    redirect: readAddress(record, 'redirect'),
    echoKey: readFlag(record, 'echoKey'),
    replay: readText(record, 'replay', REPLAY_CHARACTERS_MAX),
  };
}

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

function refuseNonsense(script: Script, record: JsonObject): void {
  if (script.text === '' && script.chunks !== undefined && script.chunks > 0) {
    throw new ScriptRefusal(400, '"text" is empty, so "chunks" cannot be cut from it.');
  }
  if (script.rate !== undefined && script.chunkDelayMs !== undefined) {
    throw new ScriptRefusal(400, '"rate" and "chunkDelayMs" say the same; give one of them.');
  }
  if (script.tool !== undefined && script.toolCalls.length > 0) {
    throw new ScriptRefusal(400, '"tool" and "toolCalls" exclude each other.');
  }
  if (script.times !== undefined && script.times < script.answerAfterCalls) {
    throw new ScriptRefusal(400, '"answerAfterCalls" waits for more calls than "times" allows.');
  }
  if (script.replay === undefined) {
    if (script.chunkBytes === undefined) return;
    throw new ScriptRefusal(400, '"chunkBytes" needs a "replay" to cut in pieces.');
  }
  const excluded = SPEECH.find((name) => record[name] !== undefined);
  if (excluded !== undefined) {
    throw new ScriptRefusal(400, `"replay" sends recorded bytes; it cannot take "${excluded}".`);
  }
  if (!REPLAY_FAULTS.includes(script.fault)) {
    const faults = REPLAY_FAULTS.join(', ');
    throw new ScriptRefusal(400, `"replay" goes only with the faults ${faults}.`);
  }
}
