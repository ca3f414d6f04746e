// OpenAI Responses: JSON and server-sent events. Nothing is stored at the provider, whatever the
// caller asks: an app that replays items by reference (the AI SDK does unless it is told
// `store: false`) is refused those references, because their length is known to the provider only.

import type { Denial } from '../denial.ts';
import type { RateName } from '../pricing/rates.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { type Ask, type Dialect, type Narrowing, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { list, record } from './json-value.ts';
import { responsesLoop } from './loop.ts';
import { openaiResponsesAnatomy } from './openai-responses-anatomy.ts';
import { lastAnswer, wholeAnswer } from './openai-responses-answer.ts';
import {
  openaiResponsesRequest,
  type OpenaiResponsesRequest,
  OUTPUT_TOKENS_LEAST,
} from './openai-responses-schema.ts';
import { responsesEvents } from './openai-responses-stream.ts';
import { surveyOf } from './openai-responses-survey.ts';
import { NO_CALLS, responsesUsage } from './openai-responses-usage.ts';
import { openrouterRouting } from './openrouter-routing.ts';

function readRequest({ json }: RequestInput): Result<Ask, Denial> {
  const parsed = openaiResponsesRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const survey = surveyOf(request);
  const { images, audios } = survey.media;
  // What is kept or elsewhere may be a recording or a picture.
  const isUnseen = survey.needs.some((need) => need === 'serverState' || need === 'remoteMedia');
  return ok({
    ...PLAIN_ASK,
    ...survey,
    model: request.model,
    stream: request.stream === true,
    outputTokensMax: request.max_output_tokens ?? null,
    messages: typeof request.input === 'string' ? 1 : request.input.length,
    tools: request.tools?.length ?? 0,
    inputRates: [
      ...PLAIN_ASK.inputRates,
      ...(isUnseen || images > 0 ? (['inputImage'] satisfies RateName[]) : []),
      ...(isUnseen || audios > 0 ? (['inputAudio'] satisfies RateName[]) : []),
    ],
    body: request,
  });
}

/** Null says what leaving out says; strict servers take only the latter. */
const said = (body: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));

function narrow(ask: Ask, narrowing: Narrowing): Readonly<Record<string, unknown>> {
  const { stream_options, prompt_cache_key, ...kept } = ask.body as OpenaiResponsesRequest;
  const { service_tier: _tier, safety_identifier: _theirs, ...rest } = kept;
  const { outputTokensMax, safetyIdentifier, provider } = narrowing;
  return {
    ...said(rest),
    ...(ask.stream && stream_options ? { stream_options } : {}),
    // A hold is rounded to nano-dollars, and so may miss the last token of the least there is.
    max_output_tokens: Math.max(outputTokensMax, OUTPUT_TOKENS_LEAST),
    store: false,
    // Servers that are only compatible have none of these, and refuse what they do not know.
    ...(provider === 'openai'
      ? { service_tier: 'default', safety_identifier: safetyIdentifier }
      : {}),
    // A key names a cache of the whole account: each caller has the one of his own name.
    ...(provider === 'openai' && typeof prompt_cache_key === 'string'
      ? { prompt_cache_key: safetyIdentifier }
      : {}),
    ...openrouterRouting(narrowing),
  };
}

const CALLS = new Set<unknown>(['function_call', 'custom_tool_call']);

const toolCallsIn = (body: unknown): number =>
  list(record(body)['output']).filter((item) => CALLS.has(record(item)['type'])).length;

export const openaiResponses: Dialect = {
  id: 'openai-responses',
  family: 'openai',
  bodyKind: 'json',
  upstreamPath: '/v1/responses',
  readRequest,
  narrow,
  framing: () => 'sse',
  openStream: responsesEvents,
  readUsage: (body, ask) => responsesUsage(record(body), NO_CALLS, ask),
  toolCallsIn,
  conversation: { readAnswer: wholeAnswer, lastAnswer },
  anatomy: openaiResponsesAnatomy,
  loop: responsesLoop,
};
