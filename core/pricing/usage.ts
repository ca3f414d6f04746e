// What a call used, in one vocabulary for all dialects, and what came over the wire when the
// provider did not say. A count that is missing, negative, fractional or not a number is no count.

export type Usage = {
  /** All input tokens, cached ones included. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  /** All output tokens, hidden reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
};

/** No real call comes near; beyond it a number is a mistake. */
export const TOKENS_MAX = 1_000_000_000;

/** What the relay saw pass. */
export type Sighting = {
  readonly visibleBytes: number;
  readonly events: number;
  /** Milliseconds between forwarding and the ending. */
  readonly elapsedMs: number;
};

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX;

/** A part can never be more than its whole; providers have been seen to say so. */
export const partOf = (value: unknown, whole: number): number =>
  isCount(value) ? Math.min(value, whole) : 0;
