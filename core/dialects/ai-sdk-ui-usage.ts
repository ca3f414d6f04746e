// What an app says of its usage in its own stream: `LanguageModelUsage` of the AI SDK 5 to 7 in the
// metadata of a message (which version 5 calls `cachedInputTokens` and version 6 and 7 put under
// `inputTokenDetails`), and the two counts of version 4.

import { isCount, partOf, type Usage } from '../pricing/usage.ts';
import { type Json, record } from './json-value.ts';

function usageFrom(input: unknown, output: unknown, parts: Json): Usage | null {
  if (!isCount(input) || !isCount(output)) return null;
  const cachedInputTokens = partOf(parts['cached'], input);
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens,
    cacheWriteTokens: partOf(parts['written'], input - cachedInputTokens),
    reasoningTokens: partOf(parts['reasoning'], output),
  };
}

export function uiUsage(said: unknown): Usage | null {
  const usage = record(said);
  const input = record(usage['inputTokenDetails']);
  const output = record(usage['outputTokenDetails']);
  return usageFrom(usage['inputTokens'], usage['outputTokens'], {
    cached: usage['cachedInputTokens'] ?? input['cacheReadTokens'],
    written: input['cacheWriteTokens'],
    reasoning: usage['reasoningTokens'] ?? output['reasoningTokens'],
  });
}

export function uiUsageOfLine(said: unknown): Usage | null {
  const usage = record(said);
  return usageFrom(usage['promptTokens'], usage['completionTokens'], {});
}
