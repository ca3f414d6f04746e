// From a denial to the document the caller gets: RFC 9457, with the `error` member that the OpenAI
// SDKs and the AI SDK read. The words come from `sentences.ts`; this only lays them out.

import type { Denial } from './denial.ts';
import { type Sentence, SENTENCES } from './sentences.ts';

export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
};

/** `over-budget` is `over_budget` on the wire and `over-budget.md` in the documentation. */
export const codeOf = (kind: string): string => kind.replaceAll('-', '_');

function sentenceOf(denial: Denial, nowMs: number | null): Sentence {
  // The table has an entry of exactly this kind; the compiler cannot follow a union through it.
  const say = SENTENCES[denial.kind] as (denial: Denial, nowMs: number | null) => Sentence;
  return say(denial, nowMs);
}

/**
 * `docsUrl`: the folder that has a page per code. `nowMs`: for how long a caller has to wait for
 * the next minute; without a clock it is told the longest.
 */
export function problemFor(
  denial: Denial,
  requestId: string,
  docsUrl: string,
  nowMs: number | null = null,
): Problem {
  const sentence = sentenceOf(denial, nowMs);
  const code = codeOf(denial.kind);
  const retryable = sentence.retryAfterSeconds !== undefined;
  return {
    status: sentence.status,
    code,
    retryable,
    retryAfterSeconds: sentence.retryAfterSeconds ?? null,
    headers: sentence.headers ?? {},
    body: {
      type: `${docsUrl}/${denial.kind}.md`,
      title: sentence.title,
      status: sentence.status,
      detail: sentence.detail,
      code,
      request_id: requestId,
      retryable,
      source: sentence.source ?? 'gateway',
      ...sentence.members,
      error: {
        message: `${sentence.title}. ${sentence.detail} (${code}, request ${requestId})`,
        type: code,
        code: sentence.errorCode ?? code,
        param: null,
      },
    },
  };
}
