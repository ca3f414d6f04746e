// Runs the negative control in workerd beside a stack, against the same provider emulator.

import { join } from 'node:path';
import { buildWorker } from '../local/build.ts';
import { inRoot } from '../local/paths.ts';
import { startWorkerd } from '../local/workerd.ts';
import type { TestStack } from '../test/support/stack.ts';

export type NaiveGateway = { readonly url: string; close(): Promise<void> };

export async function startNaive(
  stack: TestStack,
  budget: { readonly capNanoUsd: number; readonly callNanoUsd: number },
): Promise<NaiveGateway> {
  const stateDirectory = join(stack.stateDirectory, '..', 'naive');
  const workerFile = join(stateDirectory, 'worker.js');
  await buildWorker({ entryFile: inRoot('torture/naive/worker.ts'), outputFile: workerFile });
  const workerd = await startWorkerd({
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
  return {
    url: `http://127.0.0.1:${String(workerd.port)}`,
    close: () => workerd.stop('SIGKILL'),
  };
}
