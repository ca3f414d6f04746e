// `npm run prices`: makes the price table from the pinned catalogue and the facts kept beside it,
// or says that the committed one is not what they make. It fetches nothing; what it writes is
// changed only by a reviewed commit.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inRoot } from './paths.ts';
import {
  CATALOG_FILE,
  committedDay,
  readSources,
  REPORT_FILE,
  SECOND_FILE,
} from './price-facts.ts';
import { reportText, secondFacts } from './price-report.ts';
import { catalogText, type Sources } from './price-table.ts';

const HELP = `Usage: npm run prices -- [--check] [--day DAY] [--second FILE …]

  (nothing)             writes ${CATALOG_FILE} and ${REPORT_FILE}
  --check               writes nothing; ends with 1 if a committed file is not what it would write
  --day DAY             the prices of this day (default: the day of the committed table)
  --second FILE         model_prices_and_context_window.json of BerriAI/litellm, to compare with;
                        what is kept of it goes into ${SECOND_FILE}
  --second-from TEXT    where that file is from
  --second-day DAY      and of which day it is
  --help                this

See docs/prices.md.
`;

const IS_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What would be committed, by file. */
export const pricesFiles = (sources: Sources): readonly (readonly [string, string])[] => [
  [CATALOG_FILE, catalogText(sources)],
  [REPORT_FILE, reportText(sources)],
  [SECOND_FILE, `${JSON.stringify(sources.second, null, 2)}\n`],
];

/** The committed files that are not what their sources make. */
export const stalePricesFiles = (sources: Sources): readonly string[] =>
  pricesFiles(sources)
    .filter(([file, text]) => readFileSync(inRoot(file), 'utf8') !== text)
    .map(([file]) => file);

function sourcesAsked(): { sources: Sources; check: boolean } | null {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      day: { type: 'string' },
      second: { type: 'string' },
      'second-from': { type: 'string' },
      'second-day': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const day = values.day ?? committedDay();
  if (!IS_DAY.test(day)) throw new Error(`--day ${day} is not a day: 2026-11-21`);
  const known = readSources(day);
  if (values.second === undefined) return { sources: known, check: values.check };
  const about = { from: values['second-from'] ?? '', day: values['second-day'] ?? '' };
  if (about.from === '' || !IS_DAY.test(about.day)) {
    throw new Error('--second needs --second-from and --second-day: where it is from');
  }
  const text = readFileSync(values.second, 'utf8');
  const second = secondFacts(text, about, day, known.listed);
  return { sources: readSources(day, second), check: values.check };
}

function main(): number {
  const asked = sourcesAsked();
  if (asked === null) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!asked.check) {
    for (const [file, text] of pricesFiles(asked.sources)) writeFileSync(inRoot(file), text);
    return 0;
  }
  const stale = stalePricesFiles(asked.sources);
  for (const file of stale) {
    process.stderr.write(`${file} is not what npm run prices makes of its sources\n`);
  }
  return stale.length === 0 ? 0 : 1;
}

if (process.argv[1]?.endsWith('prices.ts') === true) {
  try {
    process.exitCode = main();
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 2;
  }
}
