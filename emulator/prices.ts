/**
 * The emulator's own price table and the arithmetic of its bills: whole pico-dollars a token, one
 * rounding up a call. It refuses to share a table with anybody: it is the second opinion on money.
 */

/** Tokens × price, in NanoUsd (1 USD = 1,000,000,000), rounded up once. */
export function billNanoUsd(price: ModelPrice, tokens: BilledTokens): number {
  const uncachedTokens = tokens.inputTokens - tokens.cachedTokens;
  const picoUsd =
    uncachedTokens * price.inputPicoUsd +
    tokens.cachedTokens * price.cachedPicoUsd +
    tokens.outputTokens * price.outputPicoUsd;
  return Math.ceil(picoUsd / PICO_PER_NANO);
}

/** Pico-dollars a token, which is the same number as micro-dollars a million tokens. */
export type ModelPrice = {
  readonly inputPicoUsd: number;
  readonly cachedPicoUsd: number;
  readonly outputPicoUsd: number;
  /** Reasoning models refuse `max_tokens`, as OpenAI's do. */
  readonly reasons: boolean;
};

export type BilledTokens = {
  /** Cached tokens included, as in OpenAI's `prompt_tokens`. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  /** Hidden reasoning included, as in OpenAI's `completion_tokens`. */
  readonly outputTokens: number;
};

const PICO_PER_NANO = 1_000;

function row(input: number, cached: number, output: number, reasons = false): ModelPrice {
  return { inputPicoUsd: input, cachedPicoUsd: cached, outputPicoUsd: output, reasons };
}

const PRICES: ReadonlyMap<string, ModelPrice> = new Map([
  ['gpt-4o-mini', row(150_000, 75_000, 600_000)],
  ['gpt-4o', row(2_500_000, 1_250_000, 10_000_000)],
  ['gpt-4.1', row(2_000_000, 500_000, 8_000_000)],
  ['gpt-4.1-mini', row(400_000, 100_000, 1_600_000)],
  ['gpt-4.1-nano', row(100_000, 25_000, 400_000)],
  ['gpt-5', row(1_250_000, 125_000, 10_000_000, true)],
  ['gpt-5-mini', row(250_000, 25_000, 2_000_000, true)],
  ['gpt-5-nano', row(50_000, 5_000, 400_000, true)],
  ['o4-mini', row(1_100_000, 275_000, 4_400_000, true)],
]);

/** The price of a model, or undefined for a model this provider does not sell. */
export function findPrice(model: string): ModelPrice | undefined {
  return PRICES.get(model);
}
