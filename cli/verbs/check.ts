// `check` and `schema`: is this a policy that a gateway could serve, with all errors at once and
// the line of each where it can be told; and the JSON Schema that editors read.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Command } from 'commander';
import type { Policy } from '../../core/policy/policy.ts';
import { inRoot } from '../../local/paths.ts';
import { policyJsonSchema, SCHEMA_FILE } from '../../local/policy-schema.ts';
import { readPolicy } from '../../local/read-policy.ts';
import type { Common, Ground } from '../ground.ts';
import { misused } from '../ending.ts';
import { plain, type Said, table } from '../output.ts';
import { lineOf } from '../policy-lines.ts';
import { policyWarnings } from '../policy-warnings.ts';
import { local, type Runner } from '../verb.ts';

type Fault = { readonly path: string; readonly line: number | null; readonly sentence: string };

const modeOf = ({ mode }: Pick<Policy, 'mode'>): string =>
  mode === null
    ? 'enforce'
    : typeof mode === 'string'
      ? mode
      : `enforce for ${plain(mode.enforcePercent)} %`;

function summary(file: string, policy: Policy, warnings: readonly string[]): Said {
  const routes = policy.routes.map((route) => ({
    id: route.id,
    path: route.path,
    to: route.provider?.id ?? route.origin?.id ?? '–',
    models: route.models.size,
    mode: modeOf({ mode: route.mode ?? policy.mode }),
  }));
  const budgets = [...policy.limits.named.values()].filter((list) => list.length > 0).length;
  const json = {
    file,
    version: policy.version,
    realm: policy.realm,
    mode: policy.mode ?? 'enforce',
    routes,
    plans: [...policy.plans.keys()],
    warnings,
  };
  const rows = routes.map(({ id, path, to, models, mode }) => [
    `  ${plain(id)}`,
    plain(path),
    `→ ${plain(to)}`,
    `${String(models)} models`,
    mode,
  ]);
  const text =
    `${plain(file)} is a valid policy, version ${policy.version}, realm ${plain(policy.realm)}, ` +
    `mode ${modeOf(policy)}\n` +
    `${String(routes.length)} routes, ${String(policy.plans.size)} plans, budgets by name: ` +
    `${String(budgets)}\n${table(rows)}` +
    warnings.map((warning) => `warning: ${plain(warning)}\n`).join('');
  return { json, text };
}

async function check(ground: Ground, name: string | undefined): Promise<Said> {
  const file = name === undefined ? inRoot('weighbridge.config.ts') : ground.path(name);
  const shown = relative(ground.path(), file) || file;
  if (!existsSync(file)) throw misused(`There is no file ${plain(shown)}`);
  const read = await readPolicy(file);
  if (read.kind === 'policy') return summary(shown, read.policy, policyWarnings(read.policy));
  if (read.kind === 'broken') {
    const errors = read.sentences.map((sentence) => ({ path: '', line: null, sentence }));
    return {
      json: { file: shown, errors },
      text: read.sentences.map((sentence) => `${plain(sentence)}\n`).join(''),
      code: 1,
    };
  }
  const text = await readFile(file, 'utf8');
  const errors: Fault[] = read.errors.map(({ path, sentence }) => ({
    path,
    line: lineOf(text, path, sentence),
    sentence,
  }));
  const place = ({ line }: Fault): string => (line === null ? shown : `${shown}:${String(line)}`);
  const lines = errors.map(
    (one) => `${plain(place(one))}: ${plain(one.path)}: ${plain(one.sentence)}\n`,
  );
  return { json: { file: shown, errors }, text: lines.join(''), code: 1 };
}

async function schema(ground: Ground, isShown: boolean): Promise<Said> {
  const written = policyJsonSchema();
  const json: unknown = JSON.parse(written);
  if (isShown) return { json, text: written };
  const shown = relative(ground.path(), SCHEMA_FILE);
  if ((await readFile(SCHEMA_FILE, 'utf8').catch(() => '')) === written) {
    return { json: { file: shown, changed: false }, text: `${shown} is up to date.\n` };
  }
  await ground.sure(`Write ${shown}`);
  await writeFile(SCHEMA_FILE, written);
  return { json: { file: shown, changed: true }, text: `${shown} is written.\n` };
}

export function checkVerbs(program: Command, run: Runner): void {
  local(program.command('check').description('is this a policy: all errors at once'))
    .argument('[file]', 'weighbridge.config.ts, unless said')
    .option('--print-schema', 'the JSON Schema of policies instead')
    .action((file: string | undefined, options: Common & { printSchema?: boolean }) =>
      run(options, (ground) =>
        options.printSchema === true ? schema(ground, true) : check(ground, file),
      ),
    );
  local(program.command('schema').description('write docs/policy.schema.json'))
    .option('--print', 'only show it')
    .action((options: Common & { print?: boolean }) =>
      run(options, (ground) => schema(ground, options.print === true)),
    );
}
