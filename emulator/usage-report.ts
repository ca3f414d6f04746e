/**
 * The `usage` member of an answer: the truth in OpenAI's shape, or, when a script asks for it,
 * nonsense of three kinds in turn. What is reported here never changes what is billed.
 */

export function trueUsage(counts: UsageCounts): UsageReport {
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = counts;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** Negative for the first call of a script, then strings, then fractions, and round again. */
export function wrongUsage(counts: UsageCounts, callsBefore: number): UsageReport {
  const distort = DISTORTIONS[callsBefore % DISTORTIONS.length] ?? String;
  const { inputTokens, outputTokens } = counts;
  return {
    ...trueUsage(counts),
    prompt_tokens: distort(inputTokens),
    completion_tokens: distort(outputTokens),
    total_tokens: distort(inputTokens + outputTokens),
  };
}

export type UsageCounts = {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
};

export type UsageReport = Readonly<Record<string, unknown>>;

const DISTORTIONS: readonly ((tokens: number) => number | string)[] = [
  (tokens) => -tokens - 1,
  (tokens) => String(tokens),
  (tokens) => tokens + 0.5,
];
