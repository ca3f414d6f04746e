// What a running answer asks of its hold: for how many output tokens money has to be there by now,
// how many to ask for ahead, and when an answer is past every ceiling it can have had.

import { countedOutputTokens, outpacesTheBound } from './actual.ts';
import type { Estimate } from './estimate.ts';
import type { ModelPrice } from './rates.ts';
import type { Sighting, Usage } from './usage.ts';

/** An extension brings at least so many tokens beyond those that are needed … */
export const STEP_TOKENS = 256;
/** … and of a long answer this share of them. */
const STEP_PERCENT = 25;
/** The next step is asked for when fewer than so many are left. */
export const MARGIN_TOKENS = 32;
/** Where a whole step was refused: what is left of a budget is used up in steps of this many. */
export const LAST_STEP_TOKENS = 32;

/**
 * No recorded answer shows more bytes a token than about 6 on average (a tokenizer's longest words
 * are longer); what is past this, and a constant for short answers, was not held to its ceiling.
 */
const VISIBLE_BYTES_PER_TOKEN_MAX = 16;
const VISIBLE_BYTES_SPARE = 4_096;

export type Demand = {
  readonly price: ModelPrice;
  readonly estimate: Estimate;
  /** Output tokens of all choices together that were allowed to this call. */
  readonly ceilingTokens: number;
};

/** Never more than the ceiling: a provider that keeps to it bills no more. */
export function neededOutputTokens(
  { price, estimate: { choices }, ceilingTokens }: Demand,
  seen: Sighting,
  reported: Usage | null,
): number {
  // Then nothing is known of what was generated and not seen.
  if (outpacesTheBound(seen, choices)) return ceilingTokens;
  const counted = countedOutputTokens(price, seen, choices);
  return Math.min(ceilingTokens, Math.max(counted, reported?.outputTokens ?? 0));
}

/** What to hold when so much is needed. */
export const stepFor = (neededTokens: number, ceilingTokens: number): number =>
  Math.min(
    ceilingTokens,
    neededTokens + Math.max(STEP_TOKENS, Math.ceil((neededTokens * STEP_PERCENT) / 100)),
  );

/** The clamp was ignored: what comes from here on is nothing anybody has agreed to pay. */
export const isPastCeiling = (
  ceilingTokens: number,
  visibleBytes: number,
  reported: Usage | null,
): boolean =>
  visibleBytes > ceilingTokens * VISIBLE_BYTES_PER_TOKEN_MAX + VISIBLE_BYTES_SPARE ||
  (reported?.outputTokens ?? 0) > ceilingTokens;
