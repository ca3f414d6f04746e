// Where the gateway of a state is while `npm start` runs it, for other commands on this machine: a
// file beside the state, without its secrets. Of a process that does not hold the state any more it
// says nothing.

import { rmSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { heldBy } from './state-lock.ts';

export type Running = {
  readonly gateway: string;
  readonly emulator: string;
  /** The policy it was built with. */
  readonly policyFile: string;
};

const fileIn = (stateDirectory: string): string => join(stateDirectory, 'running.json');

/** What it returns takes the word back. */
export async function announce(stateDirectory: string, running: Running): Promise<() => void> {
  const file = fileIn(stateDirectory);
  const draft = `${file}.${String(process.pid)}`;
  await writeFile(draft, JSON.stringify({ ...running, pid: process.pid }), { mode: 0o600 });
  await rename(draft, file);
  return () => {
    rmSync(file, { force: true });
  };
}

export async function runningGateway(stateDirectory: string): Promise<Running | null> {
  const text = await readFile(fileIn(stateDirectory), 'utf8').catch(() => '');
  try {
    const { pid, gateway, emulator, policyFile } = JSON.parse(text) as Running & { pid: number };
    const isHolder = pid === (await heldBy(stateDirectory));
    return isHolder ? { gateway, emulator, policyFile } : null;
  } catch {
    return null;
  }
}
