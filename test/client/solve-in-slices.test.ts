// Solving on the program's own thread: the work is right, and the thread is not kept.

import { expect, test } from 'vitest';
import { solveInSlices } from '../../client/solve-in-slices.ts';
import { countHashes } from '../../client/solver.ts';
import { checkWork } from '../../core/proof/work.ts';

const seed = new Uint8Array(32).fill(7);

test('the work passes the check the gateway makes', async () => {
  const work = await solveInSlices({ seed, k: 32, bits: 6 }, null);
  expect(checkWork(seed, 32, 6, work)).toBe(true);
});

test('the hashes it reports are the hashes it made: every counter starts at zero', () => {
  const counters = new Uint8Array(24);
  counters[15] = 5;
  counters[19] = 1;
  expect(countHashes(counters)).toBe(1 + 6 + 2 ** 32 + 1);
});

test('everything else the program does gets its turn meanwhile', async () => {
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 1);
  await solveInSlices({ seed, k: 32, bits: 15 }, null);
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(3);
});

test('a caller who leaves stops the work with its own reason', async () => {
  const caller = new AbortController();
  const reason = new Error('gone');
  const solving = solveInSlices({ seed, k: 32, bits: 25 }, caller.signal);
  setTimeout(() => caller.abort(reason), 20);
  await expect(solving).rejects.toBe(reason);
});
