// Where the sources of the price table are, and reading them. `visible` begins the names of models
// that show all they generate; in doubt a model is not there: whatever may reason (o-series and
// gpt-5 on, Claude from 3.7, Gemini from 2.5, grok-3-mini and -4, DeepSeek, magistral, gpt-oss,
// qwen3), and what searches by itself. It is held in full.

import { readFileSync } from 'node:fs';
import type { ProviderKind } from '../core/pricing/rates.ts';
import { inRoot } from './paths.ts';
import type { DecidedRow, Listed, OwnRow, SecondFacts, Sources } from './price-table.ts';

export const CATALOG_FILE = 'core/pricing/catalog.json';
export const REPORT_FILE = 'docs/price-disagreements.md';
export const SECOND_FILE = 'local/price-second.json';
const HAND_KEPT_FILE = 'local/price-own.json';

const readJson = (file: string): unknown => JSON.parse(readFileSync(inRoot(file), 'utf8'));

type HandKept = {
  readonly listed: Listed;
  readonly visible: Readonly<Partial<Record<ProviderKind, readonly string[]>>>;
  readonly decided: readonly DecidedRow[];
  readonly own: readonly OwnRow[];
};

/** The day of the committed table, unless another one is asked for. */
export function committedDay(): string {
  const { version } = readJson(CATALOG_FILE) as { version: string };
  return version.slice(0, 10);
}

export function readSources(day: string, second?: SecondFacts): Sources {
  const { listed, visible, decided, own } = readJson(HAND_KEPT_FILE) as HandKept;
  const facts = second ?? (readJson(SECOND_FILE) as SecondFacts);
  const patterns = Object.entries(visible).map(([kind, starts]) => [
    kind,
    new RegExp(`^(?:${starts.join('|')})`),
  ]);
  return {
    day,
    listed,
    decided,
    own,
    second: facts,
    visible: Object.fromEntries(patterns) as Sources['visible'],
  };
}
