// The command line as a script meets it: a process of its own, no terminal, and none of the secrets
// or settings of whoever runs the tests.

import { spawn } from 'node:child_process';
import { inRoot } from '../../local/paths.ts';

const RUN_MS_MAX = 60_000;

export type CliRun = {
  readonly code: number | null;
  readonly output: string;
  readonly complaints: string;
  /** What it said, if that is JSON. */
  json(): Record<string, unknown>;
};

export type CliOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly folder?: string;
  /** Nobody reads what it says, as behind `| true`. */
  readonly isUnread?: boolean;
};

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const quiet = ['ExperimentalWarning', 'MODULE_TYPELESS_PACKAGE_JSON'].map(
    (name) => `--disable-warning=${name}`,
  );
  const child = spawn(process.execPath, [...quiet, inRoot('cli/main.ts'), ...args], {
    cwd: options.folder ?? inRoot(),
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
  });
  let [output, complaints] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (complaints += bytes.toString()));
  if (options.isUnread === true) child.stdout.destroy();
  // It may have ended before it read anything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const json = (): Record<string, unknown> => JSON.parse(output) as Record<string, unknown>;
      resolve({ code, output, complaints, json });
    });
  });
}
