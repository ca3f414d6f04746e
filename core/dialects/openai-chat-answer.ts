// What an OpenAI Chat Completions answer comes to when it is sent back as history: one text for the
// answer as it was streamed, as it was given in one piece, and as the next request repeats it. SDKs
// repeat content and tool calls exactly; what they leave out (reasoning, annotations) is not in it.

import { present } from '../result.ts';
import type { CollectedAnswer } from './dialect.ts';

/** Of an answer that is collected. A longer one cannot be continued. */
export const ANSWER_CHARS_MAX = 1_048_576;
const TOOL_CALLS_MAX = 128;

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

type ToolCall = { id: string; name: string; input: string };

type Parts = {
  readonly content: string;
  readonly refusal: string;
  readonly calls: readonly ToolCall[];
};

/**
 * The content stands last and as it is, so that what is there of an answer that was cut short is a
 * beginning of this text.
 */
const canonical = ({ content, refusal, calls }: Parts): string =>
  `${JSON.stringify([refusal, calls.map(({ id, name, input }) => [id, name, input])])}\n${content}`;

/** A string, or parts of text and refusal in any order. */
function contentOf(content: unknown): { readonly content: string; readonly refusal: string } {
  if (!Array.isArray(content)) return { content: text(content), refusal: '' };
  const parts = (content as unknown[]).map(record);
  return {
    content: parts.map((part) => text(part['text'])).join(''),
    refusal: parts.map((part) => text(part['refusal'])).join(''),
  };
}

/** The older single `function_call` is a tool call without an id. */
function callsOf(message: Json): ToolCall[] {
  const calls = list(message['tool_calls']).map(record);
  const legacy = message['function_call'];
  if (typeof legacy === 'object' && legacy !== null) calls.push({ function: legacy });
  return calls.map((call) => {
    const named = record(call['function'] ?? call['custom']);
    const input = text(named['arguments'] ?? named['input']);
    return { id: text(call['id']), name: text(named['name']), input };
  });
}

function messageText(message: Json): string {
  const { content, refusal } = contentOf(message['content']);
  return canonical({
    content,
    refusal: text(message['refusal']) + refusal,
    calls: callsOf(message),
  });
}

/** Of a request: its last assistant message, or null where there is none. */
export function lastAnswer(body: unknown): string | null {
  const message = list(record(body)['messages'])
    .map(record)
    .findLast(({ role }) => role === 'assistant');
  return message === undefined ? null : messageText(message);
}

/** Of an answer in one piece: its first choice. */
export function wholeAnswer(body: unknown): CollectedAnswer | null {
  const message = record(list(record(body)['choices'])[0])['message'];
  if (typeof message !== 'object' || message === null) return null;
  const whole = messageText(message as Json);
  return whole.length > ANSWER_CHARS_MAX ? null : { whole, head: '', pieces: [] };
}

export type AnswerCollector = {
  /** One chunk of the stream, parsed. */
  take(chunk: Json): void;
  /** What came so far; null if it is too long, or nothing. */
  answer(): CollectedAnswer | null;
};

/** Puts the first choice's deltas together the way SDKs do. */
export function answerCollector(): AnswerCollector {
  const pieces: string[] = [];
  const calls: ToolCall[] = [];
  let refusal = '';
  let chars = 0;

  const takeCall = (at: number, delta: Json): void => {
    if (!Number.isInteger(at) || at < 0 || at >= TOOL_CALLS_MAX) {
      chars = Number.POSITIVE_INFINITY;
      return;
    }
    while (calls.length <= at) calls.push({ id: '', name: '', input: '' });
    const call = present(calls[at], 'tool call');
    const named = record(delta['function'] ?? delta['custom']);
    const more = text(named['arguments'] ?? named['input']);
    call.id = text(delta['id']) || call.id;
    call.name = text(named['name']) || call.name;
    call.input += more;
    chars += more.length;
  };

  return {
    take(chunk) {
      if (chars > ANSWER_CHARS_MAX) return;
      for (const choice of list(chunk['choices']).map(record)) {
        if ((choice['index'] ?? 0) !== 0) continue;
        const delta = record(choice['delta']);
        const content = text(delta['content']);
        if (content !== '') pieces.push(content);
        refusal += text(delta['refusal']);
        chars += content.length + text(delta['refusal']).length;
        for (const [at, call] of list(delta['tool_calls']).map(record).entries()) {
          takeCall(typeof call['index'] === 'number' ? call['index'] : at, call);
        }
        const legacy = delta['function_call'];
        if (typeof legacy === 'object' && legacy !== null) takeCall(0, { function: legacy });
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
