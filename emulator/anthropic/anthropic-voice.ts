/**
 * How Anthropic refuses: `{"type": "error", …}` with a request id, and its own kinds of error. It
 * takes a key as `x-api-key` or as a bearer token.
 */
import { randomUUID } from 'node:crypto';
import { bearerKey } from '../dialect.ts';
import type { ProviderError, ProviderVoice } from '../dialect.ts';

export function anthropicError(status: number, type: string, message: string): ProviderError {
  const body = { type: 'error', error: { type, message }, request_id: requestId() };
  return { status, body };
}

export const invalidRequest = (message: string): ProviderError =>
  anthropicError(400, 'invalid_request_error', message);

const REQUEST_ID_CHARACTERS = 24;

export const requestId = (): string =>
  `req_01${randomUUID().replaceAll('-', '').slice(0, REQUEST_ID_CHARACTERS)}`;

export const ANTHROPIC_VOICE: ProviderVoice = {
  headers: () => ({ 'request-id': requestId() }),
  keyOf: ({ headers }) => {
    const key = headers['x-api-key'];
    return typeof key === 'string' && key !== '' ? key : bearerKey(headers);
  },
  missingKey: () => anthropicError(401, 'authentication_error', 'x-api-key header is required'),
  wrongKey: (key) => anthropicError(401, 'authentication_error', `invalid x-api-key: ${key}`),
  rateLimited: () =>
    anthropicError(
      429,
      'rate_limit_error',
      "This request would exceed your account's rate limit. Please try again later.",
    ),
  serverError: () => anthropicError(500, 'api_error', 'Internal server error'),
  wrongMethod: () => anthropicError(405, 'invalid_request_error', 'Method Not Allowed'),
};
