// What one catalogue says of one model, in our units, and how two of them become one: the dearest
// of each rate, and of the thresholds the lower. Rates that one of them leaves out are never taken
// for nothing.

import {
  type LongContext,
  RATE_NAMES,
  type RateName,
  rateOf,
  type Rates,
  SERVICE_TIERS,
  type TierRates,
  TOKEN_RATE_NAMES,
} from '../core/pricing/rates.ts';

export type Sheet = {
  readonly rates: Rates;
  readonly longContext: readonly LongContext[];
  readonly tiers: TierRates;
};

export const NOTHING: Sheet = { rates: {}, longContext: [], tiers: {} };

/** Thresholds so close are one: "272K" is 271,999 in one catalogue and 272,000 in another. */
const THRESHOLD_SLACK_TOKENS = 1_000;

const TOKENS = new Set<string>(TOKEN_RATE_NAMES);

/**
 * The dearer of two. What only the second names counts where it is dearer than what the first
 * would charge instead: a discount that one catalogue alone knows is not given.
 */
export function dearerRates(first: Rates, second: Rates): Rates {
  const rates: Partial<Record<RateName, number>> = { ...first };
  for (const name of RATE_NAMES) {
    const theirs = second[name];
    if (theirs === undefined) continue;
    const ours = TOKENS.has(name) ? rateOf(first, name) : (first[name] ?? 0);
    if (theirs > ours || Object.keys(first).length === 0) rates[name] = theirs;
  }
  return rates;
}

function dearerTiers(first: TierRates, second: TierRates): TierRates {
  const tiers: Record<string, Rates> = {};
  for (const tier of SERVICE_TIERS) {
    const [ours, theirs] = [first[tier], second[tier]];
    if (ours === undefined && theirs === undefined) continue;
    tiers[tier] = dearerRates(ours ?? {}, theirs ?? {});
  }
  return tiers;
}

function dearerLong(
  first: readonly LongContext[],
  second: readonly LongContext[],
): readonly LongContext[] {
  const near = (a: LongContext, b: LongContext): boolean =>
    Math.abs(a.aboveInputTokens - b.aboveInputTokens) <= THRESHOLD_SLACK_TOKENS;
  const merged = first.map((ours) => {
    const theirs = second.find((other) => near(ours, other));
    if (theirs === undefined) return ours;
    return {
      aboveInputTokens: Math.min(ours.aboveInputTokens, theirs.aboveInputTokens),
      rates: dearerRates(ours.rates, theirs.rates),
      tiers: dearerTiers(ours.tiers ?? {}, theirs.tiers ?? {}),
    };
  });
  const added = second.filter((theirs) => !first.some((ours) => near(ours, theirs)));
  return [...merged, ...added].toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens);
}

export const dearer = (first: Sheet, second: Sheet): Sheet => ({
  rates: dearerRates(first.rates, second.rates),
  longContext: dearerLong(first.longContext, second.longContext),
  tiers: dearerTiers(first.tiers, second.tiers),
});

/**
 * Fills in what a part leaves out. Dearer input makes everything as much dearer; cheaper input
 * makes nothing else cheaper. `isDearer` parts never go below what they are a part of, and pieces
 * cost the same in every part.
 */
function filled(base: Rates, part: Rates, isDearer: boolean): Rates {
  const [from, to] = [base.input ?? 0, part.input ?? base.input ?? 0];
  const rates: Partial<Record<RateName, number>> = {};
  for (const name of RATE_NAMES) {
    const [usual, named] = [base[name], part[name]];
    if (!TOKENS.has(name)) {
      const most = Math.max(usual ?? 0, named ?? 0);
      if (most > 0) rates[name] = most;
    } else if (usual !== undefined) {
      const least = to > from && from > 0 ? Math.ceil((usual * to) / from) : usual;
      rates[name] = Math.max(named ?? least, isDearer ? usual : 0);
    } else if (named !== undefined && named > rateOf(rates, name)) {
      rates[name] = named;
    }
  }
  return rates;
}

/** A fast tier that is said to cost no more is not believed: it has no price then. */
const filledTiers = (base: Rates, tiers: TierRates): TierRates =>
  Object.fromEntries(
    Object.entries(tiers).flatMap(([tier, part]) =>
      tier === 'priority' && (part.input ?? 0) <= (base.input ?? 0)
        ? []
        : [[tier, filled(base, part, tier === 'priority')]],
    ),
  );

/** Every part names every rate, so that none falls back to a cheaper part. */
export function complete({ rates, longContext, tiers }: Sheet): Sheet {
  const whole: Rates =
    rates.output === undefined && rates.outputImage !== undefined
      ? { ...rates, output: rates.outputImage }
      : rates;
  const long: LongContext[] = [];
  let below = whole;
  for (const one of longContext) {
    below = filled(below, one.rates, true);
    const longTiers = filledTiers(below, one.tiers ?? {});
    long.push({ aboveInputTokens: one.aboveInputTokens, rates: below, tiers: longTiers });
  }
  return { rates: whole, longContext: long, tiers: filledTiers(whole, tiers) };
}

/** Something is charged for what goes in and for what comes out. */
export const isPriced = ({ rates }: Sheet, isEmbedding: boolean): boolean => {
  const pieces = (rates.image ?? 0) + (rates.audioSecond ?? 0) + (rates.character ?? 0);
  if (pieces > 0) return true;
  return (rates.input ?? 0) > 0 && ((rates.output ?? 0) > 0 || isEmbedding);
};

/** Pico-dollars, integer: what floats lost on the way is put back, anything else rounds up. */
export function picoOf(amount: number, scale: number): number {
  const exact = amount * scale;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) <= 1e-6 * Math.max(1, exact) ? nearest : Math.ceil(exact);
}
