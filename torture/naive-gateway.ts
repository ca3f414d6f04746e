// Runs the negative control in workerd beside a stack, against the same provider emulator.

import { join } from 'node:path';
import { buildWorker } from '../local/build.ts';
import { inRoot } from '../local/paths.ts';
import { startWorkerd, type Workerd } from '../local/workerd.ts';
import type { TestStack } from '../test/support/stack.ts';

export type NaiveGateway = {
  url(): string;
  /** Ends it at once and starts it again on the same state. */
  crash(): Promise<void>;
  /** What it believes to have spent. */
  spent(): Promise<number>;
  close(): Promise<void>;
};

export async function startNaive(
  stack: TestStack,
  budget: { readonly capNanoUsd: number; readonly callNanoUsd: number },
): Promise<NaiveGateway> {
  const stateDirectory = join(stack.stateDirectory, '..', 'naive');
  const workerFile = join(stateDirectory, 'worker.js');
  await buildWorker({ entryFile: inRoot('torture/naive/worker.ts'), outputFile: workerFile });
  const launch = (): Promise<Workerd> =>
    startWorkerd({
      workerFile,
      port: 0,
      stateDirectory,
      bindings: {
        PROVIDER_URL: stack.emulatorUrl,
        CAP_NANO_USD: String(budget.capNanoUsd),
        CALL_NANO_USD: String(budget.callNanoUsd),
      },
      objects: { NAIVE_LEDGER: 'NaiveLedger' },
    });
  let workerd = await launch();
  const url = (): string => `http://127.0.0.1:${String(workerd.port)}`;
  return {
    url,
    async crash() {
      await workerd.stop('SIGKILL');
      workerd = await launch();
    },
    spent: async () => Number(await (await fetch(`${url()}/spent`)).text()),
    close: () => workerd.stop('SIGKILL'),
  };
}
