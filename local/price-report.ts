// Where the two catalogues disagree, as a page for a person to decide on; and what is kept of the
// second one so that the table can be made again without it.

import { createHash } from 'node:crypto';
import { formatPico, EACH_DECIMALS, PER_MILLION_DECIMALS } from '../core/pricing/pico.ts';
import { readPriceRow, writePriceRow } from '../core/pricing/price-row.ts';
import {
  type LongContext,
  PROVIDER_KINDS,
  type ProviderKind,
  RATE_NAMES,
  type RateName,
  rateOf,
  type Rates,
  TOKEN_RATE_NAMES,
} from '../core/pricing/rates.ts';
import { readFirst } from './price-first.ts';
import { readSecond, type SecondFile } from './price-second.ts';
import { complete, dearer, type Sheet } from './price-sheet.ts';
import { knownAs, type Listed, type SecondFacts, type Sources } from './price-table.ts';

const TOKENS = new Set<string>(TOKEN_RATE_NAMES);

const dollars = (name: RateName, rate: number): string =>
  formatPico(rate, TOKENS.has(name) ? PER_MILLION_DECIMALS : EACH_DECIMALS);

type Difference = { readonly what: string; readonly first: string; readonly second: string };

function ratesDiffer(where: string, first: Rates, second: Rates): Difference[] {
  return RATE_NAMES.flatMap((name) => {
    const theirs = second[name];
    const ours = first[name];
    if (theirs === undefined || theirs === ours) return [];
    const instead = TOKENS.has(name) ? rateOf(first, name) : 0;
    if (ours === undefined && theirs === instead) return [];
    const said = ours === undefined ? `– (${dollars(name, instead)})` : dollars(name, ours);
    return [{ what: `${where}${name}`, first: said, second: dollars(name, theirs) }];
  });
}

const near = (a: LongContext, b: LongContext): boolean =>
  Math.abs(a.aboveInputTokens - b.aboveInputTokens) <= 1_000;

/** Tiers are not compared: the first catalogue has none. */
function differences(first: Sheet, second: Sheet): readonly Difference[] {
  const long = second.longContext.flatMap((theirs) => {
    const ours = first.longContext.find((one) => near(one, theirs));
    const where = `above ${String(theirs.aboveInputTokens)}: `;
    return ratesDiffer(where, ours?.rates ?? first.rates, theirs.rates);
  });
  const missing = first.longContext
    .filter((ours) => !second.longContext.some((theirs) => near(ours, theirs)))
    .map(({ aboveInputTokens, rates }) => ({
      what: `above ${String(aboveInputTokens)}: input`,
      first: dollars('input', rateOf(rates, 'input')),
      second: `– (${dollars('input', rateOf(second.rates, 'input'))})`,
    }));
  return [...ratesDiffer('', first.rates, second.rates), ...long, ...missing];
}

/** What of a second catalogue has to be remembered. */
export function secondFacts(
  text: string,
  about: { readonly from: string; readonly day: string },
  asOf: string,
  listed: Listed,
): SecondFacts {
  const second = readSecond(JSON.parse(text) as SecondFile);
  let agrees = 0;
  const rows = PROVIDER_KINDS.map((kind) => {
    const first = readFirst(kind, asOf);
    const kept: Record<string, string> = {};
    for (const [name, sheet] of second[kind]) {
      const known = knownAs(first, listed[kind] ?? [], name);
      if (first.isPassedOver(name)) continue;
      // What such a name stands for changes, and this catalogue is the older one.
      if (known === null && name.endsWith('-latest')) continue;
      const ours = known === null ? null : complete(known.sheet);
      const hasMore = ours === null || Object.keys(sheet.tiers).length > 0;
      if (!hasMore && differences(ours, sheet).length === 0) agrees += 1;
      else kept[name] = writePriceRow({ ...sheet, hiddenOutput: true });
    }
    return [kind, kept] as const;
  });
  return {
    source: 'BerriAI/litellm, model_prices_and_context_window.json (MIT)',
    ...about,
    sha256: createHash('sha256').update(text).digest('hex'),
    agrees,
    rows: Object.fromEntries(rows),
  };
}

function sectionOf(kind: ProviderKind, sources: Sources): string[] {
  const first = readFirst(kind, sources.day);
  const groups = new Map<string, string[]>();
  for (const [name, text] of Object.entries(sources.second.rows[kind] ?? {})) {
    const known = knownAs(first, sources.listed[kind] ?? [], name);
    if (known === null) continue;
    const ours = complete(known.sheet);
    const theirs = readPriceRow(text);
    const charged = complete(dearer(ours, theirs));
    const decided = sources.decided.find((row) => row.kind === kind && row.models.includes(name));
    for (const one of differences(ours, theirs)) {
      const key = /^(?:above (\d+): )?(\w+)$/.exec(one.what);
      const rate = key?.[2] as RateName;
      const part = charged.longContext.find(
        (long) => Math.abs(long.aboveInputTokens - Number(key?.[1] ?? -1e9)) <= 1_000,
      );
      const counts = rateOf(part?.rates ?? charged.rates, rate);
      const result = decided === undefined ? dollars(rate, counts) : 'decided';
      const line = `${one.what} | ${one.first} | ${one.second} | ${result}`;
      groups.set(line, [...(groups.get(line) ?? []), `\`${name}\``]);
    }
  }
  if (groups.size === 0) return [];
  const lines = [...groups].map(([line, names]) => `| ${names.join(', ')} | ${line} |`);
  return [
    `\n## ${kind}\n`,
    '| Model | Rate | genai-prices | LiteLLM | Charged |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ];
}

const decidedLines = ({ decided }: Sources): string[] => [
  '\n## Decided\n',
  '| Model | Rates | By | Source, seen, read | Why |',
  '| --- | --- | --- | --- | --- |',
  ...decided.map(
    ({ models, row, decidedBy, source, seen, read, why }) =>
      `| ${models.join(', ')} | ${row.replaceAll('|', '\\|')} | ${decidedBy} | ` +
      `[page](${source}), ${seen}, ${read} | ${why} |`,
  ),
];

/** docs/price-disagreements.md, byte for byte. */
export function reportText(sources: Sources): string {
  const { second, day } = sources;
  const head = [
    '# Where the price catalogues disagree\n',
    'Generated by `npm run prices`; do not edit. [prices.md](prices.md) says what to do with it.\n',
    `First: @pydantic/genai-prices at ${day}. Second: ${second.source} of ${second.day},`,
    `which says the same of ${String(second.agrees)} other models.`,
    'Dollars per million tokens, or a piece. “–” does not say; in brackets what would be charged',
    'instead. The dearer one is charged until a person decides.',
  ];
  const sections = PROVIDER_KINDS.flatMap((kind) => sectionOf(kind, sources));
  return `${[...head, ...sections, ...decidedLines(sources)].join('\n')}\n`;
}
