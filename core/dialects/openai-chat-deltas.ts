// What the deltas of a Chat Completions stream show: how many bytes of it were generated, and how
// many calls of tools were begun. Reads one chunk at a time and keeps only which calls are open.

import { utf8Length } from '../bytes.ts';
import { type Json, list, record, shortText, text } from './json-value.ts';

/** Members whose strings are what was generated. */
export const SHOWN_FIELDS = [
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'arguments',
  'input',
] as const;

const TEXT_FIELDS = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;

/**
 * The frame of a call is generated as well and does not show: some 15 tokens, at two bytes each.
 */
const CALL_FRAME_BYTES = 32;

/**
 * Streamed audio is 16-bit samples at 24 kHz, 64,000 characters of base64 a second, for which 20
 * tokens are billed (developers.openai.com/api/docs/guides/realtime-costs): 3,200 characters a
 * token. At two visible bytes a token 1,024 is on the safe side.
 */
const AUDIO_CHARS_PER_BYTE = 1_024;

/** More open calls than this are not told apart; each name counts as a call. */
const OPEN_CALLS_MAX = 256;
/** A longer id is none: what is kept of a stream is small, whatever it sends. */
const ID_CHARS_MAX = 64;

/** An event that was not kept whole: its bytes, or what they come to as audio. */
export const largeEventBytes = (head: string, bytes: number): number =>
  /"audio"\s*:\s*\{/.test(head) ? Math.ceil(bytes / AUDIO_CHARS_PER_BYTE) : bytes;

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

const namedIn = (call: Json): Json => record(call['function'] ?? call['custom']);

const inputOf = (named: Json): string => text(named['arguments'] ?? named['input']);

const inputBytes = (named: Json): number => utf8Length(inputOf(named));

type OpenCall = { readonly id: string; readonly name: string; readonly hasInput: boolean };

/**
 * Some servers write no ids, and every call whole at the same place. Others repeat the name with
 * every piece: one that begins an input again, behind another, is not that.
 */
const beginsAgain = ({ name, hasInput }: OpenCall, named: Json): boolean => {
  const again = shortText(named['name']);
  return again !== '' && (again !== name || (hasInput && inputOf(named).startsWith('{')));
};

const textBytes = (delta: Json): number =>
  TEXT_FIELDS.reduce((bytes, field) => bytes + utf8Length(text(delta[field])), 0);

export type DeltaReader = {
  /** Bytes that one choice of a chunk shows. */
  take(choice: Json, index: number): number;
  /** The same where it is plain: texts, and more of a call that is open; else null. */
  weigh(choice: Json, index: number): number | null;
  /** Calls begun, each counted once however its parts come. */
  toolCalls(): number;
};

export function deltaReader(): DeltaReader {
  /** By choice and index: the call that is open there. */
  const open = new Map<string, OpenCall>();
  let begun = 0;

  const slotOf = (index: number, call: Json, at: number): string =>
    `${String(index)}:${String(typeof call['index'] === 'number' ? call['index'] : at)}`;

  const begins = (slot: string, id: string, named: Json): boolean => {
    const known = open.get(slot);
    const isNew =
      known === undefined
        ? id !== '' || text(named['name']) !== ''
        : (id !== '' && id !== known.id) || (id === '' && beginsAgain(known, named));
    if (!isNew || (known === undefined && open.size >= OPEN_CALLS_MAX)) return isNew;
    open.set(slot, { id, name: shortText(named['name']), hasInput: inputOf(named) !== '' });
    return isNew;
  };

  const takeCall = (slot: string, call: Json): number => {
    const named = namedIn(call);
    const id = text(call['id']);
    const isNew = begins(slot, id.length > ID_CHARS_MAX ? '' : id, named);
    if (isNew) begun += 1;
    return utf8Length(text(named['name'])) + inputBytes(named) + (isNew ? CALL_FRAME_BYTES : 0);
  };

  return {
    take(choice, index) {
      const delta = record(choice['delta']);
      let bytes = textBytes(delta);
      const audio = record(delta['audio']);
      bytes += utf8Length(text(audio['transcript']));
      bytes += Math.ceil(text(audio['data']).length / AUDIO_CHARS_PER_BYTE);
      for (const [at, call] of list(delta['tool_calls']).map(record).entries()) {
        bytes += takeCall(slotOf(index, call, at), call);
      }
      const legacy = delta['function_call'];
      if (isThere(legacy)) bytes += takeCall(`${String(index)}:legacy`, { function: legacy });
      return bytes;
    },
    weigh(choice, index) {
      const delta = record(choice['delta']);
      if (isThere(delta['audio']) || isThere(delta['function_call'])) return null;
      let bytes = textBytes(delta);
      for (const [at, call] of list(delta['tool_calls']).map(record).entries()) {
        const named = namedIn(call);
        const isMore = open.has(slotOf(index, call, at)) && !isThere(call['id']);
        if (!isMore || isThere(named['name'])) return null;
        bytes += inputBytes(named);
      }
      return bytes;
    },
    toolCalls: () => begun,
  };
}
