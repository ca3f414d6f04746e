/**
 * How Google refuses: `{"error": {code, message, status}}`, and a key in `x-goog-api-key` or in
 * the query, never as a bearer token.
 */
import type { ProviderError, ProviderVoice } from '../dialect.ts';

export function geminiError(code: number, status: string, message: string): ProviderError {
  return { status: code, body: { error: { code, message, status } } };
}

export const invalidArgument = (message: string): ProviderError =>
  geminiError(400, 'INVALID_ARGUMENT', message);

export const GEMINI_VOICE: ProviderVoice = {
  headers: () => ({ 'x-content-type-options': 'nosniff', vary: 'Origin, X-Origin, Referer' }),
  keyOf: ({ headers, query }) => {
    const key = headers['x-goog-api-key'] ?? query.get('key') ?? '';
    return typeof key === 'string' && key !== '' ? key : undefined;
  },
  missingKey: () =>
    geminiError(
      403,
      'PERMISSION_DENIED',
      "Method doesn't allow unregistered callers (callers without established identity). " +
        'Please use API Key or other form of API consumer identity to call this API.',
    ),
  wrongKey: (key) => invalidArgument(`API key not valid: ${key}. Please pass a valid API key.`),
  rateLimited: () =>
    geminiError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check it.'),
  serverError: () => geminiError(500, 'INTERNAL', 'An internal error has occurred.'),
  wrongMethod: (method, path) =>
    geminiError(404, 'NOT_FOUND', `Requested entity was not found: ${method} ${path}`),
};
