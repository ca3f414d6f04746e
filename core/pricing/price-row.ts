// One line of the price table, as text: `input 2.5 cachedInput 0.25 output 15 | flex 50% | >271999
// input 5`. Dollars per million tokens, or dollars a piece. A later part names only what differs
// from the first, or what part of its token rates it is. A line that is not written so is a bug of
// ours and throws.

import { Fault, present } from '../result.ts';
import { EACH_DECIMALS, formatPico, parsePico, PER_MILLION_DECIMALS } from './pico.ts';
import {
  type LongContext,
  type ModelPrice,
  RATE_NAMES,
  type RateName,
  type Rates,
  SERVICE_TIERS,
  type ServiceTier,
  type TierRates,
  TOKEN_RATE_NAMES,
} from './rates.ts';

export type PriceRow = Pick<ModelPrice, 'rates' | 'longContext' | 'tiers' | 'hiddenOutput'>;

const TOKENS = new Set<string>(TOKEN_RATE_NAMES);
const NAMES = new Set<string>(RATE_NAMES);
const TIERS = new Set<string>(SERVICE_TIERS);

/** Where every token generated can be seen. */
const VISIBLE = 'visible';

const decimalsOf = (name: string): number =>
  TOKENS.has(name) ? PER_MILLION_DECIMALS : EACH_DECIMALS;

/** `input 2.5 output 15`. */
function readRates(words: readonly string[]): Rates {
  const rates: Record<string, number> = {};
  if (words.length === 1 && words[0] === '') return rates;
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', amount = ''] = words.slice(at, at + 2);
    if (!NAMES.has(name)) throw new Fault(`price table: no rate is called ${name}`);
    rates[name] = present(parsePico(amount, decimalsOf(name)), `price table: ${name} ${amount}`);
  }
  return rates;
}

/** Of all token rates, rounded up; what costs by the piece stays as it is. */
export const inPercent = (rates: Rates, percent: number): Rates =>
  Object.fromEntries(
    TOKEN_RATE_NAMES.flatMap((name) => {
      const rate = rates[name];
      return rate === undefined ? [] : [[name, Math.ceil((rate * percent) / 100)]];
    }),
  );

type Part = {
  readonly above: number | null;
  readonly tier: ServiceTier | null;
  readonly percent: number | null;
  readonly rates: Rates;
};

function readPart(text: string): Part {
  const words = text.split(' ');
  const above = words[0]?.startsWith('>') === true ? Number(words.shift()?.slice(1)) : null;
  const tier = TIERS.has(words[0] ?? '') ? (words.shift() as ServiceTier) : null;
  if (above !== null && !Number.isSafeInteger(above)) throw new Fault(`price table: ${text}`);
  const percent = words[0]?.endsWith('%') === true ? Number(words.shift()?.slice(0, -1)) : null;
  if (percent !== null && !Number.isSafeInteger(percent)) throw new Fault(`price table: ${text}`);
  return { above, tier, percent, rates: readRates(words) };
}

const tiersOf = (parts: readonly Part[], base: Rates): TierRates =>
  Object.fromEntries(
    parts.flatMap(({ tier, percent, rates }) => {
      const share = percent === null ? {} : inPercent(base, percent);
      return tier === null ? [] : [[tier, { ...base, ...share, ...rates }]];
    }),
  );

/** `fees` are what every line of its provider charges by the piece, unless it says otherwise. */
export function readPriceRow(text: string, fees: Rates = {}): PriceRow {
  const [first = '', ...more] = text.split(' | ');
  const words = first.split(' ');
  const hiddenOutput = words.at(-1) !== VISIBLE;
  const own = readRates(hiddenOutput ? words : words.slice(0, -1));
  const rates = { ...fees, ...own };
  const parts = more.map(readPart);
  const longContext = parts
    .filter(({ tier }) => tier === null)
    .map((part): LongContext => {
      const above = present(part.above, `price table: ${text}`);
      const long = { ...rates, ...part.rates };
      const tiers = tiersOf(
        parts.filter((other) => other.above === above),
        long,
      );
      return { aboveInputTokens: above, rates: long, tiers };
    });
  const tiers = tiersOf(
    parts.filter(({ above }) => above === null),
    rates,
  );
  return { rates, longContext, tiers, hiddenOutput };
}

/** What differs from `base`. */
export const writeRates = (rates: Rates, base: Rates): string[] =>
  RATE_NAMES.flatMap((name: RateName) => {
    const rate = rates[name];
    if (rate === undefined || rate === base[name]) return [];
    return [`${name} ${formatPico(rate, decimalsOf(name))}`];
  });

function writeShare(rates: Rates, base: Rates): string[] {
  const percent = Math.round(((rates.input ?? 0) * 100) / (base.input ?? 1));
  const share = { ...base, ...inPercent(base, percent) };
  const inWords = writeRates(rates, share);
  const plain = writeRates(rates, base);
  return inWords.length < plain.length ? [`${String(percent)}%`, ...inWords] : plain;
}

const writeTiers = (head: readonly string[], tiers: TierRates, base: Rates): string[] =>
  SERVICE_TIERS.flatMap((tier) => {
    const rates = tiers[tier];
    return rates === undefined ? [] : [[...head, tier, ...writeShare(rates, base)].join(' ')];
  });

/** What `readPriceRow` reads. */
export function writePriceRow(row: PriceRow, fees: Rates = {}): string {
  const { rates, longContext, tiers, hiddenOutput } = row;
  const first = [...writeRates(rates, fees), ...(hiddenOutput ? [] : [VISIBLE])].join(' ');
  const long = longContext.flatMap((one) => {
    const head = `>${String(one.aboveInputTokens)}`;
    return [
      [head, ...writeRates(one.rates, rates)].join(' '),
      ...writeTiers([head], one.tiers ?? {}, one.rates),
    ];
  });
  return [first, ...writeTiers([], tiers, rates), ...long].join(' | ');
}
