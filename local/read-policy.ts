// A policy's file before anything is started with it: all that is wrong with the policy at once,
// and of a file that cannot be run, the place. Builds and starts nothing.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type BuildFailure } from 'esbuild';
import { loadPolicy } from '../core/policy/load.ts';
import type { Policy, PolicyError } from '../core/policy/policy.ts';
import type { PolicySource } from '../core/policy/schema.ts';

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

export type Read =
  | { readonly kind: 'policy'; readonly source: PolicySource; readonly policy: Policy }
  /** It runs, and is not a policy that a gateway could serve. */
  | { readonly kind: 'wrong'; readonly errors: readonly PolicyError[] }
  /** It does not run: sentences that begin with the place. */
  | { readonly kind: 'broken'; readonly sentences: readonly string[] };

export async function readPolicy(file: string): Promise<Read> {
  if (!existsSync(file)) return { kind: 'broken', sentences: [`there is no policy ${file}`] };
  let source: unknown;
  try {
    ({ default: source } = (await import(pathToFileURL(file).href)) as { default: unknown });
  } catch (cause) {
    const places = await stumbles(file);
    return { kind: 'broken', sentences: places.length > 0 ? places : [complaint(file, cause)] };
  }
  if (source === undefined) {
    const sentence = `${file}: exports no policy: write export default definePolicy({ … })`;
    return { kind: 'broken', sentences: [sentence] };
  }
  const policy = loadPolicy(source);
  return policy.ok
    ? { kind: 'policy', source: source as PolicySource, policy: policy.value }
    : { kind: 'wrong', errors: policy.error };
}

/** Throws sentences if this is no policy that a gateway could serve. */
export async function checkPolicy(file: string): Promise<void> {
  const read = await readPolicy(file);
  if (read.kind === 'policy') return;
  if (read.kind === 'broken') throw new Error(read.sentences.join('\n'));
  const lines = read.errors.map(({ path, sentence }) => `  ${path}: ${sentence}`);
  throw new Error(
    `${file} is not a valid policy:\n${lines.join('\n')}\n` +
      'With lines: npm run weighbridge -- check FILE',
  );
}
