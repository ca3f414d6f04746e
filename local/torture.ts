// `npm run torture`: the long proofs at full size. Each scenario gets a stack of its own and says how
// far it is; at the end there is a table, and a failure ends the command with 1. `npm test` runs the
// same scenarios at a small size.

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startStack } from '../test/support/stack.ts';
import { burst, BURST_FULL, BURST_SMALL } from '../torture/burst.ts';
import { kills, KILLS_FULL, KILLS_SMALL } from '../torture/kills.ts';
import { leave, LEAVE_FULL, LEAVE_SMALL } from '../torture/leave.ts';
import { replay, REPLAY_FULL, REPLAY_SMALL } from '../torture/replay.ts';
import type { Outcome, Watch } from '../torture/scenario.ts';
import { inRoot } from './paths.ts';

type Scenario = {
  readonly says: string;
  readonly run: (small: boolean, watch: Watch) => Promise<Outcome>;
};

type StackScenario<Size> = (
  stack: Awaited<ReturnType<typeof startStack>>,
  size: Size,
  watch: Watch,
) => Promise<Outcome>;

const onStack =
  <Size>(scenario: StackScenario<Size>, full: Size, small: Size): Scenario['run'] =>
  async (isSmall, watch) => {
    const stack = await startStack();
    try {
      return await scenario(stack, isSmall ? small : full, watch);
    } finally {
      await stack.close();
    }
  };

const HISTORY_CALLS_FULL = 100_000;
const HISTORY_CALLS_SMALL = 2_000;

/** Runs inside workerd, so it is a run of the test runner. */
async function history(small: boolean): Promise<Outcome> {
  const calls = small ? HISTORY_CALLS_SMALL : HISTORY_CALLS_FULL;
  const vitest = inRoot('node_modules/vitest/vitest.mjs');
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--config', inRoot('vitest.workerd.config.ts')],
    {
      cwd: inRoot(),
      env: { ...process.env, WEIGHBRIDGE_HISTORY_CALLS: String(calls) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { figures: { settledCallsBehind: calls }, problems: code === 0 ? [] : [output] };
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  burst: {
    says: '1,000 calls at once against a budget for 100, 20 times',
    run: onStack(burst, BURST_FULL, BURST_SMALL),
  },
  replay: {
    says: 'one proof redeemed 200 times at once, 20 times, and after a kill',
    run: onStack(replay, REPLAY_FULL, REPLAY_SMALL),
  },
  leave: {
    says: 'callers who leave long streams, and their budget afterwards, 20 times',
    run: onStack(leave, LEAVE_FULL, LEAVE_SMALL),
  },
  history: {
    says: 'rows of a call with 100,000 settled calls behind it, inside workerd',
    run: history,
  },
  kills: {
    says: 'workerd killed 200 times with calls in flight',
    run: onStack(kills, KILLS_FULL, KILLS_SMALL),
  },
};

const HELP = `Usage: npm run torture -- [options]

  --only NAME   one scenario (may be given several times)
  --seed N      what is random comes from this; a failure names its seed (default: the clock)
  --small       the sizes of npm test
  --help        this

${Object.entries(SCENARIOS)
  .map(([name, { says }]) => `  ${name.padEnd(10)}${says}`)
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
    say(`${name.padEnd(10)}${verdict.padEnd(8)}${seconds.toFixed(1).padStart(7)} s  ${figures}`);
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
