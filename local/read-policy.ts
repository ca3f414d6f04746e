// A policy's file before anything is started with it: all that is wrong with the policy at once,
// and of a file that cannot be run, the place. Builds and starts nothing.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type BuildFailure } from 'esbuild';
import { loadPolicy } from '../core/policy/load.ts';

/** Where esbuild stumbles over these files, with sentences; nothing where it does not. */
async function stumbles(file: string): Promise<readonly string[]> {
  try {
    await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'silent',
    });
    return [];
  } catch (cause) {
    return (cause as BuildFailure).errors.map(({ text, location }) => {
      if (location === null) return `${file}: ${text}`;
      const { line, column } = location;
      return `${resolve(location.file)}:${String(line)}:${String(column + 1)}: ${text}`;
    });
  }
}

/** The first place in somebody's own file that the stack names. */
const PLACE = /(?:^|\(|at )(?:file:\/\/)?(\/[^\n()]*?):(\d+)(?::(\d+))?\)?$/m;

/** What Node says of files that esbuild finds nothing wrong with. */
function complaint(file: string, cause: unknown): string {
  if (!(cause instanceof Error)) return `${file}: ${String(cause)}`;
  const [place, path = '', line, column = '1'] = PLACE.exec(cause.stack ?? '') ?? [];
  if (place === undefined || line === undefined) return `${file}: ${cause.message}`;
  const name = place.includes('file://') ? fileURLToPath(`file://${path}`) : path;
  return `${name}:${line}:${column}: ${cause.message}`;
}

/** Throws sentences if this is no policy that a gateway could serve. */
export async function checkPolicy(file: string): Promise<void> {
  if (!existsSync(file)) throw new Error(`there is no policy ${file}`);
  const module = (await import(pathToFileURL(file).href).catch(async (cause: unknown) => {
    const places = await stumbles(file);
    throw new Error((places.length > 0 ? places : [complaint(file, cause)]).join('\n'), { cause });
  })) as { default: unknown };
  const policy = loadPolicy(module.default);
  if (policy.ok) return;
  const lines = policy.error.map(({ path, sentence }) => `  ${path}: ${sentence}`);
  throw new Error(`${file} is not a valid policy:\n${lines.join('\n')}`);
}
