// `npm run check`: format → lint → types → test → tidy → size, stopping at the first failure. What
// it runs is what a reviewer would run by hand.

import { gzipSync } from 'node:zlib';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAssets } from './build.ts';
import { CLIENT_FILES } from './paths.ts';
import { runNode, runTool } from './run-tool.ts';

export const BUNDLE_GZIP_BYTES_MAX = 200 * 1_024;

const LINTED = [
  'core',
  'worker',
  'durable-objects',
  'client',
  'local',
  'cli',
  'emulator',
  'bench',
  'simulation',
  'torture',
  'test',
];
const PROJECTS = [
  'core',
  'worker',
  'durable-objects',
  'client',
  'test/gates',
  'test/workerd',
  'torture/naive',
  'bench/counting',
  'examples',
  'tsconfig.json',
];

/**
 * What would be deployed, as wrangler makes it: every module of the Worker, and the files that
 * browsers load, which no isolate of it holds.
 */
export async function deployedGzipBytes(): Promise<{ worker: number; clientFiles: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-size-'));
  await buildAssets();
  await runTool('wrangler', ['deploy', '--dry-run', '--minify', '--outdir', folder], {
    WRANGLER_SEND_METRICS: 'false',
  });
  const worker = await gzipBytesOf(folder, (name) => !/\.map$|^README\.md$/.test(name));
  await rm(folder, { recursive: true, force: true });
  return { worker, clientFiles: await gzipBytesOf(CLIENT_FILES, (name) => name.endsWith('.js')) };
}

async function gzipBytesOf(folder: string, counts: (name: string) => boolean): Promise<number> {
  const names = (await readdir(folder)).filter(counts);
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return files.reduce((total, file) => total + gzipSync(file, { level: 9 }).length, 0);
}

async function size(): Promise<void> {
  const { worker, clientFiles } = await deployedGzipBytes();
  process.stdout.write(
    `Worker bundle: ${String(worker)} bytes gzipped; files for browsers: ${String(clientFiles)}\n`,
  );
  if (worker > BUNDLE_GZIP_BYTES_MAX) {
    throw new Error(`more than ${String(BUNDLE_GZIP_BYTES_MAX)} bytes`);
  }
}

const STEPS: readonly (readonly [string, () => Promise<void>])[] = [
  ['format', () => runTool('prettier', ['--check', '--log-level', 'warn', '.'])],
  ['lint', () => runTool('oxlint', ['--type-aware', ...LINTED])],
  [
    'types',
    async () => {
      // The examples are checked against the built SDK's own declarations.
      await buildAssets();
      for (const project of PROJECTS) await runTool('tsc', ['-p', project]);
    },
  ],
  ['test', () => runNode('local/test.ts', [])],
  ['tidy', () => runNode('local/test.ts', ['--only', 'tidy'])],
  ['size', size],
];

if (process.argv[1]?.endsWith('check.ts') === true) {
  const only = process.argv[2];
  for (const [name, step] of STEPS) {
    if (only !== undefined && only !== name) continue;
    process.stdout.write(`— ${name}\n`);
    try {
      await step();
    } catch (cause) {
      process.stderr.write(`check failed at ${name}: ${String(cause)}\n`);
      process.exit(1);
    }
  }
}
