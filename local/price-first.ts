// The first catalogue: the pinned npm package @pydantic/genai-prices, read through its own types.
// Its matching by prefix, part or pattern is used here, at generation, for names that somebody
// wrote down; never at run time.

import {
  type ConditionalPrice,
  findProvider,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice as TheirPrice,
  type Provider,
  type TieredPrices,
} from '@pydantic/genai-prices';
import type { LongContext, ProviderKind, RateName } from '../core/pricing/rates.ts';
import { present } from '../core/result.ts';
import { dearer, NOTHING, picoOf, type Sheet } from './price-sheet.ts';

const THEIR_ID: Readonly<Record<ProviderKind, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  xai: 'x-ai',
  groq: 'groq',
  mistral: 'mistral',
  deepseek: 'deepseek',
  openrouter: 'openrouter',
};

const PER_MILLION = 1e6;
/** Of a piece, given the price of so many. */
const each = (pieces: number): number => 1e12 / pieces;

const UNITS: Readonly<Record<string, readonly [RateName, number]>> = {
  input_mtok: ['input', PER_MILLION],
  cache_read_mtok: ['cachedInput', PER_MILLION],
  cache_write_mtok: ['cacheWrite', PER_MILLION],
  cache_write_1h_mtok: ['cacheWriteHour', PER_MILLION],
  output_mtok: ['output', PER_MILLION],
  output_reasoning_mtok: ['output', PER_MILLION],
  input_audio_mtok: ['inputAudio', PER_MILLION],
  cache_audio_read_mtok: ['cachedInputAudio', PER_MILLION],
  output_audio_mtok: ['outputAudio', PER_MILLION],
  input_image_mtok: ['inputImage', PER_MILLION],
  cache_image_read_mtok: ['cachedInputImage', PER_MILLION],
  output_image_mtok: ['outputImage', PER_MILLION],
  web_searches_kcount: ['webSearch', each(1_000)],
  storage_searches_kcount: ['fileSearch', each(1_000)],
  audio_hours: ['audioSecond', each(3_600)],
  input_audio_hours: ['audioSecond', each(3_600)],
};

/** Null where something is sold in a unit that we cannot count: pages, videos, messages. */
function sheetOf(price: TheirPrice): Sheet | null {
  const rates: Partial<Record<RateName, number>> = {};
  const long = new Map<number, Partial<Record<RateName, number>>>();
  for (const [key, value] of Object.entries(price)) {
    if (value === undefined) continue;
    const unit = UNITS[key];
    if (unit === undefined) return null;
    const [name, scale] = unit;
    const isTiered = typeof value !== 'number';
    const { base, tiers } = isTiered ? (value as TieredPrices) : { base: value, tiers: [] };
    rates[name] = Math.max(rates[name] ?? 0, picoOf(base, scale));
    for (const tier of tiers) {
      const part = long.get(tier.start) ?? {};
      part[name] = picoOf(tier.price, scale);
      long.set(tier.start, part);
    }
  }
  const longContext = [...long]
    .toSorted(([a], [b]) => a - b)
    .map(([aboveInputTokens, part]): LongContext => ({ aboveInputTokens, rates: part }));
  return { rates, longContext, tiers: {} };
}

/**
 * The price on this day. A table outlives its day, so what is announced for later, and what is
 * asked at another hour, counts where it is dearer.
 */
function priceOn(prices: ModelInfo['prices'], day: string): Sheet | null {
  const list = Array.isArray(prices) ? prices : [{ prices } satisfies ConditionalPrice];
  const current = list.findLastIndex(
    ({ constraint }: ConditionalPrice) =>
      constraint === undefined ||
      (constraint.type === 'start_date' && constraint.start_date <= day),
  );
  let sheet: Sheet | null = NOTHING;
  for (const { prices: one } of list.slice(Math.max(0, current))) {
    const next: Sheet | null = sheetOf(one);
    sheet = sheet === null || next === null ? null : dearer(sheet, next);
  }
  return sheet;
}

const matches = (logic: MatchLogic, name: string): boolean => {
  if ('or' in logic) return logic.or.some((one) => matches(one, name));
  if ('and' in logic) return logic.and.every((one) => matches(one, name));
  if ('equals' in logic) return name === logic.equals;
  if ('starts_with' in logic) return name.startsWith(logic.starts_with);
  if ('ends_with' in logic) return name.endsWith(logic.ends_with);
  if ('contains' in logic) return name.includes(logic.contains);
  return new RegExp(logic.regex).test(name);
};

function exactNames(logic: MatchLogic): string[] {
  if ('equals' in logic) return [logic.equals];
  return 'or' in logic ? logic.or.flatMap(exactNames) : [];
}

/** Not a family, not a model that somebody tuned, nothing that only a socket or a job serves. */
export const isCallable = (name: string): boolean =>
  !/^ft:|-$|^$|\s|realtime|-live-|native-audio|grok-voice|^(?:veo|lyria|imagen)-/.test(name);

/** OpenRouter names a model by its author and its own name; what has no author is no name there. */
export const isNameAt = (kind: ProviderKind, name: string): boolean =>
  kind !== 'openrouter' || /^[a-z0-9][a-z0-9._-]*\/[^/]+$/.test(name);

export type First = {
  /** Exact name → the id of its model there, and what it costs. */
  readonly byName: ReadonlyMap<string, { readonly id: string; readonly sheet: Sheet }>;
  /** The model that a name written down by hand belongs to. */
  readonly find: (name: string) => { readonly id: string; readonly sheet: Sheet } | null;
  /** Sold in a unit that we cannot count. */
  readonly isPassedOver: (name: string) => boolean;
};

export function readFirst(kind: ProviderKind, day: string): First {
  const id = THEIR_ID[kind];
  const provider: Provider = present(findProvider({ providerId: id }), `provider ${id}`);
  const byName = new Map<string, { id: string; sheet: Sheet }>();
  const passedOver: MatchLogic[] = [];
  const models: { info: ModelInfo; sheet: Sheet }[] = [];
  for (const info of provider.models) {
    // Models of another company, sold by Google under another interface.
    if (kind === 'google' && info.id.startsWith('claude')) continue;
    const sheet = priceOn(info.prices, day);
    if (sheet === null) passedOver.push(info.match);
    else models.push({ info, sheet });
  }
  for (const { info, sheet } of models) {
    const own = matches(info.match, info.id) ? [info.id] : [];
    for (const name of [...own, ...exactNames(info.match)].filter(isCallable)) {
      if (!byName.has(name)) byName.set(name, { id: info.id, sheet });
    }
  }
  const find = (name: string) => {
    const found = models.find(({ info }) => matches(info.match, name));
    return found === undefined ? null : { id: found.info.id, sheet: found.sheet };
  };
  const isPassedOver = (name: string) => passedOver.some((match) => matches(match, name));
  return { byName, find, isPassedOver };
}
