/**
 * How OpenAI and the servers that copy it refuse: bearer keys, `{"error": {…}}`, and the headers
 * of an answer. It refuses to say anything about a model's answers.
 */
import { randomUUID } from 'node:crypto';
import { bearerKey } from '../dialect.ts';
import type { ProviderVoice } from '../dialect.ts';
import { missingKey, rateLimited, serverError, wrongKey, wrongMethod } from './openai-error.ts';

export const OPENAI_VOICE: ProviderVoice = {
  headers: () => ({
    'x-request-id': `req_${randomUUID().replaceAll('-', '')}`,
    'openai-version': '2020-10-01',
  }),
  keyOf: ({ headers }) => bearerKey(headers),
  missingKey,
  wrongKey,
  rateLimited,
  serverError,
  wrongMethod,
};
