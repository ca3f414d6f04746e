// Runs a Worker in workerd on this machine, as a process of its own with its state on disk: the
// same runtime that serves in production, without a proxy in front that would hide when a caller
// leaves.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CLIENT_FILES, WORKERD } from './paths.ts';

export const COMPATIBILITY_DATE = '2026-11-01';
export const COMPATIBILITY_FLAGS = ['enable_request_signal'];

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 5_000;

export type WorkerdOptions = {
  readonly workerFile: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly stateDirectory: string;
  /** Environment of the Worker: text bindings. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Durable Object bindings: binding name → class name. */
  readonly objects: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
};

export type Workerd = {
  readonly port: number;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
};

export const GATEWAY_OBJECTS = {
  PRINCIPAL_LEDGER: 'PrincipalLedger',
  EDGE_SHARD: 'EdgeShard',
  CONTROL: 'Control',
  CONVERSATION_SHELF: 'ConversationShelf',
} as const;

/** A capnp text literal. */
const quoted = (text: string): string => JSON.stringify(text);

function configText(options: WorkerdOptions, objectsDirectory: string): string {
  const classes = Object.values(options.objects);
  const bindings = [
    '(name = "CLIENT_FILES", service = "client-files")',
    ...Object.entries(options.bindings).map(
      ([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`,
    ),
    ...Object.entries(options.objects).map(
      ([name, className]) =>
        `(name = ${quoted(name)}, durableObjectNamespace = (className = ${quoted(className)}))`,
    ),
  ];
  const namespaces = classes.map(
    (name) =>
      `(className = ${quoted(name)}, uniqueKey = ${quoted(`weighbridge-${name}`)}, enableSql = true)`,
  );
  const storage =
    classes.length === 0
      ? ''
      : `durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "internet", network = (
      allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "objects", disk = (path = ${quoted(objectsDirectory)}, writable = true)),
    (name = "client-files", disk = (path = ${quoted(CLIENT_FILES)})),
  ],
  sockets = [(name = "http", address = ${quoted(`127.0.0.1:${String(options.port)}`)}, http = (),
    service = "gateway")],
);
const gateway :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed ${quoted(basename(options.workerFile))})],
  compatibilityDate = ${quoted(COMPATIBILITY_DATE)},
  compatibilityFlags = [${COMPATIBILITY_FLAGS.map(quoted).join(', ')}],
  globalOutbound = "internet",
  bindings = [${bindings.join(',\n    ')}],
  ${storage}
);
`;
}

const SETPRIV = '/usr/bin/setpriv';

/** Where the system offers it, workerd ends with this process, even if that is killed outright. */
const commandOf = (args: readonly string[]): [string, string[]] =>
  existsSync(SETPRIV)
    ? [SETPRIV, ['--pdeathsig', 'KILL', '--', WORKERD, ...args]]
    : [WORKERD, [...args]];

/** The port workerd says it listens on. */
function listening(control: Readable, exited: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('workerd did not start in time'));
    }, START_MS_MAX);
    createInterface({ input: control }).on('line', (line) => {
      const message = JSON.parse(line) as { event?: string; port?: number };
      if (message.event !== 'listen' || message.port === undefined) return;
      clearTimeout(timer);
      resolve(message.port);
    });
    void exited.then(() => {
      clearTimeout(timer);
      reject(new Error('workerd ended before it listened'));
    });
  });
}

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const objectsDirectory = join(options.stateDirectory, 'objects');
  await mkdir(objectsDirectory, { recursive: true });
  await mkdir(CLIENT_FILES, { recursive: true });
  // Beside the Worker's file, because what it embeds is named relative to it; secrets are in it.
  const configFile = join(
    dirname(options.workerFile),
    `${basename(options.workerFile)}.${String(process.pid)}.${String(Date.now())}.capnp`,
  );
  await writeFile(configFile, configText(options, objectsDirectory), { mode: 0o600 });
  const child = spawn(...commandOf(['serve', '--control-fd=3', configFile]), {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) {
      createInterface({ input: stream }).on('line', (line) => {
        options.onLine?.(line);
      });
    }
  }
  let port: number;
  try {
    port = await listening(child.stdio[3] as Readable, exited);
  } finally {
    await rm(configFile, { force: true });
  }
  return {
    port,
    pid: child.pid ?? 0,
    process: child,
    exited,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
    },
  };
}
