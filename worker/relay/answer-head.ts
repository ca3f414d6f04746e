// The head of an answer that passes: of a provider's what we allow, of an app's own server what is
// not ours, and what the gateway says of the call over it.

import type { Call } from '../../core/call.ts';
import { LINES_MARK } from '../../core/dialects/ai-sdk-ui.ts';
import { answerHeaders } from './forward.ts';
import { originAnswerHeaders } from './to-origin.ts';

export function answerHead(
  { route }: Call,
  answer: Response,
  ours: Readonly<Record<string, string>>,
): Headers {
  const headers =
    route.origin === null ? new Headers(answerHeaders(answer)) : originAnswerHeaders(answer);
  for (const [name, value] of Object.entries(ours)) headers.set(name, value);
  return headers;
}

/** For the dialect, which has to know how events stand in it. */
export function answerTypeOf(answer: Response): string {
  const type = answer.headers.get('Content-Type') ?? '';
  return answer.headers.has(LINES_MARK) ? `${type}; ${LINES_MARK}` : type;
}
