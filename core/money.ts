// Money is an integer number of nano-dollars; rates are integer pico-dollars a token, because real
// prices go below one nano-dollar a token. The product is rounded up, once. No float passes here.

declare const nanoUsdBrand: unique symbol;

/** 1 USD = 1,000,000,000. A safe integer, never negative. */
export type NanoUsd = number & { readonly [nanoUsdBrand]: true };

export const NANO_PER_USD = 1_000_000_000;
/** $9.0 million: the largest counter an exact integer can hold. */
export const NANO_USD_MAX = Number.MAX_SAFE_INTEGER as NanoUsd;

export function nanoUsd(amount: number): NanoUsd {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw new RangeError(`not an amount of nano-dollars: ${String(amount)}`);
  }
  return amount as NanoUsd;
}

export const ZERO = nanoUsd(0);

/** So many tokens or pieces, each at this rate. */
export type UnitCharge = { readonly count: number; readonly picoUsd: number };

/**
 * Sum of count × rate, rounded up once to NanoUsd. Exact at any size; a sum past 2^53 becomes the
 * largest amount rather than a wrong one.
 */
export function chargeUnits(charges: readonly UnitCharge[]): NanoUsd {
  let pico = 0n;
  for (const { count, picoUsd } of charges) pico += BigInt(count) * BigInt(picoUsd);
  const nano = (pico + 999n) / 1000n;
  return nano > BigInt(NANO_USD_MAX) ? NANO_USD_MAX : nanoUsd(Number(nano));
}

/** Reads `"12.50"` exactly. Null for anything that is not a plain decimal of ≤ 9 places. */
export function parseUsd(text: string): NanoUsd | null {
  const match = /^(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const amount = Number(match[1]) * NANO_PER_USD + Number((match[2] ?? '').padEnd(9, '0'));
  return Number.isSafeInteger(amount) ? nanoUsd(amount) : null;
}

/** `$0.000123`: at least two decimals, as many as the amount needs, never rounded. */
export function formatUsd(amount: number): string {
  const whole = Math.floor(amount / NANO_PER_USD);
  const fraction = String(amount % NANO_PER_USD).padStart(9, '0');
  return `$${String(whole)}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, '')}`;
}
