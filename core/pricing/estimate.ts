// What a call can cost at most, before it is made. Input tokens never exceed the bytes of the
// forwarded text plus a constant (byte-level tokenizers; 1,198 recorded calls without a violation);
// output never exceeds choices × ceiling; what bytes do not bound is priced by the policy or not
// offered. Guesses such as characters ÷ 4 are up to 12 times too low.

import type { Ask } from '../dialects/dialect.ts';
import type { Need } from '../dialects/need.ts';
import { chargeUnits, type NanoUsd, nanoUsd, type UnitCharge } from '../money.ts';
import { type ModelPrice, type RateName, rateOf, type Rates } from './rates.ts';

/** Tool definitions bring hidden prompts: Claude's is up to 745 tokens over its text. */
export const INPUT_TOKENS_CONSTANT = 1_024;
/** Plain text to a provider's own model: no recorded call came within 49 tokens of its bytes. */
export const INPUT_TOKENS_CONSTANT_PLAIN = 64;
/** Fewer output tokens than this are not worth a call. */
export const OUTPUT_TOKENS_MIN = 16;
/** The first slice of an answer that shows all it costs; it grows while the answer runs. */
export const OUTPUT_TOKENS_FIRST = 256;

/** What the policy holds for what bytes do not bound. */
export type Allowance = {
  readonly inputTokens: number;
  readonly nanoUsd: number;
  /** Where a row sells by the piece what another sells by the token. */
  readonly pieces?: Readonly<Partial<Record<RateName, number>>>;
};

export type Weight = {
  readonly ask: Ask;
  readonly forwardedBytes: number;
  readonly outputTokensMax: number;
  readonly allowance: Allowance;
};

export type Estimate = {
  readonly inputTokensMax: number;
  readonly outputTokensMax: number;
  readonly choices: number;
  /** All of it but the output. */
  readonly inputNanoUsd: NanoUsd;
  /** Of one output token, at the dearest applicable rate. */
  readonly outputPicoUsd: number;
  /** Everything, at the dearest applicable rates. */
  readonly totalNanoUsd: NanoUsd;
  /** The hold of the shortest answer still worth asking for. */
  readonly totalNanoUsdMin: NanoUsd;
  /** Output tokens of all choices that are held at first: all of them, or a slice. */
  readonly outputTokensFirst: number;
  readonly firstNanoUsd: NanoUsd;
};

/** What bytes do not bound but of the input alone: output still shows all that it costs. */
const INPUT_NEEDS: ReadonlySet<Need> = new Set([
  'images',
  'files',
  'audio',
  'remoteMedia',
  'serverState',
]);

/**
 * Whose servers send a call of a tool as it is generated. Others keep what they generate until it
 * is whole: Claude each argument (recorded), many compatible servers the call.
 */
const SENDS_CALLS_IN_PARTS = new Set<string>(['openai']);

/** The price as it is for this call: one that offers tools may hide what others show. */
export const priceInSight = (price: ModelPrice, { tools }: Pick<Ask, 'tools'>): ModelPrice =>
  price.hiddenOutput || tools === 0 || SENDS_CALLS_IN_PARTS.has(price.provider)
    ? price
    : { ...price, hiddenOutput: true };

/** Every token that is generated can be counted as it passes, and stops with the call. */
const isMetered = (price: ModelPrice, ask: Ask): boolean =>
  ask.stream &&
  !ask.isFixed &&
  !priceInSight(price, ask).hiddenOutput &&
  !price.billsAbandonedInFull &&
  ask.needs.every((need) => INPUT_NEEDS.has(need));

/** Models of these are counted with a constant that was measured on their own servers. */
const FIRST_PARTY = new Set<string>(['openai', 'anthropic', 'google']);

const constantFor = (price: ModelPrice, { tools }: Ask): number =>
  tools === 0 && FIRST_PARTY.has(price.provider)
    ? INPUT_TOKENS_CONSTANT_PLAIN
    : INPUT_TOKENS_CONSTANT;

/** Every set of rates that may apply to a call of at most so many input tokens. */
const setsFor = (price: ModelPrice, inputTokensMax: number): readonly Rates[] => [
  price.rates,
  ...price.longContext
    .filter(({ aboveInputTokens }) => inputTokensMax > aboveInputTokens)
    .map(({ rates }) => ({ ...price.rates, ...rates })),
];

const dearest = (sets: readonly Rates[], names: readonly RateName[]): number =>
  sets.reduce(
    (most, rates) => names.reduce((max, name) => Math.max(max, rateOf(rates, name)), most),
    0,
  );

export function estimateCall(price: ModelPrice, weight: Weight): Estimate {
  const { ask, allowance, outputTokensMax } = weight;
  const isText = ask.inputRates.length > 0;
  const textBytes = Math.max(0, weight.forwardedBytes - ask.media.payloadBytes);
  // Prompts that the provider adds are input like any other: at its dearest rate, and they may be
  // what makes a long context of it.
  const { input: added = 0, ...pieces } = ask.pieces;
  const inputTokensMax = isText
    ? textBytes + constantFor(price, ask) + added + allowance.inputTokens
    : added + allowance.inputTokens;
  const sets = setsFor(price, inputTokensMax);
  const outputPicoUsd = dearest(sets, ask.outputRates);
  const input: UnitCharge[] = [
    { count: inputTokensMax, picoUsd: dearest(sets, ask.inputRates) },
    { count: 1, picoUsd: rateOf(price.rates, 'request') },
    ...Object.entries({ ...pieces, ...allowance.pieces }).map(([name, count]) => ({
      count,
      picoUsd: dearest(sets, [name as RateName]),
    })),
  ];
  const total = (outputTokens: number): NanoUsd =>
    nanoUsd(
      chargeUnits([...input, { count: outputTokens, picoUsd: outputPicoUsd }]) + allowance.nanoUsd,
    );
  const outputTokens = outputTokensMax * ask.choices;
  const outputTokensFirst = isMetered(price, ask)
    ? Math.min(outputTokens, OUTPUT_TOKENS_FIRST * ask.choices)
    : outputTokens;
  return {
    inputTokensMax,
    outputTokensMax,
    choices: ask.choices,
    inputNanoUsd: total(0),
    outputPicoUsd,
    totalNanoUsd: total(outputTokens),
    totalNanoUsdMin: ask.isFixed
      ? total(outputTokens)
      : total(Math.min(outputTokensMax, OUTPUT_TOKENS_MIN) * ask.choices),
    outputTokensFirst,
    firstNanoUsd: total(outputTokensFirst),
  };
}

/** What a call costs that costs nothing. */
export const FREE_ESTIMATE: Estimate = {
  inputTokensMax: 0,
  outputTokensMax: 0,
  choices: 1,
  inputNanoUsd: nanoUsd(0),
  outputPicoUsd: 0,
  totalNanoUsd: nanoUsd(0),
  totalNanoUsdMin: nanoUsd(0),
  outputTokensFirst: 0,
  firstNanoUsd: nanoUsd(0),
};

/** A flat most: of a whole run, whatever it consists of. */
export const flatEstimate = (mostNanoUsd: number, leastNanoUsd: number): Estimate => ({
  ...FREE_ESTIMATE,
  inputNanoUsd: nanoUsd(leastNanoUsd),
  totalNanoUsd: nanoUsd(mostNanoUsd),
  totalNanoUsdMin: nanoUsd(leastNanoUsd),
  firstNanoUsd: nanoUsd(mostNanoUsd),
});

/** The hold for so many output tokens of all choices together. */
export const holdFor = (estimate: Estimate, outputTokens: number): NanoUsd =>
  nanoUsd(
    Math.min(
      estimate.totalNanoUsd,
      estimate.inputNanoUsd +
        chargeUnits([{ count: outputTokens, picoUsd: estimate.outputPicoUsd }]),
    ),
  );

/** The output ceiling that so much money pays for; at most the one that was estimated. */
export function affordableOutputTokens(estimate: Estimate, amountNanoUsd: number): number {
  if (amountNanoUsd >= estimate.totalNanoUsd) return estimate.outputTokensMax;
  const leftPico = BigInt(amountNanoUsd - estimate.inputNanoUsd) * 1000n;
  const perToken = BigInt(estimate.outputPicoUsd) * BigInt(estimate.choices);
  if (leftPico <= 0n || perToken === 0n) return 0;
  return Math.min(estimate.outputTokensMax, Number(leftPico / perToken));
}
