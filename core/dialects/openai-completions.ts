// OpenAI completions, the API from before chats: JSON and server-sent events. A call generates the
// larger of `n` and `best_of` for every one of its prompts, and has no conversation to go on with.

import { utf8Length } from '../bytes.ts';
import type { Denial } from '../denial.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import {
  type Ask,
  type Dialect,
  type EventReader,
  type Narrowing,
  PLAIN_ASK,
  type RequestInput,
  type StreamOptions,
} from './dialect.ts';
import { type Json, text } from './json-value.ts';
import { ending } from './openai-chat-ending.ts';
import { completionsEvents } from './openai-chat-stream.ts';
import { bodyUsage } from './openai-chat-usage.ts';
import {
  openaiCompletionsRequest,
  type OpenaiCompletionsRequest,
} from './openai-completions-schema.ts';
import { openrouterRouting } from './openrouter-routing.ts';

/** What the API takes where nothing is said. */
const OUTPUT_TOKENS_DEFAULT = 16;

/** Fields that go up as they are; the others are forced, replaced or left out. */
const TAKES = [
  'model',
  'prompt',
  'n',
  'best_of',
  'echo',
  'logprobs',
  'suffix',
  'stream',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'seed',
  'stop',
] as const satisfies readonly (keyof OpenaiCompletionsRequest)[];

type Prompt = OpenaiCompletionsRequest['prompt'];

const isTokens = (prompt: Prompt): prompt is number[] =>
  Array.isArray(prompt) && typeof prompt[0] === 'number';

const promptsIn = (prompt: Prompt): number =>
  typeof prompt === 'string' || isTokens(prompt) ? 1 : prompt.length;

/** Characters of texts; a token of a list counts as one. */
const promptChars = (prompt: Prompt): number =>
  typeof prompt === 'string' || isTokens(prompt)
    ? prompt.length
    : prompt.reduce((total: number, one) => total + one.length, 0);

function readRequest({ json }: RequestInput): Result<Ask, Denial> {
  const parsed = openaiCompletionsRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const prompts = promptsIn(request.prompt);
  return ok({
    ...PLAIN_ASK,
    model: request.model,
    stream: request.stream === true,
    choices: Math.max(request.n ?? 1, request.best_of ?? 1) * prompts,
    outputTokensMax: request.max_tokens ?? OUTPUT_TOKENS_DEFAULT,
    promptChars: promptChars(request.prompt) + (request.suffix ?? '').length,
    messages: prompts,
    wantsUsage: request.stream_options?.include_usage === true,
    body: request,
  });
}

function narrow(ask: Ask, narrowing: Narrowing): Json {
  const request = ask.body as OpenaiCompletionsRequest;
  const kept = TAKES.filter((key) => request[key] !== undefined && request[key] !== null);
  const options = { ...request.stream_options, include_usage: true };
  return {
    ...Object.fromEntries(kept.map((key) => [key, request[key]])),
    max_tokens: narrowing.outputTokensMax,
    user: narrowing.safetyIdentifier,
    ...(ask.stream ? { stream_options: options } : {}),
    ...openrouterRouting(narrowing),
  };
}

const textBytes = (choice: Json): number => utf8Length(text(choice['text']));

const openStream = (ask: Ask, options: StreamOptions): EventReader =>
  completionsEvents(
    ask,
    { ...options, collectAnswer: false },
    {
      ending: ending({
        object: 'text_completion',
        model: ask.model,
        open: { text: '', logprobs: null, finish_reason: 'length' },
        untouched: { text: '', logprobs: null, finish_reason: 'length' },
      }),
      shown: ['text'],
      varying: ['obfuscation'],
      take: textBytes,
      weigh: textBytes,
      toolCalls: () => 0,
    },
  );

export const openaiCompletions: Dialect = {
  id: 'openai-completions',
  family: 'openai',
  bodyKind: 'json',
  upstreamPath: '/v1/completions',
  readRequest,
  narrow,
  framing: () => 'sse',
  openStream,
  readUsage: bodyUsage,
  toolCallsIn: () => 0,
};
