// A refusal in the clothes of the dialect that was spoken, so that official SDKs read a sentence
// and a code in it. Nothing is lost: RFC 9457's members stay beside the provider's own wherever
// that leaves room for them. What each client does with it was tried (docs/wire.md).

import type { DialectFamily } from './dialects/dialect.ts';
import type { Problem } from './problem.ts';

export type Shaped = { readonly body: object; readonly contentType: string };

const PROBLEM_TYPE = 'application/problem+json';

/** platform.claude.com/docs/en/api/errors: the type that says most nearly the same. */
function anthropicType({ status, code }: Problem): string {
  if (code.startsWith('over_') && status === 402) return 'billing_error';
  if (status === 401) return 'authentication_error';
  if (status === 402) return 'billing_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 413) return 'request_too_large';
  if (status === 429) return 'rate_limit_error';
  if (status === 504) return 'timeout_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}

/** google.rpc.Code by status, as the Gemini API names them. */
const GOOGLE_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export function shapeProblem(problem: Problem, family: DialectFamily): Shaped {
  const { body, status } = problem;
  const { type, error } = body;
  const message = (error as { readonly message?: unknown } | undefined)?.message;
  switch (family) {
    case 'anthropic':
      // Its SDK takes a body for an error only if the top-level type says so.
      return {
        body: {
          ...body,
          type: 'error',
          problem: type,
          error: { type: anthropicType(problem), message, code: problem.code },
        },
        contentType: PROBLEM_TYPE,
      };
    case 'gemini':
      // Its SDK wraps anything else as a text inside an error of its own.
      return {
        body: {
          ...body,
          error: {
            code: status,
            message,
            status: GOOGLE_STATUS[status] ?? 'UNKNOWN',
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                reason: problem.code.toUpperCase(),
                domain: 'weighbridge',
                metadata: { problem: type, requestId: body['request_id'] },
              },
            ],
          },
        },
        contentType: 'application/json',
      };
    case 'openai':
    case 'ui':
    case 'plain':
      return { body, contentType: PROBLEM_TYPE };
  }
}
