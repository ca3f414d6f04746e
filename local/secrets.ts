// Secrets of a local gateway: made once, kept with its state, so that a proof or a key from before
// a restart is still one after it. What `.dev.vars` says wins.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inRoot } from './paths.ts';

const random = (): string => randomBytes(32).toString('base64url');

/** `NAME=value` lines, as wrangler reads them; quotes round a value are taken off. */
export async function readDevVars(file = inRoot('.dev.vars')): Promise<Record<string, string>> {
  if (!existsSync(file)) return {};
  const vars: Record<string, string> = {};
  for (const line of (await readFile(file, 'utf8')).split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    vars[match[1]] = match[2].replace(/^(["'])(.*)\1$/, '$2');
  }
  return vars;
}

export async function localSecrets(stateDirectory: string): Promise<Record<string, string>> {
  const file = join(stateDirectory, 'secrets.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  const secrets = {
    WEIGHBRIDGE_PROOF_KEY_ACTIVE: `1:${random()}`,
    WEIGHBRIDGE_PROOF_KEY_NEXT: `2:${random()}`,
    WEIGHBRIDGE_API_KEY_SECRET: random(),
    WEIGHBRIDGE_ADMIN_TOKEN: random(),
  };
  await mkdir(stateDirectory, { recursive: true });
  await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}
