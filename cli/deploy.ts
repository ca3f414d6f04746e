// `npm run deploy`: looks for what would make a deployment unsafe, then hands over to wrangler.
// Nothing is sent while `doctor` finds an error, and nothing that it has not looked at.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAssets } from '../local/build.ts';
import { inRoot } from '../local/paths.ts';
import { runTool } from '../local/run-tool.ts';
import type { Finding } from './doctor/finding.ts';
import { gather } from './doctor/gather.ts';
import { findingsOf } from './doctor/index.ts';
import { findingText } from './verbs/doctor.ts';

/** What would take the place of what wrangler's file says. */
const BEHIND_ITS_BACK = [
  'var',
  'route',
  'routes',
  'alias',
  'domain',
  'assets',
  'compatibility-flags',
];

/** What keeps this from being deployed. */
export async function findings(arguments_: readonly string[] = []): Promise<readonly Finding[]> {
  const { values } = parseArgs({
    args: [...arguments_],
    options: { 'secrets-file': { type: 'string' }, config: { type: 'string', short: 'c' } },
    strict: false,
    allowPositionals: true,
  });
  const { 'secrets-file': secrets, config } = values as Readonly<
    Record<string, string | undefined>
  >;
  const overrides = Object.keys(values)
    .filter((name) => BEHIND_ITS_BACK.includes(name.replace(/^compatibility-flag$/, '$&s')))
    .map((name) => `--${name}`);
  const all = findingsOf(
    await gather({
      nowMs: Date.now(),
      configFile: config === undefined ? inRoot('wrangler.toml') : resolve(config),
      policyFile: null,
      secretsFile: secrets ?? null,
      zoneRoutes: [],
      origin: null,
      gateway: null,
    }),
  );
  const wrong = all.filter(({ severity }) => severity === 'error');
  return [
    ...wrong,
    ...overrides.map((name): Finding => ({
      rule: 'unseen-argument',
      severity: 'error',
      where: name,
      sentence: 'Changes what is deployed where nobody looks at it.',
      fix: 'Write it into wrangler.toml.',
    })),
  ];
}

if (process.argv[1]?.endsWith('deploy.ts') === true) {
  const wrong = await findings(process.argv.slice(2));
  if (wrong.length > 0) {
    process.stderr.write(`Not deployed:\n${wrong.map(findingText).join('')}`);
    process.exit(1);
  }
  await buildAssets();
  await runTool('wrangler', ['deploy', ...process.argv.slice(2)]);
}
