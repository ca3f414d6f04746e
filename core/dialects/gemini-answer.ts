// What an answer of Gemini comes to when it is sent back as history: one text for the answer as it
// was streamed, as it was given in one piece, and as the next request repeats it. SDKs repeat every
// chunk as a content of its own; thoughts and signatures are not in it.

import type { CollectedAnswer } from './dialect.ts';
import { type Json, list, record, text } from './json-value.ts';

/** Of an answer that is collected. A longer one cannot be continued. */
export const ANSWER_CHARS_MAX = 1_048_576;
const CALLS_MAX = 1_000;

type Call = readonly [name: string, args: unknown];

/** The text stands last and as it is: what came of an answer that was cut is a beginning of it. */
const canonical = (content: string, calls: readonly Call[]): string =>
  `${JSON.stringify(calls)}\n${content}`;

const partsOf = (content: unknown): Json[] => list(record(content)['parts']).map(record);

const shownText = (part: Json): string => (part['thought'] === true ? '' : text(part['text']));

function callOf(part: Json): Call | null {
  const call = record(part['functionCall'] ?? part['function_call']);
  return text(call['name']) === '' ? null : [text(call['name']), call['args'] ?? {}];
}

function partsText(parts: readonly Json[]): string {
  const calls = parts.map(callOf).filter((call) => call !== null);
  return canonical(parts.map(shownText).join(''), calls);
}

/** Of a request: its last run of contents by the model, or null where there is none. */
export function lastAnswer(body: unknown): string | null {
  const contents = list(record(body)['contents']).map(record);
  const last = contents.findLastIndex(({ role }) => role === 'model');
  if (last < 0) return null;
  const before = contents.slice(0, last).findLastIndex(({ role }) => role !== 'model');
  return partsText(contents.slice(before + 1, last + 1).flatMap(partsOf));
}

const firstCandidate = (body: unknown): Json =>
  list(record(body)['candidates'])
    .map(record)
    .find(({ index }) => (index ?? 0) === 0) ?? {};

/** Of an answer in one piece: its first candidate. */
export function wholeAnswer(body: unknown): CollectedAnswer | null {
  const { content } = firstCandidate(body);
  if (typeof content !== 'object' || content === null) return null;
  const whole = partsText(partsOf(content));
  return whole.length > ANSWER_CHARS_MAX ? null : { whole, head: '', pieces: [] };
}

export type AnswerCollector = {
  /** One chunk of the stream, parsed. */
  take(chunk: Json): void;
  /** Something came that was not read. */
  forget(): void;
  /** What came so far; null if it is too long, or nothing. */
  answer(): CollectedAnswer | null;
};

/** Puts the first candidate's parts together the way SDKs do. */
export function answerCollector(): AnswerCollector {
  const pieces: string[] = [];
  const calls: Call[] = [];
  let chars = 0;

  return {
    take(chunk) {
      if (chars > ANSWER_CHARS_MAX) return;
      for (const part of partsOf(firstCandidate(chunk)['content'])) {
        const shown = shownText(part);
        if (shown !== '') pieces.push(shown);
        chars += shown.length;
        const call = callOf(part);
        if (call === null) continue;
        calls.push(call);
        chars += calls.length > CALLS_MAX ? Number.POSITIVE_INFINITY : JSON.stringify(call).length;
      }
    },
    forget() {
      chars = Number.POSITIVE_INFINITY;
    },
    answer() {
      if (chars > ANSWER_CHARS_MAX || (pieces.length === 0 && calls.length === 0)) return null;
      return { whole: canonical(pieces.join(''), calls), head: canonical('', []), pieces };
    },
  };
}
