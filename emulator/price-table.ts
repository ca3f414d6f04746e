/**
 * The emulator's own price table: what each model of each provider costs, in pico-dollars a token
 * (= micro-dollars a million tokens). Language models as in @pydantic/genai-prices 0.1.8,
 * typed in by hand; DeepSeek’s at the hours when they are dearest. It is never fetched and
 * knows exact names only. Its arithmetic is a second opinion; those figures are not.
 */
import type { ModelPrice, Offer, ProviderName, Rates } from './prices.ts';

type Row = {
  /** Dollars a million tokens. */
  readonly usd: Partial<Rates> & { readonly input: number };
  readonly long?: { readonly above: number; readonly usd: Partial<Rates> & { input: number } };
  readonly reasons?: boolean;
  readonly offer?: Offer;
  readonly searchUsd?: number;
  readonly characterUsd?: number;
  readonly secondUsd?: number;
  readonly aliases?: readonly string[];
};

const ABANDONED_IN_FULL: readonly ProviderName[] = ['google', 'groq', 'mistral'];
const SEARCH_USD = 0.01;

const usd = (input: number, cached: number, output: number) => ({ input, cached, output });

/** Anthropic's cache: written at 1.25 × for five minutes, 2 × for an hour, read at 0.1 ×. */
const claude = (input: number, output: number) => ({
  input,
  cached: input / 10,
  written: input * 1.25,
  writtenHour: input * 2,
  output,
});

const OPENAI: Readonly<Record<string, Row>> = {
  'gpt-4o-mini': { usd: usd(0.15, 0.075, 0.6) },
  'gpt-4o': { usd: usd(2.5, 1.25, 10), aliases: ['gpt-4o-2024-08-06'] },
  'gpt-4.1': { usd: usd(2, 0.5, 8) },
  'gpt-4.1-mini': { usd: usd(0.4, 0.1, 1.6) },
  'gpt-4.1-nano': { usd: usd(0.1, 0.025, 0.4) },
  'gpt-5': { usd: usd(1.25, 0.125, 10), reasons: true, aliases: ['gpt-5-2025-08-07'] },
  'gpt-5-mini': { usd: usd(0.25, 0.025, 2), reasons: true },
  'gpt-5-nano': { usd: usd(0.05, 0.005, 0.4), reasons: true },
  'gpt-5.6-sol': {
    usd: { ...usd(4, 0.4, 20), written: 5 },
    long: { above: 272_000, usd: { ...usd(8, 0.8, 30), written: 10 } },
    reasons: true,
  },
  'o4-mini': { usd: usd(1.1, 0.275, 4.4), reasons: true },
  'gpt-3.5-turbo-instruct': { usd: { input: 1.5, output: 2 }, offer: 'completions' },
  'babbage-002': { usd: { input: 0.4, output: 0.4 }, offer: 'completions' },
  'text-embedding-3-small': { usd: { input: 0.02 }, offer: 'embeddings' },
  'text-embedding-3-large': { usd: { input: 0.13 }, offer: 'embeddings' },
  'gpt-image-1': { usd: usd(5, 1.25, 40), offer: 'images' },
  'gpt-image-1-mini': { usd: usd(2, 0.2, 8), offer: 'images' },
  'dall-e-2': { usd: { input: 0 }, offer: 'images' },
  'dall-e-3': { usd: { input: 0 }, offer: 'images' },
  'tts-1': { usd: { input: 0 }, offer: 'speech', characterUsd: 0.000015 },
  'tts-1-hd': { usd: { input: 0 }, offer: 'speech', characterUsd: 0.00003 },
  'gpt-4o-mini-tts': { usd: { input: 0.6, output: 12 }, offer: 'speech' },
  'whisper-1': { usd: { input: 0 }, offer: 'transcription', secondUsd: 0.0001 },
  'gpt-4o-transcribe': {
    usd: { input: 2.5, audioInput: 6, output: 10 },
    offer: 'transcription',
  },
  'gpt-4o-mini-transcribe': {
    usd: { input: 1.25, audioInput: 3, output: 5 },
    offer: 'transcription',
  },
};

const ANTHROPIC: Readonly<Record<string, Row>> = {
  'claude-haiku-4-5': { usd: claude(1, 5), aliases: ['claude-haiku-4-5-20251001'] },
  'claude-sonnet-4-5': {
    usd: claude(3, 15),
    long: { above: 200_000, usd: claude(6, 22.5) },
    aliases: ['claude-sonnet-4-5-20250929'],
  },
  'claude-sonnet-5': { usd: claude(2, 10) },
  'claude-opus-4-6': { usd: claude(5, 25) },
  'claude-opus-4-8': { usd: claude(5, 25) },
};

const GOOGLE: Readonly<Record<string, Row>> = {
  'gemini-2.5-flash-lite': { usd: usd(0.1, 0.01, 0.4), searchUsd: 0.035 },
  'gemini-2.5-flash': { usd: usd(0.3, 0.03, 2.5), searchUsd: 0.035 },
  'gemini-2.5-pro': {
    usd: usd(1.25, 0.125, 10),
    long: { above: 200_000, usd: usd(2.5, 0.25, 15) },
    searchUsd: 0.035,
  },
  'gemini-3-flash-preview': { usd: usd(0.5, 0.05, 3), searchUsd: 0.014 },
  'gemini-3.1-pro-preview': {
    usd: usd(2, 0.2, 12),
    long: { above: 200_000, usd: usd(4, 0.4, 18) },
    searchUsd: 0.014,
  },
};

const COMPATIBLE: readonly (readonly [ProviderName, string, Row])[] = [
  ['openrouter', 'openai/gpt-5-mini', { usd: usd(0.25, 0.025, 2) }],
  ['openrouter', 'x-ai/grok-4', { usd: usd(3, 0.75, 15) }],
  ['openrouter', 'anthropic/claude-haiku-4.5', { usd: claude(1, 5) }],
  ['openrouter', 'minimax/minimax-m2', { usd: usd(0.255, 0.03, 1) }],
  ['groq', 'openai/gpt-oss-120b', { usd: usd(0.15, 0.075, 0.6) }],
  ['groq', 'llama-3.3-70b-versatile', { usd: usd(0.59, 0.59, 0.79) }],
  ['deepseek', 'deepseek-chat', { usd: usd(0.27, 0.07, 1.1) }],
  ['deepseek', 'deepseek-reasoner', { usd: usd(0.55, 0.14, 2.19) }],
  ['mistral', 'mistral-small-latest', { usd: usd(0.1, 0.1, 0.3) }],
  ['mistral', 'mistral-medium-latest', { usd: usd(1.5, 0.15, 7.5) }],
  ['mistral', 'mistral-large-latest', { usd: usd(2, 2, 6) }],
  ['xai', 'grok-4', { usd: usd(3, 0.75, 15), searchUsd: 0.025 }],
  ['xai', 'grok-4-fast-reasoning', { usd: usd(0.2, 0.05, 0.5), searchUsd: 0.025 }],
  ['xai', 'grok-3-mini', { usd: usd(0.3, 0.075, 0.5), searchUsd: 0.025 }],
];

const MICRO_PER_USD = 1_000_000;
const PICO_PER_USD = 1_000_000_000_000;

/** A missing rate is the input's, so that nothing is free by omission. */
function ratesOf(dollars: Row['usd']): Rates {
  const rate = (value: number | undefined) => Math.round((value ?? dollars.input) * MICRO_PER_USD);
  return {
    input: rate(dollars.input),
    cached: rate(dollars.cached),
    written: rate(dollars.written),
    writtenHour: rate(dollars.writtenHour),
    audioInput: rate(dollars.audioInput),
    output: rate(dollars.output),
  };
}

function priceOf(provider: ProviderName, row: Row): ModelPrice {
  return {
    offer: row.offer ?? 'chat',
    rates: ratesOf(row.usd),
    longContext:
      row.long === undefined
        ? undefined
        : { aboveInputTokens: row.long.above, rates: ratesOf(row.long.usd) },
    reasons: row.reasons ?? false,
    searchPicoUsd: Math.round((row.searchUsd ?? SEARCH_USD) * PICO_PER_USD),
    characterPicoUsd: Math.round((row.characterUsd ?? 0) * PICO_PER_USD),
    secondPicoUsd: Math.round((row.secondUsd ?? 0) * PICO_PER_USD),
    billsAbandonedInFull: ABANDONED_IN_FULL.includes(provider),
  };
}

function* rows(): Generator<[string, ModelPrice]> {
  const named = (provider: ProviderName, table: Readonly<Record<string, Row>>) =>
    Object.entries(table).map(([model, row]) => [provider, model, row] as const);
  for (const [provider, model, row] of [
    ...named('openai', OPENAI),
    ...named('anthropic', ANTHROPIC),
    ...named('google', GOOGLE),
    ...COMPATIBLE,
  ]) {
    for (const name of [model, ...(row.aliases ?? [])]) {
      yield [`${provider} ${name}`, priceOf(provider, row)];
    }
  }
}

export const PRICES: ReadonlyMap<string, ModelPrice> = new Map(rows());
