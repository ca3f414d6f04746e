// A price of the operator's own as the gateway uses it. Its token rates replace the catalogue's;
// what it does not speak of (fees by the piece, long calls, the fast tier) is never cheaper than in
// the catalogue because of it.

import type { PriceOverride } from '../policy/price-schema.ts';
import { present } from '../result.ts';
import { priceOf } from './catalog.ts';
import { EACH_DECIMALS, parsePico, PER_MILLION_DECIMALS } from './pico.ts';
import { dearerOf, type ModelPrice, PIECE_RATE_NAMES, type Rates } from './rates.ts';

const read = (amounts: Readonly<Record<string, string>> = {}, decimals: number): Rates =>
  Object.fromEntries(
    Object.entries(amounts).map(([name, text]) => [
      name,
      present(parsePico(text, decimals), 'amount'),
    ]),
  );

function feesOf(rates: Rates): Rates {
  const named = PIECE_RATE_NAMES.filter((name) => rates[name] !== undefined);
  return Object.fromEntries(named.map((name) => [name, rates[name]]));
}

export function overriddenPrice(row: PriceOverride): ModelPrice {
  const listed = priceOf(row.kind, row.model);
  const rates = {
    ...feesOf(listed?.rates ?? {}),
    ...read(row.usdPerMillion, PER_MILLION_DECIMALS),
    ...read(row.usdEach, EACH_DECIMALS),
  };
  const fast = listed?.tiers.priority;
  return {
    model: row.model,
    provider: row.kind,
    rates,
    longContext: (listed?.longContext ?? []).map((long) => ({
      aboveInputTokens: long.aboveInputTokens,
      rates: dearerOf(rates, long.rates),
    })),
    tiers: fast === undefined ? {} : { priority: dearerOf(rates, fast) },
    hiddenOutput: row.hiddenOutput ?? listed?.hiddenOutput ?? true,
    billsAbandonedInFull: row.billsAbandonedInFull ?? listed?.billsAbandonedInFull ?? true,
  };
}
