// CPU that the threads of a process have used, as the scheduler counts it: in nanoseconds, and
// whatever else the machine does meanwhile.

import { readdir, readFile } from 'node:fs/promises';

/** Milliseconds so far, by thread. Those of workerd do not end, which would take theirs away. */
export async function threadsMs(pid: number): Promise<ReadonlyMap<string, number>> {
  const folder = `/proc/${String(pid)}/task`;
  const threads = new Map<string, number>();
  for (const thread of await readdir(folder)) {
    const line = await readFile(`${folder}/${thread}/schedstat`, 'utf8').catch(() => '0');
    threads.set(thread, Number(line.split(' ', 1)[0]) / 1e6);
  }
  return threads;
}

type Threads = ReadonlyMap<string, number>;

const eachSince = (before: Threads, after: Threads): number[] =>
  [...after].map(([thread, milliseconds]) => milliseconds - (before.get(thread) ?? 0));

/** Of all threads together. */
export const cpuMsBetween = (before: Threads, after: Threads): number =>
  eachSince(before, after).reduce((sum, milliseconds) => sum + milliseconds, 0);

/** Of the one that did the work: others compile for it and collect its garbage meanwhile. */
export const busiestMsBetween = (before: Threads, after: Threads): number =>
  Math.max(...eachSince(before, after));
