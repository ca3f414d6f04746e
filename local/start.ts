// `npm start`: builds, boots the gateway and the provider emulator, says where they are in one
// line, and takes both down when it is interrupted. Needs no account, no key and no network.

import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAssets, buildWorker } from './build.ts';
import { FirstAnswer } from './first-answer.ts';
import { inRoot } from './paths.ts';
import { checkPolicy } from './read-policy.ts';
import { announce } from './running.ts';
import { startStack } from './stack.ts';
import { lockState, STATE_LOCK } from './state-lock.ts';
import { storyOf } from './story.ts';

/** How long the gateway before this one may take to end. */
const ENDING_MS_MAX = 3_000;

const HELP = `Usage: npm start -- [options]

  --port N            the gateway's port (8787)
  --emulator-port N   the provider emulator's port (8788)
  --state DIR         where state is kept (.weighbridge/state)
  --reset             empty the state first
  --policy FILE       another policy than weighbridge.config.ts
  --quiet             no line per call
  --help              this

A provider whose key is in .dev.vars (OPENAI_API_KEY, ANTHROPIC_API_KEY, …) is asked itself, every
other one is played by the emulator.
`;

const RESTARTS_MAX = 20;
/** How often to look whether whoever started this is still there. */
const PARENT_WATCH_MS = 500;

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8787' },
      'emulator-port': { type: 'string', default: '8788' },
      state: { type: 'string', default: inRoot('.weighbridge', 'state') },
      reset: { type: 'boolean', default: false },
      policy: { type: 'string', default: inRoot('weighbridge.config.ts') },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const port = (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 0 || number > 65_535) {
      throw new Error(`not a port: ${text}`);
    }
    return number;
  };
  return { ...values, port: port(values.port), emulatorPort: port(values['emulator-port']) };
}

/** All but the lock, which says that the rest is ours. */
async function emptyState(stateDirectory: string): Promise<void> {
  for (const name of await readdir(stateDirectory)) {
    if (name !== STATE_LOCK) await rm(join(stateDirectory, name), { recursive: true });
  }
}

const misconfigured = (missing: readonly string[], stateDirectory: string): Error =>
  new Error(
    'The gateway is not configured; nothing was started:\n' +
      missing.map((sentence) => `  ${sentence}\n`).join('') +
      `Its secrets are in ${join(stateDirectory, 'secrets.json')}; .dev.vars goes before them. ` +
      'See docs/keys.md.',
  );

async function main(): Promise<void> {
  const chosen = options();
  if (chosen.help) {
    process.stdout.write(HELP);
    return;
  }
  const policyFile = resolve(chosen.policy);
  const stateDirectory = resolve(chosen.state);
  await checkPolicy(policyFile);
  process.on('exit', await lockState(stateDirectory, ENDING_MS_MAX));
  await buildAssets();
  const workerFile = join(stateDirectory, 'worker', 'index.js');
  if (chosen.reset) await emptyState(stateDirectory);
  const first = new FirstAnswer();
  await buildWorker({ outputFile: workerFile, policyFile });
  const stack = await startStack({
    port: chosen.port,
    emulatorPort: chosen.emulatorPort,
    stateDirectory,
    workerFile,
    policyFile,
    onLine: (line) => {
      first.hear(line);
      const story = chosen.quiet ? null : storyOf(line);
      if (story !== null) process.stdout.write(`${story}\n`);
    },
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void stack.close().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, PARENT_WATCH_MS).unref();
  const missing = await first.missing(stack.gatewayUrl);
  if (missing.length > 0) {
    await stack.close();
    throw misconfigured(missing, stateDirectory);
  }
  process.on(
    'exit',
    await announce(stateDirectory, {
      gateway: stack.gatewayUrl,
      emulator: stack.emulatorUrl,
      policyFile,
    }),
  );
  process.stdout.write(
    `ready ${JSON.stringify({
      gateway: stack.gatewayUrl,
      emulator: stack.emulatorUrl,
      adminToken: stack.adminToken,
    })}\n`,
  );
  process.stdout.write(`Open ${stack.gatewayUrl}/ to chat. Ctrl-C stops everything.\n`);
  for (let restarts = 0; restarts < RESTARTS_MAX; restarts += 1) {
    await stack.died;
    if (stopping) return;
    process.stderr.write('The gateway process ended; starting it again on the same state.\n');
    await stack.restart();
  }
}

/** A way out of what is easily met. */
function wayOut({ code = '' }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return '; take others: npm start -- --port N --emulator-port M';
  return code.startsWith('ERR_PARSE_ARGS') ? ' (npm start -- --help tells more)' : '';
}

main().catch((cause: unknown) => {
  const sentence = cause instanceof Error ? cause.message + wayOut(cause) : String(cause);
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
});
