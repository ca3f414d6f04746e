// The verbs, and how a run of one ends: what it said on stdout, what went wrong on stderr, and one
// of four exit codes. What was typed is never repeated where it may hold a secret.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { inRoot } from '../local/paths.ts';
import { Ending, type ExitCode } from './ending.ts';
import { Ground } from './ground.ts';
import { jsonText } from './output.ts';
import { budgetVerbs } from './verbs/budget.ts';
import { checkVerbs } from './verbs/check.ts';
import { doctorVerb } from './verbs/doctor.ts';
import { explainVerb } from './verbs/explain.ts';
import { impactVerb } from './verbs/impact.ts';
import { initVerb } from './verbs/init.ts';
import { keyVerbs } from './verbs/keys.ts';
import { switchVerbs } from './verbs/switches.ts';
import type { Runner, Verb } from './verb.ts';

const VERBS = [
  initVerb,
  checkVerbs,
  doctorVerb,
  explainVerb,
  switchVerbs,
  budgetVerbs,
  keyVerbs,
  impactVerb,
] as const satisfies readonly Verb[];

const AFTER = `
Ends with 0 if it is done, 1 if something was found or refused, 2 if it is no command, 3 if nobody
answers. Speaks JSON where stdout is no terminal. The operator token comes from .weighbridge/state
for the gateway that npm start runs, else from $WEIGHBRIDGE_ADMIN_TOKEN or stdin: never from an
argument.`;

const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as { version: string };

/** `--token=abc` in a log is a token in a log. */
const withoutValues = (text: string): string => text.replaceAll(/(--[\w-]+=)[^\s']+/g, '$1…');

async function print(text: string): Promise<void> {
  // A pipe may take less than all of it at once, and the process ends behind this.
  await new Promise<void>((resolve) => {
    process.stdout.write(text, () => {
      resolve();
    });
  });
}

/** Runs one command line and returns the code to end with. */
export async function runCommand(words: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = 0;
  // Whoever reads may have had enough before the end: `… | head`.
  process.stdout.on('error', () => undefined);
  const run: Runner = async (common, act) => {
    const ground = new Ground(common);
    try {
      const said = await act(ground);
      await print(ground.isText ? said.text : jsonText(said.json));
      code = said.code ?? 0;
    } catch (cause) {
      if (!(cause instanceof Ending)) throw cause;
      ({ code } = cause);
      process.stderr.write(`${cause.message}\n`);
      if (!ground.isText) await print(jsonText({ error: cause.message, exitCode: cause.code }));
    }
  };
  const program = new Command('weighbridge')
    .description('Operate a Weighbridge gateway and look after its policy.')
    .usage('[verb] [options]')
    .version(version)
    .showHelpAfterError('(--help tells more)')
    .addHelpText('after', AFTER)
    .configureOutput({
      outputError: (text, write) => {
        write(withoutValues(text));
      },
    })
    .exitOverride();
  for (const verb of VERBS) verb(program, run);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    if (cause.exitCode === 0) return 0;
    const [json, text] = [words.includes('--json'), words.includes('--text')];
    if (!new Ground({ json, text }).isText) {
      const isNone = cause.code === 'commander.help';
      const said = withoutValues(cause.message)
        .replace(/^error: /, '')
        .replaceAll('\n', ' ');
      const error = isNone ? 'Say a verb.' : said;
      await print(jsonText({ error, exitCode: 2 }));
    }
    return 2;
  }
  return code;
}
