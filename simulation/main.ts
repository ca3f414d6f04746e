// `npm run simulate`: the ledger against faults, seed after seed, and what the runs have met. A
// failure names the guarantee, the last events and the command that plays it again.

import { parseArgs } from 'node:util';
import type { LedgerMaker } from './port.ts';
import { EVENTS_OF_SEED, failureText, runSeeds, type Summary } from './seeds.ts';
import type { State } from './states.ts';

const SEEDS = 50;
const PROGRESS_INTERVAL_MS = 2_000;
/** A run as long as this has to have met every situation. */
const EVENTS_FOR_STATES = 100_000;

const HELP = `Usage: npm run simulate -- [options]

  --seed N      the first seed (default 1)
  --events M    events of a seed before everything comes to rest (default ${String(EVENTS_OF_SEED)})
  --seeds K     how many seeds, one after another (default ${String(SEEDS)}; 1 if a seed is given)
  --json        JSON instead of text
  --help        this

A failure ends the command with 1 and prints the command that plays it again. So does a run of
${String(EVENTS_FOR_STATES)} events that never met one of the situations it is for.
`;

function wholeOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} wants a whole number, not ${text}`);
}

type Asked = {
  readonly first: number;
  readonly seeds: number;
  readonly events: number;
  readonly json: boolean;
};

/** Null where help was asked for. */
function askedBy(args: readonly string[]): Asked | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      events: { type: 'string', default: String(EVENTS_OF_SEED) },
      seeds: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    first: wholeOf('seed', values.seed ?? '1'),
    seeds: wholeOf('seeds', values.seeds ?? (values.seed === undefined ? String(SEEDS) : '1')),
    events: wholeOf('events', values.events),
    json: values.json,
  };
}

function report(summary: Summary, seconds: number, missing: readonly State[]): string {
  const { seeds, events, calls, checks, traceHash, states, failure } = summary;
  const perSecond = Math.round(events / seconds);
  return [
    ...[...states.counts()].map(([state, count]) => `${String(count).padStart(9)}  ${state}`),
    '',
    `${String(seeds)} seeds, ${String(events)} events, ${String(calls)} calls, ` +
      `${String(checks)} checks, ${String(perSecond)} events/s, trace ${traceHash}`,
    ...missing.map((state) => `NEVER MET: ${state}`),
    failure === null ? 'every guarantee holds' : failureText(failure),
  ].join('\n');
}

/** The status to end with. */
export async function command(
  args: readonly string[],
  say: (line: string) => void,
  makeLedger?: LedgerMaker,
): Promise<number> {
  const asked = askedBy(args);
  if (asked === null) {
    say(HELP);
    return 0;
  }
  const startedAtMs = performance.now();
  let saidAtMs = startedAtMs;
  const progress = (line: string): void => {
    if (asked.json || performance.now() - saidAtMs < PROGRESS_INTERVAL_MS) return;
    saidAtMs = performance.now();
    say(`  ${line}`);
  };
  const summary = await runSeeds({
    ...asked,
    progress,
    ...(makeLedger === undefined ? {} : { makeLedger }),
  });
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const { failure, states, events } = summary;
  const missing = failure === null && events >= EVENTS_FOR_STATES ? states.missing() : [];
  if (asked.json) {
    const eventsPerSecond = Math.round(events / seconds);
    const counts = Object.fromEntries(states.counts());
    say(JSON.stringify({ ...summary, eventsPerSecond, states: counts, missing }));
  } else {
    say(report(summary, seconds, missing));
  }
  return failure === null && missing.length === 0 ? 0 : 1;
}

if (process.argv[1]?.endsWith('simulation/main.ts') === true) {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  command(process.argv.slice(2), say).then(
    (status) => {
      process.exitCode = status;
    },
    (cause: unknown) => {
      process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
      process.exitCode = 1;
    },
  );
}
