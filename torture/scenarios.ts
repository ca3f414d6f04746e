// Every torture scenario with both of its sizes, each run on a stack of its own.

import { spawn } from 'node:child_process';
import { buildAssets } from '../local/build.ts';
import { inRoot } from '../local/paths.ts';
import { startStack, type TestStack, type TestStackOptions } from '../test/support/stack.ts';
import { burst, BURST_FULL, BURST_SMALL } from './burst.ts';
import { carriers, CARRIERS_FULL, CARRIERS_SMALL } from './carriers.ts';
import { CHUNKINGS_FULL, CHUNKINGS_SMALL, randomChunkings } from './chunkings.ts';
import { kills, KILLS_FULL, KILLS_SMALL } from './kills.ts';
import { leave, LEAVE_FULL, LEAVE_SMALL } from './leave.ts';
import { mutation, MUTATION_FULL, MUTATION_SMALL } from './mutation.ts';
import { paths, PATHS_FULL, PATHS_SMALL } from './paths.ts';
import { replay, REPLAY_FULL, REPLAY_SMALL } from './replay.ts';
import { sharedKills, SHARED_KILLS_FULL, SHARED_KILLS_SMALL } from './shared-kills.ts';
import type { Outcome, Watch } from './scenario.ts';
import { simulation, SIMULATION_FULL, SIMULATION_SMALL } from './simulation.ts';

export type Scenario = {
  readonly says: string;
  readonly run: (small: boolean, watch: Watch) => Promise<Outcome>;
};

type StackScenario<Size> = (stack: TestStack, size: Size, watch: Watch) => Promise<Outcome>;

const onStack =
  <Size>(
    scenario: StackScenario<Size>,
    full: Size,
    small: Size,
    options: TestStackOptions = {},
  ): Scenario['run'] =>
  async (isSmall, watch) => {
    const stack = await startStack(options);
    try {
      return await scenario(stack, isSmall ? small : full, watch);
    } finally {
      await stack.close();
    }
  };

const HISTORY_CALLS_FULL = 100_000;
const HISTORY_CALLS_SMALL = 2_000;
const FLOOD_REQUESTS_FULL = 100_000;
const FLOOD_REQUESTS_SMALL = 2_000;
const ADMISSION_RUNS_FULL = 10_000;
const ADMISSION_RUNS_SMALL = 150;

/** A test at another size, so it is a run of the test runner: all of its ring, or these files. */
const asTests =
  (variable: string, full: number, small: number, figure: string, args: readonly string[]) =>
  async (isSmall: boolean): Promise<Outcome> => {
    const size = isSmall ? small : full;
    const vitest = inRoot('node_modules/vitest/vitest.mjs');
    await buildAssets();
    const child = spawn(process.execPath, [vitest, 'run', ...args], {
      cwd: inRoot(),
      env: { ...process.env, [variable]: String(size) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    return { figures: { [figure]: size }, problems: code === 0 ? [] : [output] };
  };

/** Arguments after which it runs inside workerd. */
const INSIDE_WORKERD = ['--config', inRoot('vitest.workerd.config.ts')];

const history = asTests(
  'WEIGHBRIDGE_HISTORY_CALLS',
  HISTORY_CALLS_FULL,
  HISTORY_CALLS_SMALL,
  'settledCallsBehind',
  INSIDE_WORKERD,
);

const floods = asTests(
  'WEIGHBRIDGE_FLOOD_REQUESTS',
  FLOOD_REQUESTS_FULL,
  FLOOD_REQUESTS_SMALL,
  'requestsOfAFlood',
  [...INSIDE_WORKERD, 'test/workerd/attacks-flood.test.ts'],
);

const admissions = asTests(
  'WEIGHBRIDGE_ADMISSION_RUNS',
  ADMISSION_RUNS_FULL,
  ADMISSION_RUNS_SMALL,
  'mixturesOfRules',
  ['--project', 'pure', 'test/gates/admission-laws.test.ts'],
);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
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
  carriers: {
    says: 'honest calls while the callers around them hang up, thousands of times',
    run: onStack(carriers, CARRIERS_FULL, CARRIERS_SMALL),
  },
  history: {
    says: 'rows of a call with 100,000 settled calls behind it, inside workerd',
    run: history,
  },
  floods: {
    says: '100,000 forged, unsolved and asking requests, none of which may reach a ledger',
    run: floods,
  },
  admissions: {
    says: '10,000 mixtures of plans, modes, callers and headers, none of them free',
    run: admissions,
  },
  kills: {
    says: 'workerd killed 200 times with calls in flight',
    run: onStack(kills, KILLS_FULL, KILLS_SMALL),
  },
  shared: {
    says: 'workerd killed 60 times while shared budgets are out in slices',
    run: onStack(sharedKills, SHARED_KILLS_FULL, SHARED_KILLS_SMALL, {
      policyFile: inRoot('test/support/slices-policy.ts'),
    }),
  },
  chunkings: {
    says: 'recorded streams in 100,000 random chunkings, read the same each time',
    run: (small, watch) =>
      Promise.resolve(randomChunkings(small ? CHUNKINGS_SMALL : CHUNKINGS_FULL, watch)),
  },
  paths: {
    says: '100,000 spellings of protected paths to five real servers behind the gateway',
    run: (small, watch) => paths(small ? PATHS_SMALL : PATHS_FULL, watch),
  },
  simulation: {
    says: 'a million simulated events: faults of clock, storage, network and Workers',
    run: (small, watch) => simulation(small ? SIMULATION_SMALL : SIMULATION_FULL, watch),
  },
  mutation: {
    says: 'small mistakes in the ledger that its tests must notice',
    run: (small, watch) => mutation(small ? MUTATION_SMALL : MUTATION_FULL, watch, say),
  },
};
