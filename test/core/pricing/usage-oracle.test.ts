// Usage that providers sent, priced by another project's hand and code, against ours. What breaks
// if this fails: a class of tokens is at the wrong rate, and no test of ours knew.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG_VERSION, priceOf } from '../../../core/pricing/catalog.ts';
import { priceUsage } from '../../../core/pricing/price-usage.ts';
import { type ProviderKind, type Rates, TOKEN_RATE_NAMES } from '../../../core/pricing/rates.ts';
import type { Usage } from '../../../core/pricing/usage.ts';
import { readFirst } from '../../../local/price-first.ts';
import { complete } from '../../../local/price-sheet.ts';
import { askForRecordings, fixturesDirectory } from '../../support/recordings.ts';

askForRecordings('recorded usage with the prices of another project');

type TheirUsage = Readonly<Record<string, number | undefined>>;
type Extractor = {
  readonly provider_id: string;
  readonly input_price?: string;
  readonly output_price?: string;
};
type Row = {
  readonly model?: string;
  readonly body: { readonly usage?: { readonly service_tier?: string } };
  readonly extracted: readonly { usage: TheirUsage; extractors: readonly Extractor[] }[];
};

const file = join(fixturesDirectory, 'usage-oracle', 'genai-prices-usages.subset.json');
const rows = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly Row[] }).rows
  : [];

const KINDS: Readonly<Record<string, ProviderKind>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
};

/** Their amounts are of tokens; searches are beside them. */
const usageOf = (theirs: TheirUsage): Usage => ({
  inputTokens: theirs['input_tokens'] ?? 0,
  cachedInputTokens: theirs['cache_read_tokens'] ?? 0,
  cacheWriteTokens: theirs['cache_write_tokens'] ?? 0,
  outputTokens: theirs['output_tokens'] ?? 0,
  reasoningTokens: theirs['output_reasoning_tokens'] ?? 0,
  extras: {
    inputAudio: theirs['input_audio_tokens'] ?? 0,
    inputImage: theirs['input_image_tokens'] ?? 0,
    cachedInputImage: theirs['cache_image_read_tokens'] ?? 0,
    outputImage: theirs['output_image_tokens'] ?? 0,
  },
});

/** Dollars as they write them, `0.00057` or `9E-7`: so few that a double holds them. */
const pico = (text = '0'): bigint => BigInt(Number(text).toFixed(12).replace('.', ''));

const DAY = CATALOG_VERSION.slice(0, 10);
const catalogues = new Map(
  Object.values(KINDS).map((kind) => [kind, readFirst(kind, DAY)] as const),
);

/** Ours come from more than that catalogue: amounts compare only where the rates are the same. */
function sameRates(kind: ProviderKind, model: string, ours: Rates): boolean {
  const theirs = catalogues.get(kind)?.find(model);
  if (theirs === null || theirs === undefined) return false;
  const { rates } = complete(theirs.sheet);
  return TOKEN_RATE_NAMES.every((name) => rates[name] === ours[name]);
}

type Case = { kind: ProviderKind; model: string; usage: Usage; picoUsd: bigint };

const left = { unpriced: 0, otherRates: 0 };
const cases: readonly Case[] = rows.flatMap(({ model = '', extracted }) =>
  extracted.flatMap(({ usage, extractors }) => {
    const priced = extractors.filter((one) => one.input_price !== undefined);
    const kinds = new Map(priced.map((one) => [KINDS[one.provider_id], one] as const));
    return [...kinds].flatMap(([kind, one]): Case[] => {
      if (kind === undefined) return [];
      if (kind === 'google' && model.startsWith('claude')) return [];
      const price = priceOf(kind, model);
      if (price === null) {
        left.unpriced += 1;
        return [];
      }
      if (!sameRates(kind, model, price.rates)) {
        left.otherRates += 1;
        return [];
      }
      const picoUsd = pico(one.input_price) + pico(one.output_price);
      return [{ kind, model, usage: usageOf(usage), picoUsd }];
    });
  }),
);

describe.skipIf(rows.length === 0)('recorded usage', () => {
  it('costs to the nano-dollar what another project says, where both have the same rates', () => {
    const different = cases.flatMap(({ kind, model, usage, picoUsd }) => {
      const price = priceOf(kind, model);
      const ours = price === null ? null : priceUsage(price, usage, () => null);
      const theirs = Number((picoUsd + 999n) / 1000n);
      return ours === theirs ? [] : [{ model, usage, ours, theirs }];
    });
    expect(different).toEqual([]);
  });

  it('is compared in most of its rows: 140 amounts when this was written', () => {
    expect(cases.length).toBeGreaterThan(100);
    expect(left.otherRates + left.unpriced).toBeLessThan(cases.length / 4);
  });
});
