// `npm test`: every ring, and at the end one line with what passed and what failed. The ring of
// real sockets mostly waits, so the one inside workerd runs beside it and is shown behind it. Says
// in one line what to do where Chromium or the recorded transcripts are missing.

import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAssets } from './build.ts';
import { CHROMIUM } from './chromium.ts';
import { inRoot } from './paths.ts';

const HELP = `Usage: npm test -- [--only pure|workerd|edge|tidy] [FILTER …]

Everything by default. FILTER is a part of a test file's path.
`;

type Ring = { readonly name: string; readonly args: readonly string[] };

/** Those of one line run at the same time, and only the first of them is shown while it runs. */
const RINGS: readonly (readonly Ring[])[] = [
  [{ name: 'tidy', args: ['--project', 'edge', 'test/tidy.test.ts'] }],
  [{ name: 'pure', args: ['--project', 'pure'] }],
  [
    { name: 'edge', args: ['--project', 'edge', '--exclude', 'test/tidy.test.ts'] },
    { name: 'workerd', args: ['--config', 'vitest.workerd.config.ts'] },
  ],
];

type Counts = { passed: number; failed: number; skipped: number };

type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
};

const VITEST = inRoot('node_modules', 'vitest', 'vitest.mjs');

type Shown = 'at once' | 'behind';

const logOf = ({ name }: Ring, folder: string): string => join(folder, `${name}.log`);

async function runRing(
  ring: Ring,
  shown: Shown,
  filters: readonly string[],
  folder: string,
): Promise<Counts> {
  const report = join(folder, `${ring.name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [VITEST, 'run', ...ring.args, ...reporters, '--passWithNoTests', ...filters];
  const out = shown === 'at once' ? ('inherit' as const) : openSync(logOf(ring, folder), 'w');
  const child = spawn(process.execPath, args, { cwd: inRoot(), stdio: ['ignore', out, out] });
  const code = await new Promise<number>((resolve) => {
    child.on('exit', (status) => {
      resolve(status ?? 1);
    });
  });
  if (!existsSync(report)) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const read = JSON.parse(await readFile(report, 'utf8')) as Report;
  // A file that does not load, or an error outside of any test, fails the ring as well.
  const failed = Math.max(read.numFailedTests, code === 0 ? 0 : 1);
  return {
    passed: read.numPassedTests,
    failed,
    skipped: read.numPendingTests + read.numTodoTests,
  };
}

/** What is not here, said once and in one line each. */
function notices(): void {
  if (!existsSync(CHROMIUM)) {
    process.stderr.write(
      'Chromium is not installed: the browser tests are skipped. ' +
        'Install it with "apt-get install -y chromium", or set CHROMIUM_PATH.\n',
    );
  }
  const fixtures = process.env['WEIGHBRIDGE_FIXTURES'] ?? inRoot('..', 'shared', 'fixtures');
  if (!existsSync(fixtures)) {
    process.stderr.write(
      `No recorded transcripts in ${fixtures}: their tests are skipped. ` +
        'Set WEIGHBRIDGE_FIXTURES to run them.\n',
    );
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  notices();
  await buildAssets();
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-report-'));
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const line of RINGS) {
    const wanted = line.filter(({ name }) => values.only === undefined || values.only === name);
    const all = await Promise.all(
      wanted.map((ring, at) => runRing(ring, at === 0 ? 'at once' : 'behind', positionals, folder)),
    );
    for (const ring of wanted.slice(1)) process.stdout.write(await readFile(logOf(ring, folder)));
    for (const counts of all) {
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
    }
  }
  await rm(folder, { recursive: true, force: true });
  const { passed, failed, skipped } = total;
  process.stdout.write(
    `\nTests: ${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped\n`,
  );
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main();
