// Runs an example as a stranger would: as a process of its own, with nothing but its arguments.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { inRoot } from '../../local/paths.ts';

const RUN_MS_MAX = 60_000;

/** The system's own Python before any other. */
export const PYTHON = ['/usr/bin/python3', '/usr/local/bin/python3'].find((file) =>
  existsSync(file),
);

export type Run = {
  readonly code: number | null;
  readonly output: string;
  readonly complaints: string;
  readonly seconds: number;
};

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Called once, when the first words come out. */
  readonly onFirstOutput?: () => Promise<void>;
};

export function runExample(
  command: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<Run> {
  const startedAtMs = Date.now();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: inRoot('examples'),
    env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
  });
  let output = '';
  let complaints = '';
  let watched: Promise<void> | undefined;
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    watched ??= options.onFirstOutput?.();
    // Whoever waits for the run hears of it below.
    watched?.catch(() => undefined);
  });
  child.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = (Date.now() - startedAtMs) / 1_000;
      Promise.resolve(watched).then(
        () => resolve({ code, output, complaints, seconds }),
        (cause: unknown) => reject(cause instanceof Error ? cause : new Error(String(cause))),
      );
    });
  });
}
