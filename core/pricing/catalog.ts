// Prices by exact model name, in integer pico-dollars a token ($1 per million tokens = 1,000,000).
// A name that is not here has no price: prefixes are never matched, because an unknown newer model
// would be sold as a cheaper old one. Source and date stand on every row.

export const CATALOG_VERSION = '2026-11-21';

export type ModelPrice = {
  readonly model: string;
  readonly inputPicoUsd: number;
  readonly cachedInputPicoUsd: number;
  /** Cache writes, where the provider bills them apart; else the input rate. */
  readonly cacheWritePicoUsd: number;
  readonly outputPicoUsd: number;
  /** The model may generate tokens that never show on the wire. */
  readonly hiddenOutput: boolean;
  /** The provider bills a call that the caller abandoned as if it had run to its end. */
  readonly billsAbandonedInFull: boolean;
};

type Row = readonly [
  model: string,
  inputUsdPerMillion: number,
  cached: number,
  output: number,
  hiddenOutput: boolean,
];

/** OpenAI list prices per million tokens (platform.openai.com/docs/pricing, standard tier). */
const OPENAI: readonly Row[] = [
  ['gpt-4o', 2.5, 1.25, 10, false],
  ['gpt-4o-2024-08-06', 2.5, 1.25, 10, false],
  ['gpt-4o-mini', 0.15, 0.075, 0.6, false],
  ['gpt-4o-mini-2024-07-18', 0.15, 0.075, 0.6, false],
  ['gpt-4.1', 2, 0.5, 8, false],
  ['gpt-4.1-mini', 0.4, 0.1, 1.6, false],
  ['gpt-4.1-nano', 0.1, 0.025, 0.4, false],
  ['gpt-5', 1.25, 0.125, 10, true],
  ['gpt-5-mini', 0.25, 0.025, 2, true],
  ['gpt-5-nano', 0.05, 0.005, 0.4, true],
  ['o4-mini', 1.1, 0.275, 4.4, true],
];

/** Dollars per million tokens are micro-dollars a token; pico-dollars are a million times that. */
const pico = (usdPerMillion: number): number => Math.round(usdPerMillion * 1_000_000);

const CATALOG: ReadonlyMap<string, ModelPrice> = new Map(
  OPENAI.map(([model, input, cached, output, hiddenOutput]) => [
    model,
    {
      model,
      inputPicoUsd: pico(input),
      cachedInputPicoUsd: pico(cached),
      cacheWritePicoUsd: pico(input),
      outputPicoUsd: pico(output),
      hiddenOutput,
      billsAbandonedInFull: false,
    },
  ]),
);

/** The price of exactly this name, or null. */
export const priceOf = (model: string): ModelPrice | null => CATALOG.get(model) ?? null;
