// What an export's rows of one model and day come to in money: what it states, else its tokens at
// the catalogue's price. A day whose costs are stated is never priced by us: it would count twice.

import { addUsd, type ExactUsd, isWholeNanoUsd, nearestNanoUsd, ZERO_USD } from './exact-usd.ts';
import { type ModelPrice, rateOf } from '../pricing/rates.ts';
import type { Provider, ProviderRow, ProviderTokens } from './export.ts';

/** The catalogue: the price of exactly this name at this provider. */
export type PriceOf = (kind: Provider, model: string) => Pick<ModelPrice, 'rates'> | null;

const NO_TOKENS: ProviderTokens = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
  outputTokens: 0,
};

const PICO_PER_NANO = 1_000n;

/** Pico-dollars of these tokens, or null if one of them has no price. */
function picoUsdOf(tokens: ProviderTokens, price: ReturnType<PriceOf>): bigint | null {
  if (price === null) return null;
  const { rates } = price;
  if (tokens.cacheWriteHourTokens > 0 && rates.cacheWriteHour === undefined) return null;
  const written = tokens.cacheWriteTokens - tokens.cacheWriteHourTokens;
  return [
    [tokens.inputTokens, rateOf(rates, 'input')],
    [tokens.cachedInputTokens, rateOf(rates, 'cachedInput')],
    [written, rateOf(rates, 'cacheWrite')],
    [tokens.cacheWriteHourTokens, rateOf(rates, 'cacheWriteHour')],
    [tokens.outputTokens, rateOf(rates, 'output')],
  ].reduce((sum, [count = 0, rate = 0]) => sum + BigInt(count) * BigInt(rate), 0n);
}

export type TheirMoney = {
  /** Null where there is no telling, and `reason` says why. */
  readonly nanoUsd: bigint | null;
  readonly rounded: boolean;
  readonly reason: 'no-price' | 'no-cost' | null;
};

export const isStated = (row: ProviderRow): boolean => row.exactUsd !== null;

const nothingUsed = ({ tokens }: ProviderRow): boolean =>
  Object.values(tokens ?? NO_TOKENS).every((count) => count === 0);

const known = (nanoUsd: bigint, rounded = false): TheirMoney => ({
  nanoUsd,
  rounded,
  reason: null,
});
const unknown = (reason: 'no-price' | 'no-cost'): TheirMoney => ({
  nanoUsd: null,
  rounded: false,
  reason,
});

/** Of all rows of one line. `dayIsStated`: the export states costs of this day, of any model. */
export function moneyOf(
  rows: readonly ProviderRow[],
  ourName: string,
  dayIsStated: boolean,
  priceOf: PriceOf,
): TheirMoney {
  if (rows.some(isStated)) {
    const exact = rows.reduce<ExactUsd>(
      (sum, row) => addUsd(sum, row.exactUsd ?? ZERO_USD),
      ZERO_USD,
    );
    return known(nearestNanoUsd(exact), !isWholeNanoUsd(exact));
  }
  if (rows.every(nothingUsed)) return known(0n);
  if (dayIsStated) return unknown('no-cost');
  let pico = 0n;
  for (const row of rows.filter((one) => !nothingUsed(one))) {
    const part = picoUsdOf(
      row.tokens ?? NO_TOKENS,
      priceOf(row.provider, row.model) ?? priceOf(row.provider, ourName),
    );
    if (part === null) return unknown('no-price');
    pico += part;
  }
  return known((pico + PICO_PER_NANO - 1n) / PICO_PER_NANO);
}
