// A price of the operator's own. What breaks if this fails: a negotiated price makes searches or
// long calls free, or a typing error in a policy is read as a price.

import { describe, expect, it } from 'vitest';
import { priceOverride, type PriceOverride } from '../../../core/policy/price-schema.ts';
import { overriddenPrice } from '../../../core/pricing/override.ts';
import { priceOf } from '../../../core/pricing/catalog.ts';
import { rateOf } from '../../../core/pricing/rates.ts';

const UNKNOWN: PriceOverride = {
  kind: 'openai',
  model: 'house-1',
  usdPerMillion: { input: '0.1', output: '0.30' },
};

describe('a price of ones own', () => {
  it('is exact, and in doubt hides something and bills what was abandoned', () => {
    expect(overriddenPrice(UNKNOWN)).toEqual({
      model: 'house-1',
      provider: 'openai',
      rates: { input: 100_000, output: 300_000 },
      longContext: [],
      tiers: {},
      hiddenOutput: true,
      billsAbandonedInFull: true,
    });
  });

  it('replaces all token rates of the catalogue: its discounts, too', () => {
    const price = overriddenPrice({ ...UNKNOWN, model: 'gpt-4o' });
    expect(rateOf(price.rates, 'cachedInput')).toBe(100_000);
    expect(price.hiddenOutput).toBe(false);
    expect(price.billsAbandonedInFull).toBe(false);
  });

  it('keeps the fees by the piece that it does not name', () => {
    const price = overriddenPrice({
      ...UNKNOWN,
      model: 'gpt-5',
      usdEach: { webSearch: '0.002' },
    });
    expect(price.rates).toMatchObject({ webSearch: 2_000_000_000, fileSearch: 2_500_000_000 });
  });

  it('does not make long calls or the fast tier cheaper than the catalogue has them', () => {
    const listed = priceOf('openai', 'gpt-5.5');
    const price = overriddenPrice({ ...UNKNOWN, model: 'gpt-5.5' });
    expect(price.longContext[0]?.rates.input).toBe(listed?.longContext[0]?.rates.input);
    expect(price.tiers.priority?.input).toBe(listed?.tiers.priority?.input);
    expect(price.tiers.flex).toBeUndefined();
    const dear = overriddenPrice({
      ...UNKNOWN,
      model: 'gpt-5.5',
      usdPerMillion: { input: '1000', output: '1000' },
    });
    expect(dear.longContext[0]?.rates.input).toBe(1_000_000_000);
  });
});

describe('the row of a policy', () => {
  it.each<[string, unknown]>([
    ['nothing priced', { kind: 'openai', model: 'x' }],
    ['no price of output', { kind: 'openai', model: 'x', usdPerMillion: { input: '1' } }],
    ['a float', { ...UNKNOWN, usdPerMillion: { input: 1, output: '2' } }],
    ['more than six decimals', { ...UNKNOWN, usdPerMillion: { input: '0.0000001', output: '1' } }],
    ['a negative price', { ...UNKNOWN, usdPerMillion: { input: '-1', output: '1' } }],
    [
      'a piece among the tokens',
      { ...UNKNOWN, usdPerMillion: { input: '1', output: '1', image: '1' } },
    ],
    ['tokens among the pieces', { ...UNKNOWN, usdEach: { input: '1' } }],
    ['a provider nobody knows', { ...UNKNOWN, kind: 'acme' }],
    ['a field nobody knows', { ...UNKNOWN, usdPerThousand: { input: '1' } }],
  ])('is refused with %s', (_, row) => {
    expect(priceOverride.safeParse(row).success).toBe(false);
  });

  it.each<[string, unknown]>([
    ['tokens', UNKNOWN],
    ['tokens that cost nothing', { ...UNKNOWN, usdPerMillion: { input: '0', output: '0' } }],
    ['pieces only', { kind: 'openai', model: 'pictures-1', usdEach: { image: '0.04' } }],
  ])('may price %s', (_, row) => {
    expect(priceOverride.safeParse(row).success).toBe(true);
  });
});
