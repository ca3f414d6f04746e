// A file of secrets, as JSON or as the NAME=value lines of `.dev.vars`; wrangler reads both. What
// is changed is changed in place and at once, readable by its owner only. Other lines stay as they
// are.

import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readDevVars } from './secrets.ts';

const isJson = (file: string): boolean => file.endsWith('.json');

/** Its secrets; none where there is no such file yet. */
export async function readSecretFile(file: string): Promise<Record<string, string>> {
  if (!isJson(file)) return readDevVars(file);
  if (!existsSync(file)) return {};
  const read = JSON.parse(await readFile(file, 'utf8')) as unknown;
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new Error(`${file} is not an object of secrets`);
  }
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)]));
}

/** The lines of the file with these values; a name that is not there yet comes last. */
function withLines(text: string, changes: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(changes));
  const lines = text.split(/\r?\n/).map((line) => {
    const name = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/.exec(line)?.[1] ?? '';
    const value = changes[name];
    if (value === undefined) return line;
    left.delete(name);
    return `${name}=${value}`;
  });
  while (lines.at(-1) === '') lines.pop();
  return [...lines, ...[...left].map(([name, value]) => `${name}=${value}`), ''].join('\n');
}

/** Sets these secrets and leaves all others. */
export async function changeSecretFile(
  file: string,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const before = existsSync(file) ? await readFile(file, 'utf8') : '';
  const text = isJson(file)
    ? `${JSON.stringify({ ...(await readSecretFile(file)), ...changes }, null, 2)}\n`
    : withLines(before, changes);
  const draft = `${file}.new`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, file);
}
