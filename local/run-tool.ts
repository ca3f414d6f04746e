// Runs a tool of this checkout under the Node of its lock file.

import { spawn } from 'node:child_process';
import { inRoot } from './paths.ts';

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const bin = inRoot('node_modules', '.bin');
  const child = spawn(command, args, {
    cwd: inRoot(),
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, ...env },
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${String(code)}`));
    });
  });
}

/** A tool from node_modules/.bin. Rejects unless it ends well. */
export const runTool = (
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> => run(inRoot('node_modules', '.bin', name), args, env);

/** A script of this checkout. */
export const runNode = (script: string, args: readonly string[]): Promise<void> =>
  run(process.execPath, ['--disable-warning=ExperimentalWarning', inRoot(script), ...args], {});
