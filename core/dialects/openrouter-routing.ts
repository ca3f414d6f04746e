// What OpenRouter is told of the servers that it may send a call to. A server that does not know a
// field passes over it, the ceiling as well, unless that is made a condition; and what one server
// sells another sells dearer: none is asked that costs more than what is held
// (openrouter.ai/docs/guides/routing/provider-selection; `MaxPrice` of @openrouter/sdk).

import { rateOf, type Rates } from '../pricing/rates.ts';
import type { Narrowing } from './dialect.ts';
import type { Json } from './json-value.ts';

/** Pico-dollars a token are millionths of what a million tokens cost. */
const PER_DOLLAR = 1_000_000;

function priceMax(price: NonNullable<Narrowing['price']>): Json {
  const sets: readonly Rates[] = [price.rates, ...price.longContext.map(({ rates }) => rates)];
  const most = (name: 'input' | 'output'): number =>
    Math.max(...sets.map((rates) => rateOf(rates, name))) / PER_DOLLAR;
  return { max_price: { prompt: most('input'), completion: most('output') } };
}

/** Nothing for any other provider. */
export const openrouterRouting = ({ provider, price }: Narrowing): Json =>
  provider === 'openrouter'
    ? { provider: { require_parameters: true, ...(price ? priceMax(price) : {}) } }
    : {};
