// What a conversation of an app's own route remembers: turns of what the user said and what was
// answered, the newest that fit. It is bounded twice, where it is kept and where it is sent,
// because what is sent was paid for before it was read.

import { utf8Length } from '../bytes.ts';
import type { SaidShape } from '../dialects/anatomy.ts';
import type { CollectedAnswer } from '../dialects/dialect.ts';
import { type Json, list, text } from '../dialects/json-value.ts';
import type { App } from '../policy/policy.ts';
import { userMessage } from './compose.ts';

export type Turn = {
  readonly user: string;
  /** Empty where the answer had no text: only a call of a tool. */
  readonly assistant: string;
};

type Bounds = Pick<App, 'historyTurnsMax' | 'historyBytesMax'>;

/** The newest of these in a row that come to so many bytes at most. */
function newest(
  turns: readonly Turn[],
  { historyTurnsMax, historyBytesMax }: Bounds,
  bytesOf: (turn: Turn) => number,
): readonly Turn[] {
  let bytes = 0;
  let from = turns.length;
  while (from > 0 && turns.length - from < historyTurnsMax) {
    bytes += bytesOf(turns[from - 1] as Turn);
    if (bytes > historyBytesMax) break;
    from -= 1;
  }
  return turns.slice(from);
}

const jsonBytes = (value: unknown): number => utf8Length(JSON.stringify(value));

/** Of what is kept. */
export const keptTurns = (turns: readonly Turn[], bounds: Bounds): readonly Turn[] =>
  newest(turns, bounds, jsonBytes);

const messagesOf = ({ user, assistant }: Turn): readonly Json[] => [
  userMessage(user),
  ...(assistant === '' ? [] : [{ role: 'assistant', content: assistant }]),
];

/** The request with what was said before, the newest of it, in front of its last message. */
export function withHistory(
  body: Json,
  turns: readonly Turn[],
  bounds: Bounds,
  { list: field }: SaidShape,
): Json {
  // The brackets of each are in place of the comma behind it.
  const told = newest(turns, bounds, (turn) => jsonBytes(messagesOf(turn)));
  const said = list(body[field]);
  return {
    ...body,
    [field]: [...said.slice(0, -1), ...told.flatMap(messagesOf), ...said.slice(-1)],
  };
}

/**
 * The words of an answer, as its dialect collects them: behind a line of all that is no text.
 * Blanks are none: providers refuse them.
 */
export function answerText(answer: CollectedAnswer | null): string {
  if (answer === null) return '';
  const { whole } = answer;
  const end = whole.indexOf('\n');
  const content = whole.slice(end + 1);
  if (content.trim() !== '') return content;
  // A refusal stands first in it, where the dialect tells one from the rest.
  return text(list(JSON.parse(whole.slice(0, end)))[0]);
}
