// `npm run keys`: makes and rotates the gateway's own secrets in a file, says which step a rotation
// is at, and what to tell wrangler. It sends nothing anywhere and prints no secret.

import { randomBytes } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROOF_KEY_VARIABLES } from '../core/proof/key-set.ts';
import { completed, rotated, type Rotation, stepOf } from './key-rotation.ts';
import { inRoot } from './paths.ts';
import { changeSecretFile, readSecretFile } from './secret-file.ts';

const HELP = `Usage: npm run keys -- [new | rotate] [--file FILE] [--now]

  (nothing)     says which step of a rotation the keys are at
  new           makes what a gateway needs and the file does not have yet
  rotate        takes the next step of a rotation, in the file
  --file FILE   .dev.vars lines, or JSON. Default: .dev.vars if it has proof keys, else
                .weighbridge/state/secrets.json, where npm start keeps its own
  --now         rotates to a next key that was made less than ten minutes ago: for one gateway,
                on this machine
  --help        this

Ends with 0 if the step was taken, 1 if it was not. See docs/keys.md.
`;

/** A step that was not taken, in sentences. */
class NotNow extends Error {
  override name = 'NotNow';
}

const random = (): string => randomBytes(32).toString('base64url');

async function defaultFile(root: string): Promise<string> {
  const vars = join(root, '.dev.vars');
  const hasKeys = (await readSecretFile(vars))[PROOF_KEY_VARIABLES.active] !== undefined;
  return hasKeys ? vars : join(root, '.weighbridge', 'state', 'secrets.json');
}

/** How the change gets to where the gateway runs. */
function advice(file: string, changed: readonly string[]): string {
  if (changed.length === 0) return '';
  const one = changed.map((name) => `  npx wrangler secret put ${name}\n`).join('');
  return (
    'On this machine: start npm start again.\n' +
    'Deployed: send the whole file, once;\n' +
    `  npx wrangler secret bulk ${file}\n` +
    `or the ${String(changed.length)} that changed, in this order:\n${one}`
  );
}

async function take(file: string, rotation: Rotation): Promise<string> {
  const { secrets, changed, noted = [], sentence } = rotation;
  await changeSecretFile(
    file,
    Object.fromEntries([...changed, ...noted].map((name) => [name, secrets[name] ?? ''])),
  );
  return `${sentence}\n${advice(relative(process.cwd(), file), changed)}`;
}

/** What to say, after doing what was asked. Throws `NotNow` where it may not be done. */
export async function keysCommand(
  arguments_: readonly string[],
  nowSeconds: number,
  root = inRoot(),
): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...arguments_],
    allowPositionals: true,
    options: {
      file: { type: 'string' },
      now: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, ...more] = positionals;
  if (values.help) return HELP;
  if (more.length > 0 || (command !== undefined && !['new', 'rotate'].includes(command))) {
    throw new NotNow(HELP);
  }
  const file = values.file === undefined ? await defaultFile(root) : resolve(values.file);
  const secrets = await readSecretFile(file);
  const step = stepOf(secrets, nowSeconds);
  if (!step.ok) throw new NotNow(`${file}: ${step.error.join('; ')}`);
  if (command === undefined) return `${relative(process.cwd(), file)}: ${step.value.sentence}\n`;
  if (command === 'new') return take(file, completed(secrets, random));
  const rotation = rotated(secrets, nowSeconds, random, values.now);
  if (!rotation.ok) throw new NotNow(rotation.error.join('; '));
  return take(file, rotation.value);
}

if (process.argv[1]?.endsWith('keys.ts') === true) {
  try {
    const said = await keysCommand(process.argv.slice(2), Math.floor(Date.now() / 1_000));
    process.stdout.write(said);
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 1;
  }
}
