// Google Gemini: the model and the verb stand in the path, the answer is one object, a JSON array
// or server-sent events. Reads a request in one spelling only, narrows it to what was priced, and
// reads usage from the answer without changing a byte of it. It takes no key from an address.

import type { Denial } from '../denial.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { type Ask, type Dialect, type Narrowing, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { geminiAnatomy } from './gemini-anatomy.ts';
import { lastAnswer, wholeAnswer } from './gemini-answer.ts';
import { geminiRequest, type GeminiRequest } from './gemini-schema.ts';
import { inOneSpelling } from './gemini-spelling.ts';
import { GeminiEvents } from './gemini-stream.ts';
import { GEMINI_TARGET, readGeminiTarget, writeGeminiTarget } from './gemini-target.ts';
import { addQueries, billedSearches, geminiUsage, showsAnswer } from './gemini-usage.ts';
import { weigh } from './gemini-weight.ts';
import { list, record, text } from './json-value.ts';
import { geminiLoop } from './loop.ts';
import type { Need } from './need.ts';

/** Counting is free; a request elsewhere is a request all the same. */
const REACHES_OUT: ReadonlySet<Need> = new Set<Need>(['remoteMedia', 'serverState']);
const COUNTING = 'Only contents can be counted here.';

const refuse = (field: string, sentence: string): Result<Ask, Denial> =>
  err({ kind: 'shape-refused', field, sentence });

function readRequest({ json, target }: RequestInput): Result<Ask, Denial> {
  const aim = readGeminiTarget(target);
  if (!aim.ok) return refuse('path', aim.error);
  const folded = inOneSpelling(json);
  if (!folded.ok) return refuse(folded.error, 'This stands here in two spellings; send one.');
  const parsed = geminiRequest.safeParse(folded.value);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const { model, verb } = aim.value;
  const weighed = weigh(request);
  const base = {
    ...PLAIN_ASK,
    ...weighed,
    model,
    stream: verb === 'streamGenerateContent',
    choices: request.generationConfig?.candidateCount ?? 1,
    outputTokensMax: request.generationConfig?.maxOutputTokens ?? null,
    upstreamTarget: writeGeminiTarget(aim.value),
    body: request,
  };
  if (verb !== 'countTokens') return ok(base);
  if (Object.keys(request).length > 1) return refuse('body', COUNTING);
  const needs = weighed.needs.filter((need) => REACHES_OUT.has(need));
  return ok({ ...base, isFree: true, outputTokensMax: 0, needs, serverTools: [] });
}

type Config = NonNullable<GeminiRequest['generationConfig']>;

/** Thoughts come out of the ceiling: a budget above it is lowered. −1 leaves it to the model. */
const thinkingWithin = (thinking: NonNullable<Config['thinkingConfig']>, ceiling: number) =>
  thinking.thinkingBudget === undefined
    ? thinking
    : { ...thinking, thinkingBudget: Math.min(thinking.thinkingBudget, ceiling) };

function narrow(ask: Ask, narrowing: Narrowing): Readonly<Record<string, unknown>> {
  const {
    generationConfig,
    serviceTier: _tier,
    labels: _labels,
    store: _store,
    ...kept
  } = ask.body as GeminiRequest;
  if (ask.isFree) return kept;
  const ceiling = narrowing.outputTokensMax;
  const { thinkingConfig, ...config } = generationConfig ?? {};
  return {
    ...kept,
    generationConfig: {
      // Some models answer with pictures unless they are told.
      responseModalities: ['TEXT'],
      ...config,
      ...(thinkingConfig === undefined
        ? {}
        : { thinkingConfig: thinkingWithin(thinkingConfig, ceiling) }),
      maxOutputTokens: ceiling,
    },
  };
}

function readUsage(body: unknown, ask: Ask): ReturnType<Dialect['readUsage']> {
  if (ask.isFree) return geminiUsage({ promptTokenCount: 0 }, 0);
  const queries = new Set<string>();
  addQueries(queries, record(body));
  const searches = billedSearches(ask.model, queries);
  return geminiUsage(record(body)['usageMetadata'], searches, showsAnswer(record(body)));
}

/** Of all candidates: the caller may run those of each. */
function toolCallsIn(body: unknown): number {
  const contents = list(record(body)['candidates']).map((one) => record(record(one)['content']));
  const parts = contents.flatMap((content) => list(content['parts']));
  const calls = parts.map((part) => record(record(part)['functionCall']));
  return calls.filter((call) => text(call['name']) !== '').length;
}

export const gemini: Dialect = {
  id: 'gemini',
  family: 'gemini',
  bodyKind: 'json',
  upstreamPath: '/v1beta/models',
  targetPattern: GEMINI_TARGET,
  readRequest,
  narrow,
  // A refusal of 404 has come as an event stream: what was asked for is what tells.
  framing: (ask) => (ask.upstreamTarget.endsWith('?alt=sse') ? 'sse' : 'json-array'),
  openStream: (ask, options) => new GeminiEvents(ask, options),
  readUsage,
  toolCallsIn,
  conversation: { readAnswer: wholeAnswer, lastAnswer },
  anatomy: geminiAnatomy,
  loop: geminiLoop,
};
