// What `init` would write, shown before it is: new files and lines that are added. A file that is
// there is never written over, and no line of one is taken out but the one that names the policy.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { plain } from '../output.ts';

export type Change = {
  readonly file: string;
  /** Null: there is no such file yet. */
  readonly before: string | null;
  readonly after: string;
};

/** A file of its own, if there is none. */
export const newFile = (file: string, after: string): Change | null =>
  existsSync(file) ? null : { file, before: null, after };

/** The lines that the file does not have yet, at its end. `isThere`: what says it already. */
export async function addedLines(
  file: string,
  lines: readonly { readonly text: string; readonly isThere: RegExp }[],
): Promise<Change | null> {
  const before = existsSync(file) ? await readFile(file, 'utf8') : null;
  const missing = lines.filter(({ isThere }) => !isThere.test(before ?? ''));
  if (missing.length === 0) return null;
  const start =
    before === null || before === '' || before.endsWith('\n') ? (before ?? '') : `${before}\n`;
  return { file, before, after: `${start}${missing.map(({ text }) => `${text}\n`).join('')}` };
}

const SHIPPED_ALIAS = '"weighbridge-policy" = "./weighbridge.config.ts"';
const ROUTES_EXAMPLE = /^# routes = \[.*\n/m;

/** Wrangler's file with the route of this host and this policy; null if it has its own already. */
export async function zoneLines(
  file: string,
  host: string,
  policy: string,
): Promise<Change | null> {
  const before = await readFile(file, 'utf8');
  const hasRoutes = /^\s*routes?\s*=/m.test(before);
  // The zone is the operator's to correct: a host's last two labels are it more often than not.
  const zone = host.split('.').slice(-2).join('.');
  const line = `routes = [{ pattern = "${host}/*", zone_name = "${zone}" }]\n`;
  const routed = hasRoutes ? before : before.replace(ROUTES_EXAMPLE, (example) => example + line);
  const after = routed.replace(SHIPPED_ALIAS, `"weighbridge-policy" = "${policy}"`);
  return after === before ? null : { file, before, after };
}

/** Lines with `+` and `-`, and the first and the last that stay on either side. */
export function diffOf({ before, after }: Change, name: string): string {
  const old = before === null ? [] : before.split('\n');
  const next = after.split('\n');
  const lines: string[] = [];
  let [left, right] = [0, 0];
  while (left < old.length || right < next.length) {
    if (left < old.length && old[left] === next[right]) {
      left += 1;
      right += 1;
      continue;
    }
    // Changes here are of single lines: either one came, or one took the place of another.
    const came = left >= old.length || next.indexOf(old[left] ?? '', right) > right;
    if (!came) lines.push(`-${plain(old[left])}`);
    if (right < next.length) lines.push(`+${plain(next[right])}`);
    if (!came) left += 1;
    right += 1;
  }
  if (lines.at(-1) === '+') lines.pop();
  const from = before === null ? '/dev/null' : name;
  return `--- ${plain(from)}\n+++ ${plain(name)}\n${lines.join('\n')}\n`;
}

/** Fails where somebody else has written it in the meantime. */
export async function write({ file, before, after }: Change): Promise<void> {
  if (before === null) await writeFile(file, after, { flag: 'wx' });
  else if ((await readFile(file, 'utf8')) === before) await writeFile(file, after);
  else throw new Error(`${file} has changed meanwhile`);
}
