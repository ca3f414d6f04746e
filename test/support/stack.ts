// A whole local stack for one test file: emulator, gateway in workerd, front, on ports of their own
// and state in a temporary folder. The work asked of callers is small unless a test says otherwise.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAssets, buildWorker } from '../../local/build.ts';
import { inRoot } from '../../local/paths.ts';
import { startStack as startLocalStack, type Stack } from '../../local/stack.ts';

export type EmulatorCall = {
  readonly id: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly billedNanoUsd: number;
  readonly chunksSent: number;
  readonly endedBy: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
};

export type Ledger = {
  readonly billedNanoUsd: number;
  readonly openStreams: number;
  readonly calls: readonly EmulatorCall[];
};

export type Counter = {
  readonly name: string;
  readonly scope: string;
  readonly used: number;
  readonly held: number;
  readonly cap: number;
  /** An operator set this cap; the policy's is another. */
  readonly overridden: boolean;
  readonly resetsAt: string | null;
};

export type PrincipalView = {
  readonly principal: string;
  readonly counters: readonly Counter[];
  readonly holds: readonly { id: string; amountNanoUsd: number; expiresAt: string }[];
};

export type MadeKey = { readonly id: string; readonly key: string; readonly principal: string };

export type TestStack = Stack & {
  /** Where the state and the gateway's log are, until the stack is closed. */
  readonly stateDirectory: string;
  /** The built Worker. */
  readonly workerFile: string;
  script(script: object): Promise<void>;
  ledger(): Promise<Ledger>;
  resetEmulator(): Promise<void>;
  /** Calls the operator API; throws on any status that is not 2xx. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  makeKey(name?: string, tenant?: string): Promise<MadeKey>;
  principal(principal: string): Promise<PrincipalView>;
  counter(principal: string, name: string): Promise<Counter>;
  setCap(principal: string, window: string, unit: string, cap: number): Promise<void>;
  /** Takes an override back. */
  dropCap(principal: string, window: string, unit: string): Promise<void>;
  /** Ends workerd, builds the gateway with another policy, and starts it on the same state. */
  restartWith(policyFile: string): Promise<void>;
};

export type TestStackOptions = {
  /** Another policy; by default `test/support/policy.ts`, the shipped one with little work. */
  readonly policyFile?: string;
  /** Another entry than the gateway's own. */
  readonly entryFile?: string;
  readonly bindings?: Readonly<Record<string, string>>;
};

async function checked(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${String(response.status)} ${text}`);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

export async function startStack(options: TestStackOptions = {}): Promise<TestStack> {
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-test-'));
  const workerFile = join(folder, 'worker', 'index.js');
  const stateDirectory = join(folder, 'state');
  await buildAssets();
  const { policyFile = inRoot('test/support/policy.ts'), entryFile } = options;
  const build = (policy: string): Promise<void> =>
    buildWorker({
      outputFile: workerFile,
      policyFile: policy,
      ...(entryFile === undefined ? {} : { entryFile }),
    });
  await build(policyFile);
  const stack = await startLocalStack({
    port: 0,
    emulatorPort: 0,
    stateDirectory,
    workerFile,
    policyFile,
    bindings: { OPENAI_API_KEY: 'sk-emulator', ...options.bindings },
    emulatorOnly: true,
  });
  const post = (path: string, body: unknown): Promise<unknown> =>
    fetch(`${stack.emulatorUrl}${path}`, { method: 'POST', body: JSON.stringify(body) }).then(
      checked,
    );
  const admin = (method: string, path: string, body?: unknown): Promise<unknown> =>
    fetch(`${stack.gatewayUrl}/_weighbridge/admin${path}`, {
      method,
      headers: { Authorization: `Bearer ${stack.adminToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).then(checked);
  const principalPath = (principal: string): string =>
    `/principals/${encodeURIComponent(principal)}`;
  const view = (principal: string): Promise<PrincipalView> =>
    admin('GET', principalPath(principal)) as Promise<PrincipalView>;
  return {
    ...stack,
    stateDirectory,
    workerFile,
    script: (script) => post('/_emulator/script', script).then(() => undefined),
    resetEmulator: () => post('/_emulator/reset', {}).then(() => undefined),
    ledger: () => fetch(`${stack.emulatorUrl}/_emulator/ledger`).then(checked) as Promise<Ledger>,
    admin,
    makeKey: (name = 'test', tenant) =>
      admin('POST', '/keys', {
        name,
        ...(tenant === undefined ? {} : { tenant }),
      }) as Promise<MadeKey>,
    principal: view,
    async counter(principal, name) {
      const found = (await view(principal)).counters.find((counter) => counter.name === name);
      if (found === undefined) throw new Error(`no counter ${name}`);
      return found;
    },
    async setCap(principal, window, unit, cap) {
      await admin('PUT', `${principalPath(principal)}/budgets`, { window, unit, cap });
    },
    async dropCap(principal, window, unit) {
      await admin('DELETE', `${principalPath(principal)}/budgets`, { window, unit });
    },
    async restartWith(policy) {
      await build(policy);
      await stack.restart();
    },
    async close() {
      await stack.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
