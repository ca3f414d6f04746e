/**
 * The arithmetic of the emulator's bills: whole pico-dollars a unit, one rounding up a call. It
 * refuses to share a table with anybody: it is the second opinion on money.
 */
import { PRICES } from './price-table.ts';

/** Units × rates, in NanoUsd (1 USD = 1,000,000,000), rounded up once. */
export function billNanoUsd(price: ModelPrice, billed: Partial<BilledUnits>): number {
  const units = { ...NOTHING, ...billed };
  const { longContext } = price;
  const isLong = longContext !== undefined && units.inputTokens > longContext.aboveInputTokens;
  const rates = isLong ? longContext.rates : price.rates;
  const plainTokens =
    units.inputTokens -
    units.cachedTokens -
    units.writtenTokens -
    units.writtenHourTokens -
    units.audioInputTokens;
  const tokensPicoUsd =
    plainTokens * rates.input +
    units.cachedTokens * rates.cached +
    units.writtenTokens * rates.written +
    units.writtenHourTokens * rates.writtenHour +
    units.audioInputTokens * rates.audioInput +
    units.outputTokens * rates.output;
  // Every rate is a whole number of hundreds, so this is exact.
  const picoUsd = (tokensPicoUsd / PERCENT) * units.ratePercent + units.feesPicoUsd;
  return Math.ceil(picoUsd / PICO_PER_NANO);
}

const PICO_PER_NANO = 1_000;
const PERCENT = 100;

/** Pico-dollars a token, which is the same number as micro-dollars a million tokens. */
export type Rates = {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly writtenHour: number;
  readonly audioInput: number;
  readonly output: number;
};

export type ProviderName =
  'openai' | 'anthropic' | 'google' | 'openrouter' | 'groq' | 'deepseek' | 'mistral' | 'xai';

export type Offer = 'chat' | 'completions' | 'embeddings' | 'images' | 'speech' | 'transcription';

export type ModelPrice = {
  readonly offer: Offer;
  readonly rates: Rates;
  /** The whole call at these rates, once its input is larger than that. */
  readonly longContext: { readonly aboveInputTokens: number; readonly rates: Rates } | undefined;
  /** OpenAI's reasoning models refuse `max_tokens`. */
  readonly reasons: boolean;
  readonly searchPicoUsd: number;
  /** Speech sold by the character, transcription by the second. */
  readonly characterPicoUsd: number;
  readonly secondPicoUsd: number;
  /** An abandoned call is generated to its end and billed. */
  readonly billsAbandonedInFull: boolean;
};

export type BilledInput = {
  /** All of it, as it counts for long contexts: cached, written and audio included. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly writtenTokens: number;
  readonly writtenHourTokens: number;
  readonly audioInputTokens: number;
  /** Of every token's price: a tier, a fast mode, a geography that the call asked for. */
  readonly ratePercent: number;
  /** Pieces: images, characters, seconds, searches. */
  readonly feesPicoUsd: number;
};

export type BilledUnits = BilledInput & {
  /** Hidden reasoning included. */
  readonly outputTokens: number;
};

export const NOTHING: BilledUnits = {
  inputTokens: 0,
  cachedTokens: 0,
  writtenTokens: 0,
  writtenHourTokens: 0,
  audioInputTokens: 0,
  ratePercent: PERCENT,
  feesPicoUsd: 0,
  outputTokens: 0,
};

export function plainInput(inputTokens: number, ratePercent = PERCENT): BilledInput {
  return { ...NOTHING, inputTokens, ratePercent };
}

/** The price of a model, or undefined for a model this provider does not sell for that. */
export function findPrice(
  model: string,
  provider: ProviderName = 'openai',
  offer: Offer = 'chat',
): ModelPrice | undefined {
  const price = PRICES.get(`${provider} ${model}`);
  return price?.offer === offer ? price : undefined;
}
