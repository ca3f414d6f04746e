// Usage as Chat Completions, the older completions and their look-alikes report it, in our
// vocabulary. Where two readings are possible the dearer one is taken.

import type { ServiceTier } from '../pricing/rates.ts';
import { type Extras, isCount, partOf, type Usage } from '../pricing/usage.ts';
import type { Ask } from './dialect.ts';
import { type Json, record } from './json-value.ts';

/** Priority is what OpenAI answers for `fast` as well. Anything else is the standard price. */
const TIERS: Readonly<Record<string, ServiceTier>> = {
  flex: 'flex',
  batch: 'batch',
  priority: 'priority',
  fast: 'priority',
};

const tierOf = (...said: readonly unknown[]): ServiceTier | null => {
  const name = said.find((one) => typeof one === 'string');
  return typeof name === 'string' && Object.hasOwn(TIERS, name) ? (TIERS[name] ?? null) : null;
};

/**
 * xAI and Google count reasoning in the total only (UKGovernmentBEIS/inspect_ai#5528: a cost 8.7
 * times too low), OpenAI and the others in `completion_tokens`.
 */
const allOutput = (usage: Json, input: number, output: number): number => {
  const total = usage['total_tokens'];
  return isCount(total) ? Math.max(output, total - input) : output;
};

/** Searches that are billed beside the tokens. */
function searchesOf(usage: Json, ask: Ask): number {
  const counts = [
    // OpenRouter (ServerToolUseDetails of @openrouter/sdk 1.3).
    record(usage['server_tool_use_details'])['web_search_requests'],
    record(usage['server_tool_use'])['web_search_requests'],
    // xAI bills the sources it read (docs.x.ai/docs/guides/live-search).
    usage['num_sources_used'],
  ].filter(isCount);
  // OpenAI does not report it: its search models search once for every call.
  return Math.max(0, ask.serverTools.includes('web_search') ? 1 : 0, ...counts);
}

/** Which of the audio and the images came from the cache is not said: as few as it can be. */
function extrasOf(usage: Json, counted: { input: number; cached: number; output: number }): Extras {
  const input = record(usage['prompt_tokens_details']);
  const output = record(usage['completion_tokens_details']);
  const fresh = counted.input - counted.cached;
  const audio = partOf(input['audio_tokens'], counted.input);
  const inputAudio = Math.min(audio, fresh);
  const images = partOf(input['image_tokens'], counted.input - audio);
  const inputImage = Math.min(images, fresh - inputAudio);
  const outputAudio = partOf(output['audio_tokens'], counted.output);
  return {
    inputAudio,
    cachedInputAudio: audio - inputAudio,
    inputImage,
    cachedInputImage: images - inputImage,
    outputAudio,
    outputImage: partOf(output['image_tokens'], counted.output - outputAudio),
  };
}

/**
 * `prompt_tokens` includes cached ones; `completion_tokens` rejected predictions, and reasoning
 * where the total does not say otherwise.
 */
export function chatUsage(value: unknown, ask: Ask, serviceTier: unknown): Usage | null {
  const usage = record(value);
  const { prompt_tokens: input, completion_tokens: said } = usage;
  if (!isCount(input) || !isCount(said)) return null;
  const output = allOutput(usage, input, said);
  const details = record(usage['prompt_tokens_details']);
  // DeepSeek's own name for it (api-docs.deepseek.com/guides/kv_cache).
  const cached = partOf(details['cached_tokens'] ?? usage['prompt_cache_hit_tokens'], input);
  const pieces = {
    ...extrasOf(usage, { input, cached, output }),
    webSearch: searchesOf(usage, ask),
  };
  const extras = Object.fromEntries(Object.entries(pieces).filter(([, count]) => count > 0));
  const tier = tierOf(serviceTier, usage['service_tier']);
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: cached,
    cacheWriteTokens: partOf(details['cache_write_tokens'], input),
    reasoningTokens: partOf(record(usage['completion_tokens_details'])['reasoning_tokens'], output),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
    ...(tier === null ? {} : { tier }),
  };
}

/** Where a chunk or an answer carries usage; Groq has an object of its own for it. */
export const usageIn = (json: Json): unknown =>
  json['usage'] ?? record(json['x_groq'])['usage'] ?? null;

export const bodyUsage = (body: unknown, ask: Ask): Usage | null => {
  const answer = record(body);
  return chatUsage(usageIn(answer), ask, answer['service_tier']);
};
