// Usage as Gemini reports it, in our vocabulary. What is cached is part of the prompt; thoughts
// stand beside the candidates, and the prompts of its tools beside the prompt: both are billed
// (ai.google.dev/gemini-api/docs/tokens).

import { type Extras, isCount, partOf, type Usage } from '../pricing/usage.ts';
import { type Json, list, record, text } from './json-value.ts';

const DETAILS_MAX = 16;
const QUERIES_MAX = 100;
const QUERY_CHARS_MAX = 256;

/** Zeros are left out; anything else that is no count makes the whole no usage. */
const optional = (value: unknown): number | null =>
  value === undefined || value === null ? 0 : isCount(value) ? value : null;

/** Of one kind in a list of `{modality, tokenCount}`. */
const ofKind = (details: unknown, modality: string): number =>
  list(details)
    .slice(0, DETAILS_MAX)
    .map(record)
    .filter((detail) => text(detail['modality']) === modality)
    .reduce((total, { tokenCount }) => total + (isCount(tokenCount) ? tokenCount : 0), 0);

type Whole = { readonly input: number; readonly cached: number; readonly output: number };

/** Audio and pictures have rates of their own; video and documents are input like any other. */
function extrasOf(usage: Json, { input, cached, output }: Whole): Extras {
  const inputs = [usage['promptTokensDetails'], usage['toolUsePromptTokensDetails']];
  const counted = (kind: string): { readonly plain: number; readonly cached: number } => {
    const fromCache = partOf(ofKind(usage['cacheTokensDetails'], kind), cached);
    const all = inputs.reduce((total: number, details) => total + ofKind(details, kind), 0);
    return { plain: partOf(Math.max(0, all - fromCache), input - cached), cached: fromCache };
  };
  const audio = counted('AUDIO');
  const image = counted('IMAGE');
  const outputs = usage['candidatesTokensDetails'];
  const extras = {
    inputAudio: audio.plain,
    cachedInputAudio: audio.cached,
    inputImage: image.plain,
    cachedInputImage: image.cached,
    outputAudio: partOf(ofKind(outputs, 'AUDIO'), output),
    outputImage: partOf(ofKind(outputs, 'IMAGE'), output),
  };
  return Object.fromEntries(Object.entries(extras).filter(([, count]) => count > 0)) as Extras;
}

/** `serviceTier` of the Gemini API, `trafficType` of Vertex. */
function tierOf(usage: Json): 'flex' | 'priority' | undefined {
  const said = `${text(usage['serviceTier'])} ${text(usage['trafficType'])}`.toLowerCase();
  if (/\bpriority\b|_priority\b/.test(said)) return 'priority';
  return /\bflex\b|_flex\b/.test(said) ? 'flex' : undefined;
}

/**
 * `webSearches`: what was asked of a search engine, and is billed by the piece. `isShown`: an
 * answer was seen; then a count of it that is left out is not a zero that is left out.
 */
export function geminiUsage(value: unknown, webSearches: number, isShown = false): Usage | null {
  const usage = record(value);
  const prompt = usage['promptTokenCount'];
  const [candidates, thoughts, ofTools] = [
    usage['candidatesTokenCount'],
    usage['thoughtsTokenCount'],
    usage['toolUsePromptTokenCount'],
  ].map(optional);
  if (!isCount(prompt) || typeof candidates !== 'number') return null;
  if (typeof thoughts !== 'number' || typeof ofTools !== 'number') return null;
  const input = prompt + ofTools;
  // What the total has beyond its parts was generated as well.
  const total = isCount(usage['totalTokenCount']) ? usage['totalTokenCount'] : 0;
  const output = Math.max(candidates + thoughts, total - input);
  if (!isCount(input) || !isCount(output)) return null;
  if (isShown && output === 0 && (usage['candidatesTokenCount'] ?? null) === null) return null;
  const cached = partOf(usage['cachedContentTokenCount'], prompt);
  const extras = {
    ...extrasOf(usage, { input, cached, output }),
    ...(webSearches > 0 ? { webSearch: webSearches } : {}),
  };
  const tier = tierOf(usage);
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: 0,
    reasoningTokens: thoughts,
    ...(Object.keys(extras).length > 0 ? { extras } : {}),
    ...(tier === undefined ? {} : { tier }),
  };
}

/**
 * Up to 2.5 a grounded answer costs once, from 3 on every query
 * (ai.google.dev/gemini-api/docs/pricing, 2026-11).
 */
const BILLED_BY_ANSWER = /^gemini-(?:1\.5|2\.0|2\.5)-/;

/** Searches that are billed, of all queries that were named. */
export const billedSearches = (model: string, queries: ReadonlySet<string>): number =>
  BILLED_BY_ANSWER.test(model) ? Math.min(1, queries.size) : queries.size;

/** In place of a long one: two are hardly ever alike, and then they count as one. */
function markOf(query: string): string {
  let sum = query.length;
  for (let at = 0; at < query.length; at += 1) {
    sum = (Math.imul(sum, 31) + query.charCodeAt(at)) >>> 0;
  }
  return `${String(query.length)} ${String(sum)}`;
}

/** Whether an answer in one piece has any text or call in it. */
export const showsAnswer = (body: Json): boolean =>
  list(body['candidates'])
    .flatMap((candidate) => list(record(record(candidate)['content'])['parts']))
    .some((part) => text(record(part)['text']) !== '' || 'functionCall' in record(part));

/** Adds the queries that one chunk, or an answer in one piece, says were searched for. */
export function addQueries(queries: Set<string>, body: Json): void {
  for (const candidate of list(body['candidates']).map(record)) {
    const asked = list(record(candidate['groundingMetadata'])['webSearchQueries']);
    for (const query of asked) {
      const asks = text(query);
      const isLong = asks.length > QUERY_CHARS_MAX;
      const name = isLong ? markOf(asks) : asks;
      if (name !== '' && queries.size < QUERIES_MAX) queries.add(name);
    }
  }
}
