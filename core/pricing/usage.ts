// What a call used, in one vocabulary for all dialects, and what came over the wire when the
// provider did not say. A count that is missing, negative, fractional or not a number is no count.

import type { RateName, ServiceTier } from './rates.ts';

/** Counted by name, at a rate of its own: parts of the tokens, or pieces beside them. */
export type Extras = Readonly<
  Partial<
    Record<Exclude<RateName, 'input' | 'cachedInput' | 'cacheWrite' | 'output' | 'request'>, number>
  >
>;

export type Tokens = {
  /** All input tokens, cached ones and those written to a cache included. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  /** All cache writes, those kept for an hour included. */
  readonly cacheWriteTokens: number;
  /** All output tokens, hidden reasoning included. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /**
   * Tokens here are parts of the ones above: `cacheWriteHour` of the cache writes, `inputAudio`,
   * `inputImage` of the input that is not cached, `outputAudio`, `outputImage` of the output.
   */
  readonly extras?: Extras;
};

export type Usage = Tokens & {
  /** The tier that the provider says it billed; the standard one if it says nothing. */
  readonly tier?: ServiceTier;
  /** What other models generated for this call, beside the tokens above. */
  readonly others?: readonly (Tokens & { readonly model: string })[];
};

/** No real call comes near; beyond it a number is a mistake. */
export const TOKENS_MAX = 1_000_000_000;

/** What the relay saw pass. */
export type Sighting = {
  readonly visibleBytes: number;
  readonly events: number;
  /** Milliseconds between forwarding and the ending. */
  readonly elapsedMs: number;
  /** Of them, those in which nobody read what came: until all of it has been read. */
  readonly unreadMs: number;
  /** Bytes that came and are not ASCII, where that was looked at. */
  readonly denseBytes: number;
};

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX;

/** A part can never be more than its whole; providers have been seen to say so. */
export const partOf = (value: unknown, whole: number): number =>
  isCount(value) ? Math.min(value, whole) : 0;
