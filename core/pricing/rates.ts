// What one unit of something costs: integer pico-dollars ($1 per million tokens = 1,000,000 pico-
// dollars a token, $1 a piece = 10^12). A rate that a row does not name falls back to a dearer or
// equal one, never to nothing.

export const TOKEN_RATE_NAMES = [
  'input',
  'cachedInput',
  'cacheWrite',
  'cacheWriteHour',
  'output',
  'inputAudio',
  'cachedInputAudio',
  'outputAudio',
  'inputImage',
  'cachedInputImage',
  'outputImage',
] as const;
export const PIECE_RATE_NAMES = [
  'request',
  'webSearch',
  'fileSearch',
  'codeSession',
  'image',
  'audioSecond',
  'character',
  'byteIn',
  'byteOut',
] as const;
export const RATE_NAMES = [...TOKEN_RATE_NAMES, ...PIECE_RATE_NAMES] as const;
export type RateName = (typeof RATE_NAMES)[number];

export type Rates = Readonly<Partial<Record<RateName, number>>>;

/** Where a row says nothing: the first of these that it does name, else nothing is charged. */
export const RATE_FALLBACK: Readonly<Partial<Record<RateName, readonly RateName[]>>> = {
  cachedInput: ['input'],
  cacheWrite: ['input'],
  cacheWriteHour: ['cacheWrite', 'input'],
  inputAudio: ['input'],
  cachedInputAudio: ['cachedInput', 'inputAudio', 'input'],
  outputAudio: ['output'],
  inputImage: ['input'],
  cachedInputImage: ['cachedInput', 'inputImage', 'input'],
  outputImage: ['output'],
};

/** How fast the provider is asked to be, where that has a price. `standard` is the row itself. */
export const SERVICE_TIERS = ['flex', 'priority', 'batch'] as const;
export type ServiceTier = (typeof SERVICE_TIERS)[number];
export type TierRates = Readonly<Partial<Record<ServiceTier, Rates>>>;

export type LongContext = {
  /** Past so many input tokens the whole call costs these rates. */
  readonly aboveInputTokens: number;
  readonly rates: Rates;
  readonly tiers?: TierRates;
};

/** Whose catalogue, whose wire manners, whose way of billing what was abandoned. */
export const PROVIDER_KINDS = [
  'openai',
  'anthropic',
  'google',
  'xai',
  'groq',
  'mistral',
  'deepseek',
  'openrouter',
] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

export type ModelPrice = {
  /** The exact name, or the alias, that was asked for. */
  readonly model: string;
  readonly provider: ProviderKind;
  readonly rates: Rates;
  /** Ascending; empty where the price does not depend on length. */
  readonly longContext: readonly LongContext[];
  readonly tiers: TierRates;
  /** The model may generate tokens that never show on the wire. */
  readonly hiddenOutput: boolean;
  /** The provider bills a call that the caller abandoned as if it had run to its end. */
  readonly billsAbandonedInFull: boolean;
};

export function rateOf(rates: Rates, name: RateName): number {
  const own = rates[name];
  if (own !== undefined) return own;
  for (const other of RATE_FALLBACK[name] ?? []) {
    const rate = rates[other];
    if (rate !== undefined) return rate;
  }
  return 0;
}

/** Whatever is counted costs at least what it costs in either. */
export function dearerOf(first: Rates, second: Rates): Rates {
  const rates: Partial<Record<RateName, number>> = {};
  for (const name of RATE_NAMES) {
    const rate = Math.max(rateOf(first, name), rateOf(second, name));
    if (rate > 0) rates[name] = rate;
  }
  return rates;
}
