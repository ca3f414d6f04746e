// Who solves: several workers share a puzzle, a caller who leaves ends them, and the work is done
// on this thread where no worker can be had. The workers are threads of Node that run the built
// file.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ToWorker } from '../../client/answer-solve-messages.ts';
import { startSolverThread } from '../../client/solver-thread.ts';
import { createSolver, countHashes } from '../../client/solver.ts';
import { createWorkerPool, interleave, type SolverWorker } from '../../client/worker-pool.ts';
import { checkWork, type SolveProgress } from '../../core/proof/work.ts';
import { buildClient } from '../../local/build-client.ts';
import { createScriptEngine } from '../../client/solver-engine-script.ts';

let directory = '';
const script = (): URL => pathToFileURL(join(directory, 'solver.js'));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weighbridge-solver-'));
  await buildClient(directory);
});

afterAll(() => rm(directory, { recursive: true }));

const seed = new Uint8Array(32).fill(11);
const WITHOUT_END = { seed, k: 4, bits: 31 };

type Watched = { readonly shares: ToWorker[]; ended: number; readonly start: () => SolverWorker };

/** Threads, and notes of what they were given and how many were ended. */
function watchedThreads(): Watched {
  const watched: Watched = {
    shares: [],
    ended: 0,
    start() {
      const thread = startSolverThread(script());
      return {
        addEventListener: thread.addEventListener,
        postMessage: (message: ToWorker) => {
          watched.shares.push(message);
          thread.postMessage(message);
        },
        terminate: () => {
          watched.ended += 1;
          thread.terminate();
        },
      };
    },
  };
  return watched;
}

test('a puzzle is split over the workers, and its parts are put together again', async () => {
  for (const [workers, k] of [
    [1, 5],
    [3, 32],
    [4, 3],
  ] as const) {
    const threads = watchedThreads();
    const { solve } = createWorkerPool(threads.start, workers);
    const work = await solve({ seed, k, bits: 8 }, null);
    expect(checkWork(seed, k, 8, work)).toBe(true);
    const step = Math.min(workers, k);
    expect(threads.shares.map((share) => [share.first, share.step])).toEqual(
      Array.from({ length: step }, (_, first) => [first, step]),
    );
  }
});

test('parts of unequal length keep their places', () => {
  const part = (...bytes: number[]) =>
    Uint8Array.from(bytes.flatMap((byte) => Array(8).fill(byte)));
  expect(interleave([part(0, 3), part(1, 4), part(2)])).toEqual(part(0, 1, 2, 3, 4));
});

test('more puzzles than workers are solved in turn, by the workers there are', async () => {
  const threads = watchedThreads();
  const { solve } = createWorkerPool(threads.start, 2);
  const works = await Promise.all([6, 7, 8].map((bits) => solve({ seed, k: 8, bits }, null)));
  works.forEach((work, at) => expect(checkWork(seed, 8, 6 + at, work)).toBe(true));
  expect(threads.shares.length).toBe(6);
  expect(threads.ended).toBe(0);
});

test('progress is over the whole puzzle, and ends at the hashes that were made', async () => {
  const told: SolveProgress[] = [];
  const { solve } = createWorkerPool(watchedThreads().start, 2);
  const work = await solve({ seed, k: 16, bits: 10 }, null, (state) => told.push(state));
  expect(told.map((state) => state.solved)).toEqual(Array.from({ length: 16 }, (_, at) => at + 1));
  expect(told.at(-1)).toEqual({ solved: 16, hashes: countHashes(work) });
});

test('a caller who leaves ends every worker on its puzzle, with its own reason', async () => {
  const threads = watchedThreads();
  const { solve } = createWorkerPool(threads.start, 2);
  const caller = new AbortController();
  const reason = new Error('gone');
  const solving = solve(WITHOUT_END, caller.signal);
  caller.abort(reason);
  await expect(solving).rejects.toBe(reason);
  expect(threads.ended).toBe(2);
  expect(checkWork(seed, 2, 4, await solve({ seed, k: 2, bits: 4 }, null))).toBe(true);
});

test('a caller who left before gets no worker at all', async () => {
  const threads = watchedThreads();
  const { solve } = createWorkerPool(threads.start, 2);
  await expect(solve(WITHOUT_END, AbortSignal.abort('early'))).rejects.toBe('early');
  expect(threads.shares).toEqual([]);
});

test('where no worker can be had this thread does the work, with what engine it has', async () => {
  const noWorkers = [
    () => {
      throw new ReferenceError('Worker is not defined');
    },
    () => startSolverThread(new URL('not-there.js', script())),
  ];
  const engines = [
    () => Promise.resolve(createScriptEngine()),
    () => Promise.reject(new Error('not there')),
  ];
  for (const makeWorker of noWorkers) {
    for (const openEngine of engines) {
      const solve = createSolver({ makeWorker, openEngine });
      expect(checkWork(seed, 8, 6, await solve({ seed, k: 8, bits: 6 }, null))).toBe(true);
    }
  }
});

test('puzzles that take turns on one engine do not spoil each other', async () => {
  const solver = await import(pathToFileURL(join(directory, 'solver-module.js')).href);
  const solve = createSolver({ openEngine: solver.openBestEngine });
  const seeds = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
  const works = await Promise.all(seeds.map((own) => solve({ seed: own, k: 32, bits: 14 }, null)));
  works.forEach((work, at) => expect(checkWork(seeds[at] ?? seed, 32, 14, work)).toBe(true));
});
