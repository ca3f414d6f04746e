// `npm run bench`: what a call through the gateway costs, as ratios that another machine may
// repeat, each with its goal, its raw values and whether the goal was missed. `--smoke` is the size
// that runs inside `npm test`.

import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { buildAssets, buildWorker } from '../local/build.ts';
import { againstFloor } from './against-floor.ts';
import { browserLatency } from './browser-latency.ts';
import { gatesRows } from './gates.ts';
import { history } from './history.ts';
import { hotBudgetRows } from './hot-budget.ts';
import { meteringRows } from './metering.ts';
import { proofChecks } from './proofs.ts';
import { type Provider, startProvider } from './provider.ts';
import { jsonOf, type Row, tableOf } from './row.ts';
import { sharedBudgets } from './shared-budgets.ts';
import { solverRows } from './solver.ts';
import { FULL, progress, type Size, SMOKE } from './subject.ts';
import { writtenRows } from './written-rows.ts';

const BUNDLE_KIB_MAX = 200;
const MEMORY = '/dev/shm';

type Run = {
  readonly provider: Provider;
  readonly rounds: number;
  readonly size: Size;
  /** State on tmpfs, and on disk. */
  readonly memory: string;
  readonly disk: string;
};

/** What would be deployed; `npm run check` measures the bundle that wrangler makes. */
async function bundle({ memory }: Run): Promise<Row[]> {
  const outputFile = join(memory, 'bundle.js');
  await buildAssets();
  await buildWorker({ outputFile, withDemo: false });
  const { code } = await transform(await readFile(outputFile, 'utf8'), { minify: true });
  const kib = gzipSync(code, { level: 9 }).length / 1_024;
  return [{ name: 'Worker bundle, KiB gzip', goal: { most: BUNDLE_KIB_MAX }, values: [kib] }];
}

const SECTIONS: Readonly<Record<string, (run: Run) => Promise<Row[]>>> = {
  tmpfs: (run) => againstFloor('tmpfs', run.provider, run.memory, run.rounds, run.size),
  disk: (run) => againstFloor('disk', run.provider, run.disk, run.rounds, run.size),
  shared: (run) => sharedBudgets(run.provider, run.memory, run.rounds, run.size),
  history: (run) => history(run.provider, run.memory, run.size),
  rows: (run) => writtenRows(run.provider, run.memory, run.size),
  proofs: (run) => proofChecks(run.provider, run.memory, run.rounds, run.size),
  gates: (run) => gatesRows(run.provider, run.memory, run.rounds, run.size),
  hot: (run) => hotBudgetRows(run.size),
  solver: (run) => solverRows(run.rounds, run.size),
  metering: (run) => meteringRows(run.rounds, run.size),
  browser: (run) => browserLatency(run.provider, run.memory, run.size),
  bundle,
};

export const SECTION_NAMES = Object.keys(SECTIONS);

const HELP = `Usage: npm run bench -- [--smoke] [--rounds N] [--only SECTION,…] [--json]

Sections: ${SECTION_NAMES.join(', ')}; all by default.
--smoke is quick; its figures mean nothing.
`;

export type Wanted = {
  readonly smoke: boolean;
  readonly rounds: number;
  readonly only?: readonly string[];
};

/** Folders of this run, so that an interrupted one leaves none behind. */
const folders = new Set<string>();

async function folderIn(base: string, mine: string[]): Promise<string> {
  const folder = await mkdtemp(join(base, 'weighbridge-bench-'));
  mine.push(folder);
  folders.add(folder);
  return folder;
}

/** Rows go into `rows` as they are measured: a section that fails does not lose the others'. */
export async function runBench(
  { smoke, rounds, only }: Wanted,
  rows: Row[] = [],
): Promise<readonly Row[]> {
  let provider: Provider | null = null;
  const mine: string[] = [];
  try {
    const memory = await folderIn(MEMORY, mine);
    const disk = await folderIn(tmpdir(), mine);
    provider = await startProvider();
    const run: Run = { provider, rounds, size: smoke ? SMOKE : FULL, memory, disk };
    for (const [name, section] of Object.entries(SECTIONS)) {
      if (only === undefined || only.includes(name)) rows.push(...(await section(run)));
    }
  } finally {
    provider?.close();
    for (const folder of mine) {
      await rm(folder, { recursive: true, force: true });
      folders.delete(folder);
    }
  }
  return rows;
}

function machine(): string {
  const [cpu] = cpus();
  const load = loadavg().map((value) => value.toFixed(1));
  return `${String(cpus().length)} × ${cpu?.model ?? '?'}, load ${load.join(' ')}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !SECTION_NAMES.includes(name));
  const rounds = Number(values.rounds);
  if (values.help || unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  progress(`before: ${machine()}`);
  const { smoke } = values;
  const rows: Row[] = [];
  try {
    await runBench({ smoke, rounds, ...(only === undefined ? {} : { only }) }, rows);
  } finally {
    progress(`after: ${machine()}`);
    process.stdout.write(values.json ? jsonOf(rows) : tableOf(rows));
  }
  return 0;
}

if (process.argv[1]?.endsWith('bench/main.ts') === true) {
  // Whatever ends this process, workerd and the provider end with it, and nothing stays on disk.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(130));
  }
  process.once('exit', () => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  try {
    process.exit(await main());
  } catch (cause) {
    process.stderr.write(`${String(cause)}\n`);
    process.exit(1);
  }
}
