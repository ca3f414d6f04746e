// The door of every npm script: makes sure that what the lock file says is installed, then runs the
// command under the Node of the lock file, whatever Node called it. Plain JavaScript, because an
// older Node has to be able to read it.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules', '.weighbridge-lock');
const node = join(root, 'node_modules', 'node', 'bin', 'node');

const COMMANDS = {
  start: 'local/start.ts',
  build: 'local/build.ts',
  test: 'local/test.ts',
  check: 'local/check.ts',
  format: 'local/format.ts',
  bench: 'bench/main.ts',
  prices: 'local/prices.ts',
  reconcile: 'local/reconcile.ts',
  keys: 'local/keys.ts',
  simulate: 'simulation/main.ts',
  torture: 'local/torture.ts',
  deploy: 'cli/deploy.ts',
  weighbridge: 'cli/main.ts',
};

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Installs once per lock file. Says so, because it takes a while. */
function install() {
  const hash = lockHash();
  if (existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === hash) return;
  process.stderr.write('Installing what package-lock.json names (about half a minute)…\n');
  // Not `npm ci`: it insists on lock entries for every other platform's binaries.
  const npm = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 'inherit'],
    },
  );
  if (npm.status !== 0) {
    process.stderr.write('npm install failed; is the npm registry reachable?\n');
    process.exit(npm.status ?? 1);
  }
  if (!existsSync(node)) {
    process.stderr.write(
      'The "node" package did not install its binary: allow its install script.\n',
    );
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}

const [command = '', ...rest] = process.argv.slice(2);
const script = COMMANDS[command];
if (script === undefined) {
  process.stderr.write(`Usage: node scripts/run.mjs ${Object.keys(COMMANDS).join('|')}\n`);
  process.exit(2);
}
install();
// A policy may lie in somebody's package that says nothing of its modules.
const QUIET = ['ExperimentalWarning', 'MODULE_TYPELESS_PACKAGE_JSON'];
const quiet = QUIET.map((name) => `--disable-warning=${name}`);
const child = spawn(node, [...quiet, join(root, script), ...rest], {
  cwd: root,
  stdio: 'inherit',
});
// The child stops by itself; this process waits for it and passes its answer on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// Whoever called this may be ended without a word to us: then nothing may be left running.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) child.kill('SIGTERM');
}, 500).unref();
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
