// What a provider's own count comes to: each class of tokens once, at its own rate, and the sum
// rounded up once. Parts never exceed their whole. What cannot be priced is null, never nothing.

import { chargeUnits, type NanoUsd, type UnitCharge } from '../money.ts';
import {
  dearerOf,
  type ModelPrice,
  PIECE_RATE_NAMES,
  type RateName,
  rateOf,
  type Rates,
  type ServiceTier,
} from './rates.ts';
import { isCount, type Tokens, type Usage } from './usage.ts';

/**
 * The rates of a call of so many input tokens. A long call costs the long rates as a whole. A tier
 * that has no price costs the usual one where it would be cheaper, and is unknown where it would
 * be dearer; in a long call it costs the dearer of both, unless it has a price of its own there.
 */
export function ratesFor(
  price: ModelPrice,
  inputTokens: number,
  tier: ServiceTier | undefined,
): Rates | null {
  const long = price.longContext.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens);
  const usual = { ...price.rates, ...long?.rates };
  if (tier === undefined) return usual;
  const ofLong = long?.tiers?.[tier];
  if (ofLong !== undefined) return { ...usual, ...ofLong };
  const ofTier = price.tiers[tier];
  if (ofTier === undefined) return tier === 'priority' ? null : usual;
  const inTier = { ...price.rates, ...ofTier };
  return long === undefined ? inTier : dearerOf(usual, inTier);
}

const charge = (rates: Rates, name: RateName, count: number): UnitCharge => ({
  count,
  picoUsd: rateOf(rates, name),
});

function chargesOf(rates: Rates, tokens: Tokens): readonly UnitCharge[] {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, extras = {} } = tokens;
  const cached = Math.min(cachedInputTokens, inputTokens);
  const written = Math.min(cacheWriteTokens, inputTokens - cached);
  const anew = inputTokens - cached - written;
  const part = (name: keyof typeof extras, whole: number): number =>
    Math.min(extras[name] ?? 0, whole);

  const hour = part('cacheWriteHour', written);
  const audio = part('inputAudio', anew);
  const image = part('inputImage', anew - audio);
  const cachedAudio = part('cachedInputAudio', cached);
  const cachedImage = part('cachedInputImage', cached - cachedAudio);
  const outputAudio = part('outputAudio', outputTokens);
  const outputImage = part('outputImage', outputTokens - outputAudio);
  return [
    charge(rates, 'input', anew - audio - image),
    charge(rates, 'inputAudio', audio),
    charge(rates, 'inputImage', image),
    charge(rates, 'cachedInput', cached - cachedAudio - cachedImage),
    charge(rates, 'cachedInputAudio', cachedAudio),
    charge(rates, 'cachedInputImage', cachedImage),
    charge(rates, 'cacheWrite', written - hour),
    charge(rates, 'cacheWriteHour', hour),
    charge(rates, 'output', outputTokens - outputAudio - outputImage),
    charge(rates, 'outputAudio', outputAudio),
    charge(rates, 'outputImage', outputImage),
    ...PIECE_RATE_NAMES.map((name) =>
      charge(rates, name, name === 'request' ? 0 : (extras[name] ?? 0)),
    ),
  ];
}

const isCounted = (tokens: Tokens): boolean =>
  [
    tokens.inputTokens,
    tokens.outputTokens,
    tokens.cachedInputTokens,
    tokens.cacheWriteTokens,
    ...Object.values(tokens.extras ?? {}),
  ].every(isCount);

/** Another way to count what is counted in tokens as well: a row sells the one or the other. */
const INSTEAD_OF_TOKENS = new Set<RateName>(['image', 'audioSecond', 'character']);

/** Pieces of a kind that this row does not sell, and no tokens instead: nobody knows their cost. */
const hasStrangePieces = (rates: Rates, tokens: Tokens): boolean => {
  const { inputTokens, outputTokens, extras = {} } = tokens;
  return PIECE_RATE_NAMES.some(
    (name) =>
      name !== 'request' &&
      (extras[name] ?? 0) > 0 &&
      rates[name] === undefined &&
      !(INSTEAD_OF_TOKENS.has(name) && inputTokens + outputTokens > 0),
  );
};

/**
 * Null where a model that took part, the tier, or a piece has no price, and where a count is none:
 * then the caller charges the hold.
 */
export function priceUsage(
  price: ModelPrice,
  usage: Usage,
  priceOfOther: (model: string) => ModelPrice | null,
): NanoUsd | null {
  const charges: UnitCharge[] = [];
  const shares = [
    { price, tokens: usage as Tokens },
    ...(usage.others ?? []).map((tokens) => ({ price: priceOfOther(tokens.model), tokens })),
  ];
  for (const { price: own, tokens } of shares) {
    const rates = own === null ? null : ratesFor(own, tokens.inputTokens, usage.tier);
    if (rates === null || !isCounted(tokens) || hasStrangePieces(rates, tokens)) return null;
    charges.push(...chargesOf(rates, tokens));
  }
  charges.push(charge(price.rates, 'request', 1));
  return chargeUnits(charges);
}
