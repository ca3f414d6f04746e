// `npm run deploy`: looks for what would make a deployment unsafe, then hands over to wrangler.
// Nothing is sent while anything is wrong.

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadPolicy } from '../core/policy/load.ts';
import { keySetWarnings, PROOF_KEY_VARIABLES, readKeySet } from '../core/proof/key-set.ts';
import policySource from '../weighbridge.config.ts';
import { buildAssets } from './build.ts';
import { inRoot } from './paths.ts';
import { runTool } from './run-tool.ts';
import { readSecretFile } from './secret-file.ts';

/** The file of secrets that goes along with the deployment, if one is named. */
const secretsFileOf = (arguments_: readonly string[]): string | undefined =>
  parseArgs({
    args: [...arguments_],
    options: { 'secrets-file': { type: 'string' } },
    strict: false,
    allowPositionals: true,
  }).values['secrets-file'] as string | undefined;

/** The gateway would refuse to boot with these keys, or they are not safe to leave. */
async function keyFindings(file: string): Promise<readonly string[]> {
  const secrets = await readSecretFile(file);
  // Proof keys that are set already stay as they are where the file has none.
  if (Object.values(PROOF_KEY_VARIABLES).every((name) => secrets[name] === undefined)) return [];
  const keys = readKeySet(secrets);
  const wrong = keys.ok ? keySetWarnings(keys.value) : keys.error;
  return wrong.map((sentence) => `${file}: ${sentence}`);
}

/** What is wrong with `wrangler.toml`, the policy and the secrets sent along, in sentences. */
export async function findings(arguments_: readonly string[] = []): Promise<string[]> {
  const secretsFile = secretsFileOf(arguments_);
  const wrong = secretsFile === undefined ? [] : [...(await keyFindings(secretsFile))];
  const toml = (await readFile(inRoot('wrangler.toml'), 'utf8')).replace(/^\s*#.*$/gm, '');
  if (!/enable_request_signal/.test(toml)) {
    wrong.push('wrangler.toml: compatibility_flags lacks "enable_request_signal"');
  }
  for (const key of ['workers_dev', 'preview_urls']) {
    if (!new RegExp(`^\\s*${key}\\s*=\\s*false`, 'm').test(toml)) {
      wrong.push(`wrangler.toml: ${key} must be false, or the gateway has a second address`);
    }
  }
  const patterns = [...toml.matchAll(/pattern\s*=\s*"([^"]+)"/g)].map((match) => match[1] ?? '');
  if (patterns.length === 0) wrong.push('wrangler.toml: no route is bound; see the README');
  for (const pattern of patterns) {
    if (!/^[^/]+\/\*$/.test(pattern)) {
      wrong.push(`wrangler.toml: bind "host/*", not "${pattern}": a miss goes to the origin`);
    }
  }
  if (/WEIGHBRIDGE_LOCAL/.test(toml)) {
    wrong.push('wrangler.toml: WEIGHBRIDGE_LOCAL believes the socket and belongs to no deployment');
  }
  const policy = loadPolicy(policySource);
  if (!policy.ok) {
    for (const { path, sentence } of policy.error) wrong.push(`policy: ${path}: ${sentence}`);
  } else if (policy.value.realm.endsWith('.local')) {
    wrong.push('policy: give the realm a name of your own, so that proofs are good here only');
  }
  return wrong;
}

if (process.argv[1]?.endsWith('deploy.ts') === true) {
  const wrong = await findings(process.argv.slice(2));
  if (wrong.length > 0) {
    process.stderr.write(`Not deployed:\n${wrong.map((line) => `  ${line}\n`).join('')}`);
    process.exit(1);
  }
  await buildAssets();
  await runTool('wrangler', ['deploy', ...process.argv.slice(2)]);
}
