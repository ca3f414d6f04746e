// What a call can cost at most, before it is made. Input tokens never exceed the bytes of the
// forwarded JSON plus a constant (byte-level tokenizers; 1,198 recorded calls without a violation);
// output never exceeds choices × ceiling. Guesses such as characters ÷ 4 are up to 12 times too
// low.

import { chargeTokens, type NanoUsd } from '../money.ts';
import type { ModelPrice } from './catalog.ts';

export const INPUT_TOKENS_CONSTANT = 1_024;
/** Fewer output tokens than this are not worth a call. */
export const OUTPUT_TOKENS_MIN = 16;

export type Weight = {
  readonly forwardedBytes: number;
  readonly choices: number;
  readonly outputTokensMax: number;
};

export type Estimate = {
  readonly inputTokensMax: number;
  readonly outputTokensMax: number;
  readonly choices: number;
  readonly inputNanoUsd: NanoUsd;
  /** The hold: everything, at the dearest applicable rate. */
  readonly totalNanoUsd: NanoUsd;
  /** The hold of the shortest answer still worth asking for. */
  readonly totalNanoUsdMin: NanoUsd;
};

const dearestInput = (price: ModelPrice): number =>
  Math.max(price.inputPicoUsd, price.cacheWritePicoUsd);

export function estimateCall(price: ModelPrice, weight: Weight): Estimate {
  const inputTokensMax = weight.forwardedBytes + INPUT_TOKENS_CONSTANT;
  const input = { tokens: inputTokensMax, picoUsdPerToken: dearestInput(price) };
  const total = (outputTokens: number): NanoUsd =>
    chargeTokens([
      input,
      { tokens: outputTokens * weight.choices, picoUsdPerToken: price.outputPicoUsd },
    ]);
  return {
    inputTokensMax,
    outputTokensMax: weight.outputTokensMax,
    choices: weight.choices,
    inputNanoUsd: chargeTokens([input]),
    totalNanoUsd: total(weight.outputTokensMax),
    totalNanoUsdMin: total(Math.min(weight.outputTokensMax, OUTPUT_TOKENS_MIN)),
  };
}

/** The output ceiling that `grantedNanoUsd` pays for; at most the one that was estimated. */
export function affordableOutputTokens(
  price: ModelPrice,
  estimate: Estimate,
  grantedNanoUsd: number,
): number {
  if (grantedNanoUsd >= estimate.totalNanoUsd) return estimate.outputTokensMax;
  const inputPico = BigInt(estimate.inputTokensMax) * BigInt(dearestInput(price));
  const leftPico = BigInt(grantedNanoUsd) * 1000n - inputPico;
  const perToken = BigInt(price.outputPicoUsd) * BigInt(estimate.choices);
  if (leftPico <= 0n || perToken === 0n) return 0;
  return Math.min(estimate.outputTokensMax, Number(leftPico / perToken));
}
