// One gateway at a time on one state: a file in it with the number of the process that holds it. A
// process that is gone, however it went, holds nothing. It guards against a second `npm start`, not
// against somebody who deletes the file.

import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const STATE_LOCK = 'gateway.lock';

/** Each time but the first, somebody has come or gone in between. */
const TRIES_MAX = 8;

const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;

/** When a process began, in the system's own count; null if it is over, empty if nobody can say. */
function beginningOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // It may be somebody else's, and is there.
    if (codeOf(cause) !== 'EPERM') return null;
  }
  try {
    // Behind the name, which may hold anything: the state, and 19 fields later the beginning.
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')
      .at(-1)
      ?.split(' ');
    return fields?.[0] === 'Z' ? null : (fields?.[19] ?? '');
  } catch {
    return '';
  }
}

/** The process that wrote this and still runs. After a restart another may have its number. */
function holderOf(text: string): number | null {
  const [, number, begun = ''] = /^([1-9]\d{0,9}) (\d*)\n$/.exec(text) ?? [];
  if (number === undefined) return null;
  const beginning = beginningOf(Number(number));
  const isSame = beginning === begun || beginning === '' || begun === '';
  return beginning !== null && isSame ? Number(number) : null;
}

/** The process that holds a state, or null. */
export const heldBy = async (stateDirectory: string): Promise<number | null> =>
  holderOf(await readFile(join(stateDirectory, STATE_LOCK), 'utf8').catch(() => ''));

/** The file with all of its words, or not at all. */
async function isMade(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${String(process.pid)}`;
  await writeFile(draft, text);
  try {
    await link(draft, file);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes the file away if it still says this: another starter may have been faster. */
async function takeAway(file: string, text: string): Promise<void> {
  const aside = `${file}.${String(process.pid)}.stale`;
  try {
    await rename(file, aside);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return;
    throw cause;
  }
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, file).catch(() => undefined);
  await rm(aside);
}

const POLL_MS = 100;

/**
 * Holds the state; throws where another process does, still after `patienceMs`: one that was told
 * to end takes a moment. What it returns gives the state back.
 */
export async function lockState(stateDirectory: string, patienceMs = 0): Promise<() => void> {
  const file = join(stateDirectory, STATE_LOCK);
  const own = `${String(process.pid)} ${beginningOf(process.pid) ?? ''}\n`;
  const untilMs = performance.now() + patienceMs;
  await mkdir(stateDirectory, { recursive: true });
  for (let tries = 0; tries < TRIES_MAX;) {
    if (await isMade(file, own)) {
      return () => {
        rmSync(file, { force: true });
      };
    }
    const text = await readFile(file, 'utf8').catch(() => null);
    const holder = text === null ? null : holderOf(text);
    if (holder === null) {
      tries += 1;
      if (text !== null) await takeAway(file, text);
    } else if (performance.now() < untilMs) {
      await delay(POLL_MS);
    } else {
      const words = `this state is in use by another gateway (process ${String(holder)})`;
      throw new Error(`${stateDirectory}: ${words}`);
    }
  }
  throw new Error(`${file} comes and goes: another gateway is starting on this state`);
}
