// What the table sells and what it does not. What breaks if this fails: an unknown model is sold at
// the price of an older one, or one that can reason out of sight is held by what can be seen.

import { describe, expect, it } from 'vitest';
import {
  CATALOG_VERSION,
  dearestOf,
  pricedModels,
  priceOf,
} from '../../../core/pricing/catalog.ts';
import { PROVIDER_KINDS, type ProviderKind, rateOf } from '../../../core/pricing/rates.ts';
import { readFirst } from '../../../local/price-first.ts';
import policy from '../../../weighbridge.config.ts';
import { askForRecordings, recordings } from '../../support/recordings.ts';

askForRecordings('prices of the recorded models');

describe('a name', () => {
  it.each<[ProviderKind, string]>([
    ['anthropic', 'claude-sonnet-5-5'],
    ['anthropic', 'claude-sonnet-4-5-20990101'],
    ['anthropic', 'claude-sonnet'],
    ['openai', 'gpt-4o-mini-x'],
    ['openai', 'gpt-6.1-sol'],
    ['openai', 'gpt-5-nano-2099-01-01'],
    ['openai', 'gpt-4o-'],
    ['openai', 'GPT-4o'],
    ['openai', ' gpt-4o'],
    ['openai', 'gpt-4o gpt-4o-2024-08-06'],
    ['openai', ''],
    ['openai', '__proto__'],
    ['openai', 'toString'],
    ['openai', 'claude-sonnet-4-5'],
    ['google', 'gemini-2.5-pro-next'],
    ['deepseek', 'deepseek-chat-v9'],
  ])('%s %j that merely looks like one has no price', (kind, model) => {
    expect(priceOf(kind, model)).toBeNull();
  });

  it('would have had one by prefix: claude-sonnet-5-5 would be a claude-sonnet-5', () => {
    const first = readFirst('anthropic', CATALOG_VERSION.slice(0, 10));
    expect(first.find('claude-sonnet-5-5')?.id).toBe('claude-sonnet-5');
  });

  it('has the same price every time it is asked for', () => {
    expect(priceOf('openai', 'gpt-4o')).toBe(priceOf('openai', 'gpt-4o'));
  });
});

describe('the table', () => {
  it.each([
    ['gpt-4o', 2_500_000, 1_250_000, 10_000_000],
    ['gpt-4o-2024-08-06', 2_500_000, 1_250_000, 10_000_000],
    ['gpt-4o-mini', 150_000, 75_000, 600_000],
    ['gpt-4o-mini-2024-07-18', 150_000, 75_000, 600_000],
    ['gpt-4.1', 2_000_000, 500_000, 8_000_000],
    ['gpt-4.1-mini', 400_000, 100_000, 1_600_000],
    ['gpt-4.1-nano', 100_000, 25_000, 400_000],
    ['gpt-5', 1_250_000, 125_000, 10_000_000],
    ['gpt-5-mini', 250_000, 25_000, 2_000_000],
    ['gpt-5-nano', 50_000, 5_000, 400_000],
    ['o4-mini', 1_100_000, 275_000, 4_400_000],
  ])('has %s at its list price, in whole pico-dollars', (model, input, cachedInput, output) => {
    expect(priceOf('openai', model)?.rates).toMatchObject({ input, cachedInput, output });
  });

  it('prices every model of the shipped policy', () => {
    const priced = policy.routes.flatMap(({ provider, models }) => {
      const { kind = 'openai' } = policy.providers.find(({ id }) => id === provider) ?? {};
      return models.map((model) => [model, priceOf(kind, model)] as const);
    });
    expect(priced.filter(([, price]) => price === null)).toEqual([]);
    expect(priced.length).toBeGreaterThan(0);
  });

  it('charges the dearer of two catalogues until somebody decides', () => {
    expect(priceOf('openai', 'gpt-5.6-sol')?.rates).toMatchObject({
      input: 5_000_000,
      output: 30_000_000,
    });
    expect(priceOf('openai', 'gpt-5-6-sol')?.rates).toEqual(
      priceOf('openai', 'gpt-5.6-sol')?.rates,
    );
    expect(priceOf('openai', 'gpt-5.6-luna')?.rates.input).toBe(200_000);
  });

  it('charges already what is announced, and the hours when it is dearest', () => {
    expect(priceOf('google', 'gemini-3.8-flash')?.rates.output).toBe(7_500_000);
    expect(priceOf('deepseek', 'deepseek-v4-pro')?.rates.output).toBe(3_960_000);
  });

  it.each(PROVIDER_KINDS)('of %s has whole rates, and no part cheaper than it may be', (kind) => {
    const models = pricedModels(kind);
    expect(models.length).toBeGreaterThan(5);
    for (const model of models) {
      const price = priceOf(kind, model);
      if (price === null) throw new Error(model);
      const { rates, longContext, tiers } = price;
      const parts = [rates, ...longContext.map((long) => long.rates), ...Object.values(tiers)];
      expect(parts.flatMap((part) => Object.values(part)).every(Number.isSafeInteger)).toBe(true);
      const earns = Math.max(...Object.values(rates));
      expect([model, earns > 0]).toEqual([model, true]);
      for (const long of [...longContext.map((one) => one.rates), tiers.priority ?? rates]) {
        for (const name of ['input', 'cachedInput', 'cacheWrite', 'output'] as const) {
          expect([model, name, rateOf(long, name) >= rateOf(rates, name)]).toEqual([
            model,
            name,
            true,
          ]);
        }
      }
      const steps = longContext.map(({ aboveInputTokens }) => aboveInputTokens);
      expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    }
  });
});

describe('the facts', () => {
  it.each<[ProviderKind, string]>([
    ['openai', 'gpt-5'],
    ['openai', 'gpt-5-chat-latest'],
    ['openai', 'o4-mini'],
    ['openai', 'gpt-6-sol'],
    ['openai', 'gpt-4o-search-preview'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['anthropic', 'claude-3-7-sonnet-20250219'],
    ['google', 'gemini-2.5-flash'],
    ['google', 'gemini-3-flash-preview'],
    ['xai', 'grok-4'],
    ['deepseek', 'deepseek-reasoner'],
    ['groq', 'openai/gpt-oss-120b'],
    ['mistral', 'magistral-medium'],
    ['openrouter', 'moonshotai/kimi-k2-thinking'],
  ])('%s %s may generate what does not show', (kind, model) => {
    expect(priceOf(kind, model)?.hiddenOutput).toBe(true);
  });

  it.each<[ProviderKind, string]>([
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-4.1'],
    ['anthropic', 'claude-3-haiku-20240307'],
    ['google', 'gemini-2.0-flash'],
    ['groq', 'llama-3.3-70b-versatile'],
  ])('%s %s shows all it generates', (kind, model) => {
    expect(priceOf(kind, model)?.hiddenOutput).toBe(false);
  });

  it('bill abandoned calls in full at Google, Groq, Mistral, and so at OpenRouter', () => {
    const inFull = PROVIDER_KINDS.filter((kind) => {
      const [model = ''] = pricedModels(kind);
      return priceOf(kind, model)?.billsAbandonedInFull === true;
    });
    expect(inFull).toEqual(['google', 'groq', 'mistral', 'openrouter']);
  });
});

describe('the dearest of a provider', () => {
  it.each(PROVIDER_KINDS)(
    '%s costs at least what any of its models costs, at any length',
    (kind) => {
      const ceiling = dearestOf(kind);
      for (const model of pricedModels(kind)) {
        const price = priceOf(kind, model);
        for (const rates of [
          price?.rates ?? {},
          ...(price?.longContext ?? []).map((l) => l.rates),
        ]) {
          for (const name of ['input', 'cachedInput', 'cacheWriteHour', 'output'] as const) {
            expect(rateOf(ceiling.rates, name)).toBeGreaterThanOrEqual(rateOf(rates, name));
          }
        }
      }
      expect([ceiling.hiddenOutput, ceiling.billsAbandonedInFull]).toEqual([true, true]);
    },
  );
});

const KIND_OF: Readonly<Record<string, ProviderKind>> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
};

const recorded = recordings('openai-chat', 'openai-responses', 'anthropic', 'gemini')
  .map(({ dialect, expected }) => ({
    kind: KIND_OF[dialect] ?? 'openai',
    model: (expected as { model?: string | null }).model ?? null,
  }))
  .filter((one): one is { kind: ProviderKind; model: string } => one.model !== null);

describe.skipIf(recorded.length === 0)('the recorded models', () => {
  it('have a price, but for one on another cloud and one that is free', () => {
    const unpriced = recorded
      .filter(({ kind, model }) => {
        const kinds: ProviderKind[] = [kind, 'openrouter', 'deepseek', 'groq', 'xai'];
        return kinds.every((one) => priceOf(one, model) === null);
      })
      .map(({ model }) => model);
    expect([...new Set(unpriced)].toSorted()).toEqual([
      'minimax/minimax-m2:free',
      'openai.gpt-5.6-luna',
    ]);
    expect(recorded.length).toBeGreaterThan(40);
  });
});
