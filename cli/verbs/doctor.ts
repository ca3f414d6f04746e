// `doctor`: what of a deployment is unsafe, missing or old, each with what it means and how to put
// it right. Changes nothing. An error ends with 1.

import type { Command } from 'commander';
import { inRoot } from '../../local/paths.ts';
import { gather } from '../doctor/gather.ts';
import { findingsOf } from '../doctor/index.ts';
import type { Finding } from '../doctor/finding.ts';
import { misused } from '../ending.ts';
import type { Common, Ground } from '../ground.ts';
import { plain, type Said } from '../output.ts';
import { listed, remote, type Runner } from '../verb.ts';

type Doctor = Common & {
  readonly zoneRoute?: readonly string[];
  readonly origin?: string;
  readonly config?: string;
  readonly policy?: string;
  readonly secretsFile?: string;
};

function originOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password !== '') {
    throw misused('--origin: write the address of your app behind the gateway, https://host');
  }
  return url.origin;
}

export const findingText = ({ rule, severity, where, sentence, fix }: Finding): string =>
  `${severity}  ${plain(where)}: ${plain(sentence)} (${rule})\n         ${plain(fix)}\n`;

async function doctor(ground: Ground, options: Doctor): Promise<Said> {
  const { zoneRoute = [], config, policy, secretsFile } = options;
  const origin = originOf(options.origin);
  const gateway = await ground.gatewayIfAny();
  ground.progress(`Looking at the files${gateway === null ? '' : ` and at ${gateway.url}`}`);
  const findings = findingsOf(
    await gather({
      nowMs: ground.nowMs(),
      configFile: config === undefined ? inRoot('wrangler.toml') : ground.path(config),
      policyFile: policy === undefined ? await ground.policyAt(gateway) : ground.path(policy),
      secretsFile: secretsFile === undefined ? null : ground.path(secretsFile),
      zoneRoutes: zoneRoute,
      origin,
      gateway,
    }),
  );
  const count = (severity: string): number =>
    findings.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  return {
    json: { findings, errors, warnings },
    text:
      findings.map(findingText).join('') +
      `Errors: ${String(errors)}. Warnings: ${String(warnings)}.\n`,
    code: errors + warnings > 0 ? 1 : 0,
  };
}

export function doctorVerb(program: Command, run: Runner): void {
  remote(program.command('doctor').description('what is unsafe, missing or old, and how to fix it'))
    .option(
      '--zone-route <pattern>',
      'a route that is set elsewhere; say it again for more',
      listed,
    )
    .option('--origin <url>', 'ask your app directly, without a signature')
    .option('--config <file>', 'another wrangler.toml')
    .option('--policy <file>', 'another policy than wrangler.toml names')
    .option('--secrets-file <file>', 'secrets to look at: JSON or NAME=value lines')
    .action((options: Doctor) => run(options, (ground) => doctor(ground, options)));
}
