// Solving on the program's own thread: the work is right, and the thread is not kept.

import { expect, test } from 'vitest';
import { solveInSlices } from '../../client/solve-in-slices.ts';
import { countHashes } from '../../client/solver.ts';
import { checkWork, solveWork } from '../../core/proof/work.ts';

const seed = new Uint8Array(32).fill(7);

test('the work passes the check the gateway makes', async () => {
  const work = await solveInSlices({ seed, k: 32, bits: 6 }, null);
  expect(checkWork(seed, 32, 6, work)).toBe(true);
});

test('the hashes it reports are the hashes it made', () => {
  const slices = solveWork(seed, 4, 3, 1);
  let seen = 0;
  let step = slices.next();
  for (; step.done !== true; step = slices.next()) seen = step.value.hashes;
  // The last hash is the one that ends it: it is never yielded.
  expect(countHashes(step.value)).toBeGreaterThanOrEqual(seen);
  const first = solveWork(seed, 1, 3, Number.MAX_SAFE_INTEGER).next();
  const counter =
    first.done === true ? Number(new DataView(first.value.buffer).getBigUint64(0)) : 0;
  expect(first.done === true && countHashes(first.value)).toBe(counter + 1);
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
