// What a call cost, once it is over. From the provider's usage where there is a valid one;
// otherwise from what was seen to pass, priced so that it is not less than what a provider would
// bill, and never more than the hold.

import { chargeTokens, type NanoUsd, nanoUsd } from '../money.ts';
import type { ModelPrice } from './catalog.ts';
import type { Estimate } from './estimate.ts';
import type { Sighting, Usage } from './usage.ts';

/** Where the figure comes from: the provider said so, we counted, or the hold was taken. */
export type UsageSource = 'provider' | 'counted' | 'hold';

export type Actual = {
  readonly nanoUsd: NanoUsd;
  readonly source: UsageSource;
  readonly estimated: boolean;
};

export function priceUsage(price: ModelPrice, usage: Usage): NanoUsd {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens, usage.inputTokens - cached);
  return chargeTokens([
    { tokens: usage.inputTokens - cached - written, picoUsdPerToken: price.inputPicoUsd },
    { tokens: cached, picoUsdPerToken: price.cachedInputPicoUsd },
    { tokens: written, picoUsdPerToken: price.cacheWritePicoUsd },
    { tokens: usage.outputTokens, picoUsdPerToken: price.outputPicoUsd },
  ]);
}

/**
 * Recorded answers have at most one token per two visible bytes, plus this (0 of 475 exceeded it).
 */
const COUNT_CONSTANT = 160;

/** Nothing generates faster than this per call; what silence and hidden output can have cost. */
export const OUTPUT_TOKENS_PER_SECOND_MAX = 2_000;

/** Output tokens that can have been generated, given what was seen. */
export function countedOutputTokens(price: ModelPrice, seen: Sighting, choices: number): number {
  const visible = Math.max(Math.ceil(seen.visibleBytes / 2) + COUNT_CONSTANT, seen.events);
  if (!price.hiddenOutput) return visible;
  return visible + producibleTokens(seen.elapsedMs, choices);
}

export const producibleTokens = (elapsedMs: number, choices: number): number =>
  Math.ceil((Math.max(0, elapsedMs) * OUTPUT_TOKENS_PER_SECOND_MAX * choices) / 1_000);

/** A network may deliver this many events at once; that says nothing about the provider. */
const BURST_EVENTS_MAX = 64;

/**
 * More was seen than can have been generated in the time there was: then nothing is known of what
 * was generated and not seen, and only the hold bounds it.
 */
const outpacesTheBound = (seen: Sighting, choices: number): boolean =>
  seen.events > producibleTokens(seen.elapsedMs, choices) + BURST_EVENTS_MAX;

/** NanoUsd that one second of silence can cost. */
export const producibleNanoUsdPerSecond = (price: ModelPrice, choices: number): NanoUsd =>
  chargeTokens([
    { tokens: OUTPUT_TOKENS_PER_SECOND_MAX * choices, picoUsdPerToken: price.outputPicoUsd },
  ]);

export type Ending =
  | 'complete'
  | 'caller-left'
  | 'origin-failed'
  | 'origin-refused'
  | 'origin-unreachable'
  | 'origin-timeout'
  | 'lease-lost'
  | 'meter-fault';

export type Weighing = {
  readonly price: ModelPrice;
  readonly estimate: Estimate;
  readonly heldNanoUsd: number;
  readonly ending: Ending;
  /** False while everything generated is out of sight, as in an answer that comes in one piece. */
  readonly streamed: boolean;
  readonly usage: Usage | null;
  readonly seen: Sighting;
};

const upTo = (held: number, amount: number): NanoUsd => nanoUsd(Math.min(held, amount));

function counted(weighing: Weighing, outputTokens: number): Actual {
  const { price, estimate, heldNanoUsd } = weighing;
  const output = chargeTokens([{ tokens: outputTokens, picoUsdPerToken: price.outputPicoUsd }]);
  const amount = upTo(heldNanoUsd, estimate.inputNanoUsd + output);
  return { nanoUsd: amount, source: 'counted', estimated: true };
}

/**
 * The settlement of a call. A provider's refusal costs nothing; everything else costs something.
 */
export function weighActual(weighing: Weighing): Actual {
  const { price, estimate, heldNanoUsd, ending, usage, seen } = weighing;
  const whole: Actual = { nanoUsd: nanoUsd(heldNanoUsd), source: 'hold', estimated: true };
  const reported = usage === null ? null : priceUsage(price, usage);
  if (ending === 'complete') {
    if (reported !== null) return { nanoUsd: reported, source: 'provider', estimated: false };
    return whole;
  }
  if (ending === 'origin-refused') {
    return { nanoUsd: nanoUsd(0), source: 'provider', estimated: false };
  }
  if (price.billsAbandonedInFull) return whole;
  if (reported === null && outpacesTheBound(seen, estimate.choices)) return whole;
  const tokens =
    ending === 'origin-unreachable'
      ? 0
      : weighing.streamed
        ? countedOutputTokens(price, seen, estimate.choices)
        : producibleTokens(seen.elapsedMs, estimate.choices);
  const charge = counted(weighing, tokens);
  if (reported !== null && reported >= charge.nanoUsd) {
    return { nanoUsd: reported, source: 'provider', estimated: false };
  }
  return charge;
}
