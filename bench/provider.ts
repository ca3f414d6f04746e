// The provider of the benchmark: the project's own emulator, in a process of its own, told to
// answer without delay. Floor and gateway talk to the same one.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inRoot } from '../local/paths.ts';

export type Provider = {
  readonly url: string;
  script(script: object): Promise<void>;
  close(): void;
};

/** What a JSON answer is: short, at once. */
export const JSON_SCRIPT = { chunks: 12, chunkDelayMs: 0 };
/** What a stream is: a chunk every few milliseconds, as a quick model sends them. */
export const STREAM_SCRIPT = { chunks: 20, chunkDelayMs: 2 };

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error('the emulator ended before it served'));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /http:\/\/\S+/.exec(line)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}

export async function startProvider(): Promise<Provider> {
  const child = spawn(process.execPath, [inRoot('emulator/main.ts'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill());
  const url = await listening(child);
  return {
    url,
    async script(script) {
      const response = await fetch(`${url}/_emulator/script`, {
        method: 'POST',
        body: JSON.stringify(script),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    close() {
      child.kill();
    },
  };
}
