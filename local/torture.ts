// `npm run torture`: the long proofs at full size. Each scenario gets a stack of its own and says
// how far it is; at the end there is a table, and a failure ends the command with 1. `npm test`
// runs the same scenarios at a small size.

import { parseArgs } from 'node:util';
import type { Outcome } from '../torture/scenario.ts';
import { SCENARIOS } from '../torture/scenarios.ts';

/** The longest name of a scenario, and a blank. */
const NAME_CHARS = 12;

const HELP = `Usage: npm run torture -- [options]

  --only NAME   one scenario (may be given several times)
  --seed N      what is random comes from this; a failure names its seed (default: the clock)
  --small       the sizes of npm test
  --help        this

${Object.entries(SCENARIOS)
  .map(([name, { says }]) => `  ${name.padEnd(NAME_CHARS)}${says}`)
  .join('\n')}
`;

function options(): { names: string[]; seed: number; small: boolean } | null {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      small: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { help, only, small } = values;
  if (help) return null;
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`not a seed: ${values.seed}`);
  const unknown = only.find((name) => !(name in SCENARIOS));
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}; see --help`);
  return { names: only, seed, small };
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const PROGRESS_INTERVAL_MS = 2_000;

type Line = { readonly name: string; readonly seconds: number; readonly outcome: Outcome };

async function runOne(name: string, seed: number, small: boolean): Promise<Line> {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(name);
  say(`${name}: ${scenario.says}${small ? ' (small)' : ''}, seed ${String(seed)}`);
  const startedAtMs = performance.now();
  let saidAtMs = startedAtMs;
  const progress = (line: string): void => {
    if (performance.now() - saidAtMs < PROGRESS_INTERVAL_MS) return;
    saidAtMs = performance.now();
    say(`  ${line}`);
  };
  const outcome = await scenario
    .run(small, { seed, progress })
    .catch((cause: unknown) => ({ figures: {}, problems: [String(cause)] }));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  for (const problem of outcome.problems) say(`  BROKEN ${problem}`);
  return { name, seconds, outcome };
}

function table(lines: readonly Line[]): void {
  say('');
  for (const { name, seconds, outcome } of lines) {
    const verdict = outcome.problems.length === 0 ? 'holds' : 'BROKEN';
    const figures = Object.entries(outcome.figures)
      .map(([figure, value]) => `${figure} ${String(value)}`)
      .join(', ');
    say(
      `${name.padEnd(NAME_CHARS)}${verdict.padEnd(8)}${seconds.toFixed(1).padStart(7)} s  ${figures}`,
    );
  }
}

/** The status the command ends with. */
async function main(): Promise<number> {
  const chosen = options();
  if (chosen === null) {
    process.stdout.write(HELP);
    return 0;
  }
  const lines: Line[] = [];
  for (const name of chosen.names) lines.push(await runOne(name, chosen.seed, chosen.small));
  table(lines);
  const broken = lines.filter(({ outcome }) => outcome.problems.length > 0);
  for (const { name } of broken) {
    say(`again: npm run torture -- --only ${name} --seed ${String(chosen.seed)}`);
  }
  return broken.length === 0 ? 0 : 1;
}

main().then(
  // Not left to Node: taking apart an environment that had thousands of sockets can spin for ever.
  (status) => process.exit(status),
  (cause: unknown) => {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exit(1);
  },
);
