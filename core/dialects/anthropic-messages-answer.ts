// What an answer of Claude comes to when it is sent back as history: one text for the answer as it
// was streamed, as it was given in one piece, and as the next request repeats it. Text and calls of
// tools are in it; thinking is not, because a client may leave it out.

import type { CollectedAnswer } from './dialect.ts';
import { type Json, list, parseRecord, record, text } from './json-value.ts';

/** Of an answer that is collected. A longer one cannot be continued. */
export const ANSWER_CHARS_MAX = 1_048_576;
const BLOCKS_MAX = 1_000;

type Call = readonly [id: string, name: string, input: unknown];

/** The text stands last and as it is: what came of an answer that was cut is a beginning of it. */
const canonical = (content: string, calls: readonly Call[]): string =>
  `${JSON.stringify(calls)}\n${content}`;

function contentText(content: unknown): string {
  if (typeof content === 'string') return canonical(content, []);
  const blocks = list(content).map(record);
  const calls = blocks
    .filter(({ type }) => type === 'tool_use')
    .map((block): Call => [text(block['id']), text(block['name']), block['input'] ?? {}]);
  const texts = blocks.filter(({ type }) => type === 'text').map((block) => text(block['text']));
  return canonical(texts.join(''), calls);
}

/** Of a request: its last assistant message, or null where there is none. */
export function lastAnswer(body: unknown): string | null {
  const message = list(record(body)['messages'])
    .map(record)
    .findLast(({ role }) => role === 'assistant');
  return message === undefined ? null : contentText(message['content']);
}

/** Of an answer in one piece. */
export function wholeAnswer(body: unknown): CollectedAnswer | null {
  const { type, content } = record(body);
  if (type !== 'message' || !Array.isArray(content)) return null;
  const whole = contentText(content);
  return whole.length > ANSWER_CHARS_MAX ? null : { whole, head: '', pieces: [] };
}

export type AnswerCollector = {
  /** One event of the stream, parsed. */
  take(event: Json): void;
  /** Something came that was not read. */
  forget(): void;
  /** What came so far; null if it is too long, or nothing. */
  answer(): CollectedAnswer | null;
};

type OpenCall = { readonly id: string; readonly name: string; json: string };

/** What the model wrote for a tool; clients send back what they could read of it. */
const inputOf = ({ json }: OpenCall): unknown => (json === '' ? {} : (parseRecord(json) ?? json));

/** Puts the deltas together the way SDKs do. */
export function answerCollector(): AnswerCollector {
  let pieces: string[] = [];
  let calls = new Map<unknown, OpenCall>();
  let chars = 0;

  const addText = (more: string): void => {
    if (more !== '') pieces.push(more);
    chars += more.length;
  };

  const begin = (index: unknown, block: Json): void => {
    if (block['type'] === 'text') addText(text(block['text']));
    if (block['type'] !== 'tool_use') return;
    calls.set(index, { id: text(block['id']), name: text(block['name']), json: '' });
    if (calls.size > BLOCKS_MAX) chars = Number.POSITIVE_INFINITY;
  };

  const more = (index: unknown, delta: Json): void => {
    if (delta['type'] === 'text_delta') addText(text(delta['text']));
    const call = calls.get(index);
    if (call === undefined || delta['type'] !== 'input_json_delta') return;
    call.json += text(delta['partial_json']);
    chars += text(delta['partial_json']).length;
  };

  return {
    take(event) {
      if (chars > ANSWER_CHARS_MAX) return;
      if (event['type'] === 'message_start') {
        pieces = [];
        calls = new Map();
      }
      if (event['type'] === 'content_block_start') {
        begin(event['index'], record(event['content_block']));
      }
      if (event['type'] === 'content_block_delta') more(event['index'], record(event['delta']));
    },
    forget() {
      chars = Number.POSITIVE_INFINITY;
    },
    answer() {
      if (chars > ANSWER_CHARS_MAX || (pieces.length === 0 && calls.size === 0)) return null;
      const made = [...calls.values()].map((call): Call => [call.id, call.name, inputOf(call)]);
      return { whole: canonical(pieces.join(''), made), head: canonical('', []), pieces };
    },
  };
}
