// What holds of every price and every usage. What breaks if this fails: using more costs less, or a
// malformed count costs nothing.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pricedModels, priceOf } from '../../../core/pricing/catalog.ts';
import { priceUsage, ratesFor } from '../../../core/pricing/price-usage.ts';
import {
  type ModelPrice,
  PIECE_RATE_NAMES,
  PROVIDER_KINDS,
  rateOf,
  RATE_NAMES,
} from '../../../core/pricing/rates.ts';
import type { Usage } from '../../../core/pricing/usage.ts';

const RUNS = 400;
const all: readonly ModelPrice[] = PROVIDER_KINDS.flatMap((kind) =>
  pricedModels(kind).flatMap((model) => priceOf(kind, model) ?? []),
);
const prices = fc.constantFrom(...all);
const count = fc.oneof(fc.nat(1_000), fc.nat(2_000_000));
const tiers = fc.constantFrom(undefined, 'flex', 'batch', 'priority' as const);

const usages: fc.Arbitrary<Usage> = fc
  .record({
    inputTokens: count,
    cachedInputTokens: count,
    cacheWriteTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    extras: fc.record(
      {
        cacheWriteHour: count,
        inputAudio: count,
        cachedInputAudio: count,
        outputAudio: count,
        inputImage: count,
        cachedInputImage: count,
        outputImage: count,
        webSearch: fc.nat(50),
        fileSearch: fc.nat(50),
        codeSession: fc.nat(5),
        image: fc.nat(10),
        audioSecond: fc.nat(10_000),
        character: fc.nat(10_000),
      },
      { requiredKeys: [] },
    ),
    tier: tiers,
  })
  .map(({ tier, ...rest }) => (tier === undefined ? rest : { ...rest, tier }) as Usage);

/** Are all pieces of this usage ones that the row has a price for? */
const sells = (price: ModelPrice, { extras = {}, inputTokens, outputTokens }: Usage): boolean =>
  PIECE_RATE_NAMES.every(
    (name) =>
      name === 'request' ||
      (extras[name] ?? 0) === 0 ||
      price.rates[name] !== undefined ||
      (['image', 'audioSecond', 'character'].includes(name) && inputTokens + outputTokens > 0),
  );

/** What is unknown is charged the hold: more than anything that is known. */
const worth = (amount: number | null): number => amount ?? Number.POSITIVE_INFINITY;

const cost = (price: ModelPrice, usage: Usage): number | null =>
  priceUsage(price, usage, () => null);

const assert = (property: (price: ModelPrice, usage: Usage) => void): void => {
  fc.assert(fc.property(prices, usages, property), { numRuns: RUNS });
};

describe('the cost of a call', () => {
  it('is a whole number that is not negative, or unknown where something has no price', () => {
    assert((price, usage) => {
      const amount = cost(price, usage);
      if (!sells(price, usage)) {
        expect(amount).toBeNull();
        return;
      }
      if (usage.tier === 'priority' && price.tiers.priority === undefined) {
        expect(amount === null || price.longContext.length > 0).toBe(true);
        return;
      }
      expect(Number.isSafeInteger(amount)).toBe(true);
      expect(amount).toBeGreaterThanOrEqual(0);
    });
  });

  it.each(['inputTokens', 'outputTokens'] as const)('never falls when %s grow', (name) => {
    fc.assert(
      fc.property(prices, usages, count, (price, usage, more) => {
        const [less, amount] = [
          cost(price, usage),
          cost(price, { ...usage, [name]: usage[name] + more }),
        ];
        expect(worth(amount) >= worth(less)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it.each(PIECE_RATE_NAMES.filter((name) => name !== 'request'))(
    'never falls when there are more of %s',
    (name) => {
      fc.assert(
        fc.property(prices, usages, fc.nat(100), (price, usage, more) => {
          const extras = { ...usage.extras, [name]: (usage.extras?.[name] ?? 0) + more };
          const [less, amount] = [cost(price, usage), cost(price, { ...usage, extras })];
          expect(worth(amount) >= worth(less)).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
  );

  it('never passes all tokens at the dearest of its rates, and its pieces', () => {
    assert((price, usage) => {
      const amount = cost(price, usage);
      const rates = ratesFor(price, usage.inputTokens, usage.tier);
      if (amount === null || rates === null) return;
      const dearest = Math.max(
        ...RATE_NAMES.filter((name) => !(PIECE_RATE_NAMES as readonly string[]).includes(name)).map(
          (name) => rateOf(rates, name),
        ),
      );
      let pico = BigInt(usage.inputTokens + usage.outputTokens) * BigInt(dearest);
      for (const name of PIECE_RATE_NAMES) {
        const pieces = name === 'request' ? 1 : (usage.extras?.[name] ?? 0);
        pico += BigInt(pieces) * BigInt(rateOf(rates, name));
      }
      expect(BigInt(amount) * 1000n).toBeLessThan(pico + 1000n);
    });
  });

  it('of the usual tier is at least what it is in a cheaper one', () => {
    assert((price, drawn) => {
      const { tier: _drawn, ...usage } = drawn;
      for (const tier of ['flex', 'batch'] as const) {
        expect(worth(cost(price, usage))).toBeGreaterThanOrEqual(
          worth(cost(price, { ...usage, tier })),
        );
      }
    });
  });
});
