// OpenAI embeddings: JSON, in one piece. Nothing is generated, so nothing is clamped; tokens that
// are sent as numbers take two bytes each at least, so bytes bound them like text.

import * as z from 'zod';
import type { Denial } from '../denial.ts';
import { isCount, type Usage } from '../pricing/usage.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { type Ask, type Dialect, type Narrowing, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { record } from './json-value.ts';
import { silentEvents } from './typed-events.ts';

/** The provider's own, of an array in any of its dimensions. */
const INPUTS_MAX = 2_048;
const TOKENS_EACH_MAX = 8_192;
const TOKEN_MAX = 1_000_000;
const DIMENSIONS_MAX = 16_384;

const token = z.int().min(0).max(TOKEN_MAX);
const text = z.string().min(1);

const openaiEmbeddingsRequest = z.strictObject({
  model: z.string().min(1).max(128),
  input: z.union([
    text,
    z.array(text).min(1).max(INPUTS_MAX),
    z.array(token).min(1).max(TOKENS_EACH_MAX),
    z.array(z.array(token).min(1).max(TOKENS_EACH_MAX)).min(1).max(INPUTS_MAX),
  ]),
  dimensions: z.int().min(1).max(DIMENSIONS_MAX).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  user: z.string().max(512).nullish(),
});
type OpenaiEmbeddingsRequest = z.infer<typeof openaiEmbeddingsRequest>;

/** A token that came as a number counts as one character. */
function charsOf(input: OpenaiEmbeddingsRequest['input']): number {
  if (typeof input === 'string') return input.length;
  let chars = 0;
  for (const one of input) chars += typeof one === 'number' ? 1 : one.length;
  return chars;
}

const inputsOf = (input: OpenaiEmbeddingsRequest['input']): number =>
  typeof input === 'string' || typeof input[0] === 'number' ? 1 : input.length;

function readRequest({ json }: RequestInput): Result<Ask, Denial> {
  const parsed = openaiEmbeddingsRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const { model, input } = parsed.data;
  return ok({
    ...PLAIN_ASK,
    model,
    outputTokensMax: 0,
    isFixed: true,
    promptChars: charsOf(input),
    messages: inputsOf(input),
    inputRates: ['input'],
    outputRates: [],
    body: parsed.data,
  });
}

function narrow(ask: Ask, { provider, safetyIdentifier }: Narrowing) {
  const { model, input, dimensions, encoding_format } = ask.body as OpenaiEmbeddingsRequest;
  return {
    model,
    input,
    ...(typeof dimensions === 'number' ? { dimensions } : {}),
    ...(typeof encoding_format === 'string' ? { encoding_format } : {}),
    ...(provider === 'openai' ? { user: safetyIdentifier } : {}),
  };
}

function readUsage(body: unknown): Usage | null {
  const { prompt_tokens: input } = record(record(body)['usage']);
  if (!isCount(input)) return null;
  return {
    inputTokens: input,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
  };
}

export const openaiEmbeddings: Dialect = {
  id: 'openai-embeddings',
  family: 'openai',
  bodyKind: 'json',
  upstreamPath: '/v1/embeddings',
  readRequest,
  narrow,
  framing: () => 'sse',
  openStream: () => silentEvents(null),
  readUsage,
  toolCallsIn: () => 0,
};
