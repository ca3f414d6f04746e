// Everything that runs on a developer's machine, together: the provider emulator, the gateway in
// workerd, and the front before it. `npm start`, the edge tests and the torture runs all use this
// one.

import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../emulator/server.ts';
import { type Front, startFront } from './front.ts';
import { humanBindings } from './human-bindings.ts';
import { inRoot } from './paths.ts';
import { providerBindings } from './provider-bindings.ts';
import { localSecrets, readDevVars } from './secrets.ts';
import { GATEWAY_OBJECTS, startWorkerd, type Workerd } from './workerd.ts';

export type StackOptions = {
  readonly port: number;
  readonly emulatorPort: number;
  readonly stateDirectory: string;
  readonly workerFile: string;
  /** The policy the Worker was built with; the shipped one unless it is said. */
  readonly policyFile?: string;
  /** More bindings, or others, e.g. a provider key. */
  readonly bindings?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  /** Never the real provider, whatever `.dev.vars` says. */
  readonly emulatorOnly?: boolean;
};

export type Stack = {
  readonly gatewayUrl: string;
  readonly emulatorUrl: string;
  readonly adminToken: string;
  /** The gateway without the front before it. */
  directPort(): number;
  workerdPid(): number;
  /** Ends workerd at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts workerd again on the same state. */
  restart(): Promise<void>;
  /** Resolves when workerd ends without being asked to. */
  readonly died: Promise<void>;
  close(): Promise<void>;
};

/** Secrets of this state, what the developer has set, and stand-ins for what is set nowhere. */
async function bindingsOf(
  { stateDirectory, policyFile, emulatorOnly, bindings }: StackOptions,
  emulatorUrl: string,
): Promise<Record<string, string>> {
  const secrets = await localSecrets(stateDirectory);
  const vars = emulatorOnly === true ? {} : await readDevVars();
  const policy = policyFile ?? inRoot('weighbridge.config.ts');
  return {
    ...secrets,
    ...vars,
    ...(await providerBindings(policy, vars, emulatorUrl)),
    ...(await humanBindings(policy, vars, emulatorUrl)),
    ...bindings,
    WEIGHBRIDGE_LOCAL: '1',
  };
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const { stateDirectory, workerFile } = options;
  await mkdir(stateDirectory, { recursive: true });
  const emulator: Emulator = await startEmulator({
    port: options.emulatorPort,
    fixturesDirectory: process.env['WEIGHBRIDGE_FIXTURES'] ?? inRoot('..', 'shared', 'fixtures'),
  });
  const bindings = await bindingsOf(options, emulator.url);
  const log = join(stateDirectory, 'gateway.log');
  const onLine = (line: string): void => {
    void appendFile(log, `${line}\n`);
    options.onLine?.(line);
  };
  const launch = (): Promise<Workerd> =>
    startWorkerd({
      workerFile,
      port: 0,
      stateDirectory,
      bindings,
      objects: GATEWAY_OBJECTS,
      onLine,
    });
  let workerd = await launch();
  let wanted = true;
  let announce: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const watch = (one: Workerd): void => {
    void one.exited.then(() => {
      if (wanted && one === workerd) announce();
    });
  };
  watch(workerd);
  const front: Front = await startFront(options.port, workerd.port).catch(async (cause) => {
    await workerd.stop();
    throw cause;
  });
  return {
    gatewayUrl: `http://127.0.0.1:${String(front.port)}`,
    emulatorUrl: emulator.url,
    adminToken: bindings['WEIGHBRIDGE_ADMIN_TOKEN'] ?? '',
    directPort: () => workerd.port,
    workerdPid: () => workerd.pid,
    died,
    async kill() {
      wanted = false;
      await workerd.stop('SIGKILL');
    },
    async restart() {
      wanted = false;
      await workerd.stop('SIGKILL');
      workerd = await launch();
      wanted = true;
      watch(workerd);
      front.pointAt(workerd.port);
    },
    async close() {
      wanted = false;
      await front.close();
      await workerd.stop();
      await emulator.close();
    },
  };
}
