// What a Responses answer comes to when it is sent back as history: one text for the answer as it
// was streamed, as it was given in one piece, and as the next request repeats it. Clients leave out
// reasoning and what the provider's own tools did, so those are not in it.

import type { CollectedAnswer } from './dialect.ts';
import { type Json, list, record, text } from './json-value.ts';
import { ANSWER_CHARS_MAX } from './openai-chat-answer.ts';

const TOOL_CALLS_MAX = 128;

type Parts = {
  readonly content: string;
  readonly refusal: string;
  readonly calls: readonly Json[];
};

/** The content stands last: what came of an answer that was cut is a beginning of this text. */
const canonical = ({ content, refusal, calls }: Parts): string => {
  const called = calls.map((call) => [
    text(call['call_id']),
    text(call['name']),
    text(call['arguments'] ?? call['input']),
  ]);
  return `${JSON.stringify([refusal, called])}\n${content}`;
};

const isCall = ({ type }: Json): boolean => type === 'function_call' || type === 'custom_tool_call';

/** A message says that it is one, or only who speaks. */
const isMessage = ({ type, role }: Json): boolean =>
  type === 'message' || (type === undefined && role !== undefined);

const isSaid = (item: Json): boolean =>
  isCall(item) || (isMessage(item) && item['role'] === 'assistant');

const isHeard = ({ type, ...rest }: Json): boolean =>
  text(type).endsWith('_output') || (isMessage({ type, ...rest }) && rest['role'] !== 'assistant');

function partsOf(items: readonly Json[]): Parts {
  let content = '';
  let refusal = '';
  for (const item of items.filter(isMessage)) {
    if (typeof item['content'] === 'string') content += item['content'];
    for (const part of list(item['content']).map(record)) {
      content += text(part['text']);
      refusal += text(part['refusal']);
    }
  }
  return { content, refusal, calls: items.filter(isCall) };
}

/** Of a request: what was said between the last two times that somebody else spoke. */
export function lastAnswer(body: unknown): string | null {
  const items = list(record(body)['input']).map(record);
  const last = items.findLastIndex(isSaid);
  if (last < 0) return null;
  const before = items.slice(0, last).findLastIndex(isHeard);
  return canonical(partsOf(items.slice(before + 1, last + 1).filter(isSaid)));
}

/** Of an answer in one piece. */
export function wholeAnswer(body: unknown): CollectedAnswer | null {
  const said = list(record(body)['output']).map(record).filter(isSaid);
  if (said.length === 0) return null;
  const whole = canonical(partsOf(said));
  return whole.length > ANSWER_CHARS_MAX ? null : { whole, head: '', pieces: [] };
}

export type AnswerCollector = {
  /** One event of the stream, parsed. */
  take(event: Json): void;
  /** What came so far; null if it is too long, or nothing. */
  answer(): CollectedAnswer | null;
};

export function answerCollector(): AnswerCollector {
  const pieces: string[] = [];
  const calls: Json[] = [];
  let refusal = '';
  let chars = 0;
  return {
    take(event) {
      if (chars > ANSWER_CHARS_MAX) return;
      const { type } = event;
      const item = record(event['item']);
      if (type === 'response.output_text.delta') {
        pieces.push(text(event['delta']));
        chars += text(event['delta']).length;
      } else if (type === 'response.refusal.delta') {
        refusal += text(event['delta']);
        chars += text(event['delta']).length;
      } else if (type === 'response.output_item.done' && isCall(item)) {
        const { call_id, name, arguments: args, input } = item;
        calls.push({ call_id, name, arguments: args, input });
        chars += text(args ?? input).length;
        if (calls.length > TOOL_CALLS_MAX) chars = Number.POSITIVE_INFINITY;
      }
    },
    answer() {
      if (chars > ANSWER_CHARS_MAX) return null;
      if (pieces.length === 0 && refusal === '' && calls.length === 0) return null;
      const head = canonical({ content: '', refusal: '', calls: [] });
      return { whole: canonical({ content: pieces.join(''), refusal, calls }), head, pieces };
    },
  };
}
