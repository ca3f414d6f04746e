// Usage as Anthropic reports it, in our vocabulary. Its `input_tokens` leave out what was read from
// a cache and written to one, and its top level leaves out passes of their own (a compaction) and
// other models (an advisor): where `iterations` are given, they are what is priced.

import { isCount, partOf, type Tokens, type Usage } from '../pricing/usage.ts';
import type { Ask } from './dialect.ts';
import { type Json, list, record, text } from './json-value.ts';

const ITERATIONS_MAX = 1_000;

/** Absent and null are zero; anything that is no count makes the whole no usage. */
const optional = (value: unknown): number | null =>
  value === undefined || value === null ? 0 : isCount(value) ? value : null;

/** Of all writes those that last an hour; where that was asked for, all but the short ones. */
function hourWrites(split: Json, written: number, asksHour: boolean): number {
  if (asksHour) return written - partOf(split['ephemeral_5m_input_tokens'], written);
  return partOf(split['ephemeral_1h_input_tokens'], written);
}

/** `input_tokens` are what was neither read from a cache nor written to one. */
function tokensOf(usage: Json, asksHour: boolean): Tokens | null {
  const { input_tokens: plain, output_tokens: output } = usage;
  const written = optional(usage['cache_creation_input_tokens']);
  const cached = optional(usage['cache_read_input_tokens']);
  if (!isCount(plain) || !isCount(output) || written === null || cached === null) return null;
  const inputTokens = plain + written + cached;
  if (!isCount(inputTokens)) return null;
  const hour = hourWrites(record(usage['cache_creation']), written, asksHour);
  const thinking = record(usage['output_tokens_details'])['thinking_tokens'];
  return {
    inputTokens,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    reasoningTokens: partOf(thinking, output),
    ...(hour > 0 ? { extras: { cacheWriteHour: hour } } : {}),
  };
}

function sumOf(parts: readonly Tokens[]): Tokens {
  const sum = (count: (part: Tokens) => number): number =>
    parts.reduce((total, part) => total + count(part), 0);
  const hour = sum(({ extras }) => extras?.cacheWriteHour ?? 0);
  return {
    inputTokens: sum((part) => part.inputTokens),
    outputTokens: sum((part) => part.outputTokens),
    cachedInputTokens: sum((part) => part.cachedInputTokens),
    cacheWriteTokens: sum((part) => part.cacheWriteTokens),
    reasoningTokens: sum((part) => part.reasoningTokens),
    ...(hour > 0 ? { extras: { cacheWriteHour: hour } } : {}),
  };
}

/** The name that was asked for, or that name with the date of its snapshot. */
const isOwn = (model: string, asked: string): boolean =>
  model === asked ||
  (model.startsWith(`${asked}-`) && /^\d{8}$/.test(model.slice(asked.length + 1)));

type Passes = { readonly own: Tokens; readonly others: readonly (Tokens & { model: string })[] };

/** Each pass at its own model. An advisor or a fallback without a name cannot be priced. */
function passesOf(iterations: readonly unknown[], model: string, asksHour: boolean): Passes | null {
  if (iterations.length > ITERATIONS_MAX) return null;
  const own: Tokens[] = [];
  const others: (Tokens & { model: string })[] = [];
  for (const entry of iterations.map(record)) {
    const tokens = tokensOf(entry, asksHour);
    const type = text(entry['type']);
    const named = text(entry['model']);
    if (tokens === null) return null;
    if (named !== '' && !isOwn(named, model)) others.push({ ...tokens, model: named });
    else if (named !== '' || type === 'message' || type === 'compaction') own.push(tokens);
    else return null;
  }
  return { own: sumOf(own), others };
}

export function anthropicUsage(value: unknown, ask: Ask): Usage | null {
  const usage = record(value);
  const asksHour = ask.inputRates.includes('cacheWriteHour');
  const top = tokensOf(usage, asksHour);
  if (top === null) return null;
  const iterations = usage['iterations'];
  const passes =
    Array.isArray(iterations) && iterations.length > 0
      ? passesOf(list(iterations), ask.model, asksHour)
      : { own: top, others: [] };
  if (passes === null) return null;
  const { own, others } = passes;
  const searches = optional(record(usage['server_tool_use'])['web_search_requests']);
  if (searches === null) return null;
  const tier = usage['service_tier'];
  // How much of it was thinking is only said of the whole.
  const reasoningTokens = Math.min(top.reasoningTokens, own.outputTokens);
  const extras = { ...own.extras, ...(searches > 0 ? { webSearch: searches } : {}) };
  const { extras: _extras, ...tokens } = own;
  return {
    ...tokens,
    reasoningTokens,
    ...(Object.keys(extras).length > 0 ? { extras } : {}),
    ...(tier === 'priority' || tier === 'batch' ? { tier } : {}),
    ...(others.length > 0 ? { others } : {}),
  };
}
