// `init`: a first policy for an app, from what is found in its folder. Shows every line before it
// writes one, and writes over nothing.

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { inRoot } from '../../local/paths.ts';
import { misused } from '../ending.ts';
import type { Common, Ground } from '../ground.ts';
import { addedLines, type Change, diffOf, newFile, write, zoneLines } from '../init/changes.ts';
import { APP_SECRET, APP_VARIABLE, appRoutes, policyText, PROVIDERS } from '../init/policy-text.ts';
import { survey, type Survey } from '../init/survey.ts';
import { plain, type Said } from '../output.ts';
import { local, type Runner } from '../verb.ts';

type Init = Common & { readonly into?: string; readonly host?: string };

/** Nobody's: RFC 2606. */
const NO_HOST = 'app.example';
const APP_URL = 'http://127.0.0.1:3000';

function hostOf(text: string): string {
  if (/^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text)) return text;
  throw misused(`${plain(text)}: write a host, such as shop.com`);
}

/** From a folder to a file, as an import and wrangler write it. */
function pathFrom(folder: string, file: string): string {
  const path = relative(folder, file).split('\\').join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

const nameLine = (name: string, value: string) => ({
  text: `${name}=${value}`,
  isThere: new RegExp(`^\\s*(?:export\\s+)?${name}=`, 'm'),
});

async function changesOf(folder: string, found: Survey, host: string | undefined) {
  // A policy is a module, whatever the package says of its files.
  const name = `weighbridge.config.${found.moduleType === 'commonjs' ? 'mts' : 'ts'}`;
  const policyFile = join(folder, name);
  const core = pathFrom(folder, inRoot('core'));
  const providers = found.providers.length === 0 ? (['openai'] as const) : found.providers;
  const hasApp = appRoutes(found, providers).length > 0;
  const secrets = [
    ...providers.map((id) => nameLine(PROVIDERS[id].secret, '')),
    ...(hasApp ? [nameLine(APP_SECRET, ''), nameLine(APP_VARIABLE, APP_URL)] : []),
  ];
  const text = policyText({ survey: found, core, host: host ?? NO_HOST });
  const changes = [
    newFile(policyFile, text),
    await addedLines(join(folder, '.dev.vars.example'), secrets),
    host === undefined
      ? null
      : await zoneLines(inRoot('wrangler.toml'), host, pathFrom(inRoot(), policyFile)),
  ];
  return { policyFile, changes: changes.filter((one): one is Change => one !== null) };
}

function foundText(found: Survey): string {
  const { framework, routes, patterns, callers, filesAreCut } = found;
  return [
    `Found ${framework ?? 'no framework that is known here'}.`,
    ...routes.map(({ path, file }) => `  POST ${plain(path)} asks a model (${plain(file)})`),
    ...patterns.map(
      (path) => `  ${plain(path)} asks a model too: a route is one path, write it by hand`,
    ),
    ...callers.map((file) => `  ${plain(file)} asks a model, and is no route by itself`),
    ...(filesAreCut ? ['  There are more files than were looked at.'] : []),
    '',
  ].join('\n');
}

const nextText = (policy: string): string => `Next:
  1. edit ${policy}: routes, models, limits
  2. npm run weighbridge -- check ${policy}
  3. npm start -- --policy ${policy}
  4. npm run weighbridge -- keys create --name first --yes, and call /v1/… with it
  (docs/guides/first-protected-call.md)
`;

async function init(ground: Ground, { into, host, yes }: Init): Promise<Said> {
  const folder = ground.path(into ?? '.');
  if (!existsSync(folder) || !(await stat(folder)).isDirectory()) {
    throw misused(`There is no folder ${plain(folder)}`);
  }
  ground.progress(`Looking through ${plain(folder)}`);
  const found = await survey(folder);
  const named = host === undefined ? undefined : hostOf(host);
  const { policyFile, changes } = await changesOf(folder, found, named);
  const nameOf = (file: string): string => relative(ground.path(), file) || file;
  const diffs = changes.map((change) => diffOf(change, nameOf(change.file)));
  const shown = `${foundText(found)}${diffs.join('')}`;
  const policy = nameOf(policyFile);
  const kept = changes.some(({ file }) => file === policyFile)
    ? ''
    : `${policy} is there already and stays as it is.\n`;
  if (changes.length > 0 && yes !== true) {
    // Whoever is asked has to see what about.
    if (ground.isText) process.stdout.write(shown);
    else process.stderr.write(shown);
    await ground.sure(`Write ${changes.map(({ file }) => nameOf(file)).join(', ')}`);
  }
  for (const change of changes) await write(change);
  const wrote = changes.map(({ file }) => nameOf(file));
  return {
    json: { folder, found, wrote, policy, diffs },
    text:
      `${yes === true || changes.length === 0 ? shown : ''}${kept}` +
      `${wrote.map((file) => `wrote ${plain(file)}\n`).join('')}${nextText(plain(policy))}`,
  };
}

export function initVerb(program: Command, run: Runner): void {
  local(program.command('init').description('a first policy for the app in this folder'))
    .option('--into <dir>', 'another folder')
    .option('--host <host>', 'where it will be served: writes the route into wrangler.toml')
    .action((options: Init) => run(options, (ground) => init(ground, options)));
}
