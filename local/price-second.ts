// The second catalogue: BerriAI/litellm's model_prices_and_context_window.json, which is not on
// npm. It is read from a file that stays outside of the repository; what is kept of it is where it
// says something else than the first one, or something more.

import {
  type LongContext,
  PROVIDER_KINDS,
  type ProviderKind,
  type RateName,
  type Rates,
  SERVICE_TIERS,
  type ServiceTier,
} from '../core/pricing/rates.ts';
import { isCallable } from './price-first.ts';
import { complete, isPriced, picoOf, type Sheet } from './price-sheet.ts';

type Entry = Readonly<Record<string, unknown>>;
export type SecondFile = Readonly<Record<string, unknown>>;

const THEIR_KIND: Readonly<Record<string, ProviderKind>> = {
  openai: 'openai',
  'text-completion-openai': 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  xai: 'xai',
  groq: 'groq',
  mistral: 'mistral',
  deepseek: 'deepseek',
  openrouter: 'openrouter',
};

const PREFIX = /^(?:gemini|xai|groq|mistral|deepseek|openrouter)\//;

const MODES = new Set([
  'chat',
  'completion',
  'responses',
  'embedding',
  'image_generation',
  'audio_transcription',
  'audio_speech',
]);

const FIELDS: Readonly<Record<string, RateName>> = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  output_cost_per_reasoning_token: 'output',
  cache_read_input_token_cost: 'cachedInput',
  input_cost_per_token_cache_hit: 'cachedInput',
  cache_creation_input_token_cost: 'cacheWrite',
  cache_creation_input_token_cost_above_1hr: 'cacheWriteHour',
  input_cost_per_audio_token: 'inputAudio',
  cache_read_input_audio_token_cost: 'cachedInputAudio',
  output_cost_per_audio_token: 'outputAudio',
  input_cost_per_image_token: 'inputImage',
  output_cost_per_image_token: 'outputImage',
};

const PICO_PER_USD = 1e12;

type Part = { above: number; tier: ServiceTier | null; rates: Partial<Record<RateName, number>> };

/** `input_cost_per_token_above_200k_tokens_priority` → its field, threshold and tier. */
function readKey(key: string): { field: string; above: number; tier: ServiceTier | null } {
  const tier = /_(flex|priority|batches)$/.exec(key)?.[1];
  const rest = tier === undefined ? key : key.slice(0, -tier.length - 1);
  const above = /_above_(\d+)k_tokens$/.exec(rest);
  return {
    field: above === null ? rest : rest.slice(0, above.index),
    above: above === null ? 0 : Number(above[1]) * 1_000,
    tier: tier === 'batches' ? 'batch' : ((tier as ServiceTier | undefined) ?? null),
  };
}

/** The dearest of what a search costs, by how much it brings back. */
function searchCost(entry: Entry): number {
  const costs = entry['search_context_cost_per_query'];
  if (typeof costs !== 'object' || costs === null) return 0;
  return Math.max(0, ...Object.values(costs).filter((cost) => typeof cost === 'number'));
}

function pieces(entry: Entry): Rates {
  const amount = (key: string): number => {
    const value = entry[key];
    return typeof value === 'number' ? picoOf(value, PICO_PER_USD) : 0;
  };
  const { mode } = entry;
  const given: Partial<Record<RateName, number>> = {
    webSearch: picoOf(searchCost(entry), PICO_PER_USD),
    ...(mode === 'audio_speech' ? { character: amount('input_cost_per_character') } : {}),
    ...(mode === 'audio_transcription' ? { audioSecond: amount('input_cost_per_second') } : {}),
    ...(mode === 'image_generation' && entry['output_cost_per_image_token'] === undefined
      ? { image: amount('output_cost_per_image') }
      : {}),
  };
  return Object.fromEntries(Object.entries(given).filter(([, rate]) => rate > 0));
}

function sheetOf(entry: Entry): Sheet {
  const parts: Part[] = [];
  for (const [key, value] of Object.entries(entry)) {
    const { field, above, tier } = readKey(key);
    const name = FIELDS[field];
    if (name === undefined || typeof value !== 'number' || value <= 0) continue;
    let part = parts.find((one) => one.above === above && one.tier === tier);
    if (part === undefined) parts.push((part = { above, tier, rates: {} }));
    part.rates[name] = Math.max(part.rates[name] ?? 0, picoOf(value, PICO_PER_USD));
  }
  const at = (above: number, tier: ServiceTier | null) =>
    parts.find((one) => one.above === above && one.tier === tier)?.rates;
  const tiersAt = (above: number) =>
    Object.fromEntries(
      SERVICE_TIERS.flatMap((tier) => {
        const rates = at(above, tier);
        return rates === undefined ? [] : [[tier, rates]];
      }),
    );
  const thresholds = [...new Set(parts.map(({ above }) => above))]
    .filter((above) => above > 0)
    .toSorted((a, b) => a - b);
  return complete({
    rates: { ...at(0, null), ...pieces(entry) },
    longContext: thresholds.map((above): LongContext => ({
      aboveInputTokens: above,
      rates: at(above, null) ?? {},
      tiers: tiersAt(above),
    })),
    tiers: tiersAt(0),
  });
}

export type Second = Readonly<Record<ProviderKind, ReadonlyMap<string, Sheet>>>;

/** Everything in it that we could sell; sizes, tuned models and what has no price are left out. */
export function readSecond(file: SecondFile): Second {
  const found = Object.fromEntries(
    PROVIDER_KINDS.map((kind) => [kind, new Map<string, Sheet>()]),
  ) as Record<ProviderKind, Map<string, Sheet>>;
  for (const [key, value] of Object.entries(file)) {
    if (typeof value !== 'object' || value === null) continue;
    const entry = value as Entry;
    const kind = THEIR_KIND[String(entry['litellm_provider'])];
    const mode = String(entry['mode']);
    const name = key.replace(PREFIX, '');
    if (kind === undefined || !MODES.has(mode) || !isCallable(name)) continue;
    if (kind === 'openai' && name.includes('/')) continue;
    const sheet = sheetOf(entry);
    if (isPriced(sheet, mode === 'embedding')) found[kind].set(name, sheet);
  }
  return found;
}
