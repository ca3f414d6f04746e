// The price table from its sources: first and second catalogue, the dearer of each rate, rows that
// somebody decided, and rows of our own for what neither catalogue knows. Exact names only come
// out, whatever the catalogues match by.

import { createHash } from 'node:crypto';
import { inPercent, readPriceRow, writePriceRow, writeRates } from '../core/pricing/price-row.ts';
import {
  PROVIDER_KINDS,
  type ProviderKind,
  type Rates,
  type TierRates,
} from '../core/pricing/rates.ts';
import { type First, isCallable, isNameAt, readFirst } from './price-first.ts';
import { complete, dearer, dearerRates, isPriced, NOTHING, type Sheet } from './price-sheet.ts';

/** Names that are in use and that a catalogue only knows by a pattern. */
export type Listed = Readonly<Partial<Record<ProviderKind, readonly string[]>>>;

/** What the second catalogue says where it says something else, or more; rows as in the table. */
export type SecondFacts = {
  readonly source: string;
  readonly from: string;
  readonly day: string;
  readonly sha256: string;
  readonly agrees: number;
  readonly rows: Readonly<Partial<Record<ProviderKind, Readonly<Record<string, string>>>>>;
};

type Cited = {
  /** The provider's page. */
  readonly source: string;
  readonly seen: string;
  /** Where it was read, if not on the page itself. */
  readonly read: string;
  readonly why: string;
};

/**
 * One rate or more of our own: for these models, for known ones that match `family`, or, of pieces,
 * for all of a provider's.
 */
export type OwnRow = Cited & {
  readonly kind: ProviderKind;
  readonly models?: readonly string[];
  readonly family?: string;
  readonly row?: string;
  /** Of every token rate, where no catalogue says what a batch costs. */
  readonly batchPercent?: number;
  /** Of the input rate, where no catalogue says what an hour in the cache costs. */
  readonly cacheHourPercent?: number;
};

/** What a person decided about a disagreement: the rates that count. */
export type DecidedRow = Cited & {
  readonly kind: ProviderKind;
  readonly models: readonly string[];
  readonly row: string;
  readonly decidedBy: string;
};

export type Sources = {
  readonly day: string;
  readonly listed: Listed;
  readonly second: SecondFacts;
  readonly own: readonly OwnRow[];
  readonly decided: readonly DecidedRow[];
  /** Names whose whole output shows on the wire. */
  readonly visible: Readonly<Partial<Record<ProviderKind, RegExp>>>;
};

const DATED = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{3,4})$/;

type Known = { readonly id: string; readonly sheet: Sheet };

/** What the first catalogue knows this name as: exactly, as listed, or as a date of such a name. */
export function knownAs(first: First, listed: readonly string[], name: string): Known | null {
  const exact = first.byName.get(name);
  if (exact !== undefined) return exact;
  const found = first.find(name);
  const undated = first.byName.get(name.replace(DATED, ''));
  return listed.includes(name) || found?.id === undated?.id ? found : null;
}

const withBatch = (rates: Rates, tiers: TierRates, percent: number): TierRates =>
  tiers.batch === undefined ? { ...tiers, batch: inPercent(rates, percent) } : tiers;

const withHour = (rates: Rates, percent: number): Rates =>
  rates.cacheWrite === undefined || rates.cacheWriteHour !== undefined
    ? rates
    : { ...rates, cacheWriteHour: Math.ceil(((rates.input ?? 0) * percent) / 100) };

function withHours(sheet: Sheet, percent: number): Sheet {
  const longContext = sheet.longContext.map((long) => ({
    ...long,
    rates: withHour(long.rates, percent),
  }));
  return { rates: withHour(sheet.rates, percent), longContext, tiers: sheet.tiers };
}

function withBatches(sheet: Sheet, percent: number): Sheet {
  const longContext = sheet.longContext.map((long) => ({
    ...long,
    tiers: withBatch(long.rates, long.tiers ?? {}, percent),
  }));
  return { rates: sheet.rates, longContext, tiers: withBatch(sheet.rates, sheet.tiers, percent) };
}

/** Pieces cost the same at any length and in any tier: `complete` carries them there. */
function withOwn(sheet: Sheet, { row, batchPercent, cacheHourPercent }: OwnRow): Sheet {
  if (row !== undefined) {
    const { longContext, tiers } = sheet;
    return { rates: dearerRates(sheet.rates, readPriceRow(row).rates), longContext, tiers };
  }
  if (cacheHourPercent !== undefined) return withHours(sheet, cacheHourPercent);
  return batchPercent === undefined ? sheet : withBatches(sheet, batchPercent);
}

const isForAll = ({ models, family, row }: OwnRow): boolean =>
  models === undefined && family === undefined && row !== undefined;

const isOf = (row: OwnRow, kind: ProviderKind, name: string): boolean =>
  row.kind === kind &&
  (isForAll(row) ||
    row.models?.includes(name) === true ||
    (row.family !== undefined && new RegExp(row.family).test(name)));

/** By the piece, what everything of a provider costs unless its line says otherwise. */
const feesOf = (kind: ProviderKind, { own }: Sources): Rates =>
  own
    .filter((row) => row.kind === kind && isForAll(row))
    .reduce<Rates>((fees, { row }) => dearerRates(fees, readPriceRow(row ?? '').rates), {});

/** Exact names in one line of the table, and the line. */
type Line = { readonly names: readonly string[]; readonly text: string };

function linesOf(kind: ProviderKind, sources: Sources): readonly Line[] {
  const first = readFirst(kind, sources.day);
  const listed = sources.listed[kind] ?? [];
  const theirs = sources.second.rows[kind] ?? {};
  for (const name of listed) {
    if (first.find(name) === null) throw new Error(`listed, but in no catalogue: ${kind} ${name}`);
  }
  const named = sources.own.flatMap((row) => (row.kind === kind ? (row.models ?? []) : []));
  const names = new Set([...first.byName.keys(), ...listed, ...Object.keys(theirs), ...named]);
  const fees = feesOf(kind, sources);
  const lines = new Map<string, { names: string[]; text: string }>();
  for (const name of names) {
    if (!isCallable(name) || !isNameAt(kind, name) || first.isPassedOver(name)) continue;
    const known = knownAs(first, listed, name);
    const decided = sources.decided.find((row) => row.kind === kind && row.models.includes(name));
    // An alias costs what its model costs there, too.
    const second = theirs[name] ?? theirs[known?.id ?? name];
    const merged = dearer(
      complete(known?.sheet ?? NOTHING),
      second === undefined ? NOTHING : readPriceRow(second),
    );
    const own = sources.own.filter((row) => isOf(row, kind, name));
    const settled = decided === undefined ? merged : readPriceRow(decided.row);
    const sheet = complete(own.reduce(withOwn, complete(settled)));
    const isBySize = SOLD_BY_THE_PIECE.has(kind) || sheet.rates.input !== undefined;
    if (!isBySize || !isPriced(sheet, name.includes('embed'))) continue;
    const hiddenOutput = sources.visible[kind]?.test(name) !== true;
    const text = writePriceRow({ ...sheet, hiddenOutput }, fees);
    const key = `${known?.id ?? name.replace(DATED, '')} ${text}`;
    const line = lines.get(key) ?? { names: [], text };
    line.names.push(name);
    lines.set(key, line);
  }
  return [...lines.values()]
    .map(({ names: some, text }) => ({ names: some.toSorted(byLength), text }))
    .toSorted((a, b) => (String(a.names[0]) < String(b.names[0]) ? -1 : 1));
}

/** Pictures, speech and transcripts have routes there; elsewhere tokens must have a price. */
const SOLD_BY_THE_PIECE = new Set<ProviderKind>(['openai', 'xai', 'groq', 'mistral']);

const byLength = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

const NOTICE =
  'Generated by npm run prices; do not edit. Prices from @pydantic/genai-prices (MIT, Copyright ' +
  '(c) Pydantic Services Inc. 2025 to present) and BerriAI/litellm (MIT, Copyright (c) 2023 ' +
  'Berri AI); their licence is in core/pricing/CATALOG-LICENSES.md. Dollars per million tokens, ' +
  'or dollars a piece. See docs/prices.md.';

/** The file that is committed, byte for byte. */
export function catalogText(sources: Sources): string {
  const byKind = <Value>(of: (kind: ProviderKind) => Value): Record<string, Value> =>
    Object.fromEntries(PROVIDER_KINDS.map((kind) => [kind, of(kind)]));
  const fees = byKind((kind) => writeRates(feesOf(kind, sources), {}).join(' '));
  const models = byKind((kind) =>
    Object.fromEntries(linesOf(kind, sources).map(({ names, text }) => [names.join(' '), text])),
  );
  const hash = createHash('sha256').update(JSON.stringify({ fees, models })).digest('hex');
  const version = `${sources.day}-${hash.slice(0, 8)}`;
  return `${JSON.stringify({ notice: NOTICE, version, fees, models }, null, 2)}\n`;
}
