// `npm start`: builds, boots the gateway and the provider emulator, says where they are in one
// line, and takes both down when it is interrupted. Needs no account, no key and no network.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { loadPolicy } from '../core/policy/load.ts';
import { buildAssets, buildWorker } from './build.ts';
import { inRoot } from './paths.ts';
import { startStack } from './stack.ts';
import { storyOf } from './story.ts';

const HELP = `Usage: npm start -- [options]

  --port N            the gateway's port (8787)
  --emulator-port N   the provider emulator's port (8788)
  --state DIR         where state is kept (.weighbridge/state)
  --reset             empty the state first
  --policy FILE       another policy than weighbridge.config.ts
  --quiet             no line per call
  --help              this

With OPENAI_API_KEY in .dev.vars the gateway talks to the real provider instead of the emulator.
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

/** Every error of a policy, before anything is started. */
async function checkPolicy(file: string): Promise<void> {
  if (!existsSync(file)) throw new Error(`there is no policy ${file}`);
  const module = (await import(pathToFileURL(file).href)) as { default: unknown };
  const policy = loadPolicy(module.default);
  if (policy.ok) return;
  const lines = policy.error.map(({ path, sentence }) => `  ${path}: ${sentence}`);
  throw new Error(`${file} is not a valid policy:\n${lines.join('\n')}`);
}

async function main(): Promise<void> {
  const chosen = options();
  if (chosen.help) {
    process.stdout.write(HELP);
    return;
  }
  const policyFile = resolve(chosen.policy);
  const stateDirectory = resolve(chosen.state);
  await checkPolicy(policyFile);
  await buildAssets();
  const workerFile = join(stateDirectory, 'worker', 'index.js');
  if (chosen.reset) await rm(stateDirectory, { recursive: true, force: true });
  await buildWorker({ outputFile: workerFile, policyFile });
  const stack = await startStack({
    port: chosen.port,
    emulatorPort: chosen.emulatorPort,
    stateDirectory,
    workerFile,
    onLine: (line) => {
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

main().catch((cause: unknown) => {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(1);
});
