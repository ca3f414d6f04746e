// What a call cost, once it is over. From the provider's usage where there is a valid one;
// otherwise from what was seen to pass, priced so that it is not less than what a provider would
// bill, and never more than the hold.

import { chargeUnits, type NanoUsd, nanoUsd } from '../money.ts';
import { type Estimate, holdFor } from './estimate.ts';
import { priceUsage } from './price-usage.ts';
import type { ModelPrice } from './rates.ts';
import type { Sighting, Usage } from './usage.ts';

/**
 * Where the figure comes from: the provider said so, we counted, or the hold was taken; of a run,
 * what its steps came to, or what its origin said.
 */
export type UsageSource = 'provider' | 'counted' | 'hold' | 'steps' | 'origin';

export type Actual = {
  readonly nanoUsd: NanoUsd;
  readonly source: UsageSource;
  readonly estimated: boolean;
  /** Where we counted: so many. */
  readonly outputTokens?: number;
};

/**
 * Recorded answers have at most one token per two visible bytes, plus this (0 of 475 exceeded it).
 */
const COUNT_CONSTANT = 160;

/** Nothing generates faster than this per call; what silence and hidden output can have cost. */
export const OUTPUT_TOKENS_PER_SECOND_MAX = 2_000;

/**
 * Output tokens that can have been generated, given what was seen: half a token for a byte of ASCII
 * and a whole one for any other, because byte-level tokenizers make no more of a byte than one.
 */
export function countedOutputTokens(price: ModelPrice, seen: Sighting, choices: number): number {
  const constant = COUNT_CONSTANT * choices;
  const dense = Math.min(seen.denseBytes, seen.visibleBytes);
  const visible = Math.max(Math.ceil((seen.visibleBytes + dense) / 2) + constant, seen.events);
  const outOfSightMs = price.hiddenOutput ? seen.elapsedMs : seen.unreadMs;
  return visible + producibleTokens(outOfSightMs, choices);
}

export const producibleTokens = (elapsedMs: number, choices: number): number =>
  Math.ceil((Math.max(0, elapsedMs) * OUTPUT_TOKENS_PER_SECOND_MAX * choices) / 1_000);

/** A network may deliver this many events at once; that says nothing about the provider. */
const BURST_EVENTS_MAX = 64;

/**
 * More was seen than can have been generated in the time there was: then nothing is known of what
 * was generated and not seen, and only the hold bounds it.
 */
export const outpacesTheBound = (seen: Sighting, choices: number): boolean =>
  seen.events > producibleTokens(seen.elapsedMs, choices) + BURST_EVENTS_MAX;

/** NanoUsd that one second of silence can cost. */
export const producibleNanoUsdPerSecond = ({ outputPicoUsd, choices }: Estimate): NanoUsd =>
  chargeUnits([{ count: OUTPUT_TOKENS_PER_SECOND_MAX * choices, picoUsd: outputPicoUsd }]);

/** A stream that we end as if its output ceiling had been reached, and why. */
export const CUT_ENDINGS = [
  'cut-budget',
  'cut-time',
  'cut-ceiling',
  'cut-tools',
  'cut-inputs',
] as const;
/** A stream that we end with an error. */
export const BREAK_ENDINGS = ['origin-failed', 'lease-lost', 'stopped', 'switched-off'] as const;

export type Ending =
  | 'complete'
  | 'caller-left'
  | 'caller-left-drained'
  | 'origin-refused'
  | 'origin-unreachable'
  | 'origin-timeout'
  | 'meter-fault'
  | (typeof CUT_ENDINGS)[number]
  | (typeof BREAK_ENDINGS)[number];

export type Weighing = {
  readonly price: ModelPrice;
  readonly priceOfOther: (model: string) => ModelPrice | null;
  readonly estimate: Estimate;
  /** At the end, extensions included. */
  readonly heldNanoUsd: number;
  /** The provider charges nothing for calls like this one. */
  readonly isFree: boolean;
  readonly ending: Ending;
  /** False while everything generated is out of sight, as in an answer that comes in one piece. */
  readonly streamed: boolean;
  readonly usage: Usage | null;
  /** Calls of tools that have a price of their own. */
  readonly toolNanoUsd?: number;
  /** It is a count on the way, not the provider's last word. */
  readonly isUsageSoFar?: boolean;
  readonly seen: Sighting;
};

const upTo = (held: number, amount: number): NanoUsd => nanoUsd(Math.min(held, amount));

function counted(weighing: Weighing, outputTokens: number): Actual {
  const { estimate, heldNanoUsd } = weighing;
  const amount = upTo(heldNanoUsd, holdFor(estimate, outputTokens));
  const most = estimate.outputTokensMax * estimate.choices;
  return {
    nanoUsd: amount,
    source: 'counted',
    estimated: true,
    outputTokens: Math.min(outputTokens, most),
  };
}

const NOTHING: Actual = { nanoUsd: nanoUsd(0), source: 'provider', estimated: false };

/**
 * The settlement of a call. A provider's refusal costs nothing, nor does what is free there;
 * everything else costs something.
 */
export function weighActual(weighing: Weighing): Actual {
  const { price, estimate, heldNanoUsd, ending, usage, seen } = weighing;
  if (weighing.isFree || ending === 'origin-refused') return NOTHING;
  const whole: Actual = { nanoUsd: nanoUsd(heldNanoUsd), source: 'hold', estimated: true };
  const told = usage === null ? null : priceUsage(price, usage, weighing.priceOfOther);
  // Where we count ourselves, calls are in the estimate.
  const reported = told === null ? null : nanoUsd(told + (weighing.toolNanoUsd ?? 0));
  if (ending === 'complete' || ending === 'caller-left-drained') {
    if (reported !== null) return { nanoUsd: reported, source: 'provider', estimated: false };
    return whole;
  }
  if (price.billsAbandonedInFull) return whole;
  const isKnown = reported !== null && weighing.isUsageSoFar !== true;
  if (!isKnown && outpacesTheBound(seen, estimate.choices)) return whole;
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
