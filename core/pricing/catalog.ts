// Prices by exact model name, from the generated table beside this file. A name that is not in it
// has no price: prefixes are never matched, because an unknown newer model would be sold as a
// cheaper older one. Nothing here is fetched.

import table from './catalog.json' with { type: 'json' };
import { readPriceRow } from './price-row.ts';
import { dearerOf, type ModelPrice, type ProviderKind, type Rates } from './rates.ts';

/** The day of the prices, and what they are: two tables of one day differ in it. */
export const CATALOG_VERSION = table.version;

/**
 * Whose calls cost as if they had run to their end, though the caller left (OpenRouter's list of
 * 2026-09; the SDK of Google says it too). OpenRouter passes on to any of them.
 */
const BILLS_ABANDONED_IN_FULL = new Set<ProviderKind>(['google', 'groq', 'mistral', 'openrouter']);

type Shelf = {
  readonly fees: Rates;
  readonly rows: ReadonlyMap<string, string>;
  readonly read: Map<string, ModelPrice>;
};

const shelves = new Map<ProviderKind, Shelf>();

/** Lines are indexed when their provider is first asked for, and read when their model is. */
function shelfOf(kind: ProviderKind): Shelf {
  let shelf = shelves.get(kind);
  if (shelf === undefined) {
    const rows = new Map<string, string>();
    for (const [names, row] of Object.entries(table.models[kind])) {
      for (const name of names.split(' ')) rows.set(name, row);
    }
    const fees = readPriceRow(table.fees[kind]).rates;
    shelves.set(kind, (shelf = { fees, rows, read: new Map() }));
  }
  return shelf;
}

/** The price of exactly this name at this provider, or null. */
export function priceOf(kind: ProviderKind, model: string): ModelPrice | null {
  const { fees, rows, read } = shelfOf(kind);
  const known = read.get(model);
  if (known !== undefined) return known;
  const row = rows.get(model);
  if (row === undefined) return null;
  const billsAbandonedInFull = BILLS_ABANDONED_IN_FULL.has(kind);
  const price = { model, provider: kind, billsAbandonedInFull, ...readPriceRow(row, fees) };
  read.set(model, price);
  return price;
}

/** Every name that this provider's models are priced by. */
export const pricedModels = (kind: ProviderKind): readonly string[] => [
  ...shelfOf(kind).rows.keys(),
];

const ceilings = new Map<ProviderKind, ModelPrice>();

/** The dearest of everything this provider sells, at any length: for a model nobody priced. */
export function dearestOf(kind: ProviderKind): ModelPrice {
  const known = ceilings.get(kind);
  if (known !== undefined) return known;
  let rates = shelfOf(kind).fees;
  for (const row of Object.values<string>(table.models[kind])) {
    const { rates: usual, longContext } = readPriceRow(row);
    rates = longContext.reduce((most, long) => dearerOf(most, long.rates), dearerOf(rates, usual));
  }
  const ceiling: ModelPrice = {
    model: `dearest of ${kind}`,
    provider: kind,
    rates,
    longContext: [],
    tiers: {},
    hiddenOutput: true,
    billsAbandonedInFull: true,
  };
  ceilings.set(kind, ceiling);
  return ceiling;
}
