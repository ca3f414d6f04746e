// How a program that imports the SDK starts the solver's files, which lie beside the SDK's own:
// as a Web Worker, as a thread of Node, or as a module on its own thread.

import type { Engine } from './solver-engine.ts';
import { startSolverThread } from './solver-thread.ts';
import type { SolverParts } from './solver.ts';
import type { SolverWorker } from './worker-pool.ts';

/** Bundlers know this spelling and copy the script. Where it cannot run, slices do the work. */
const makeWorker = (): SolverWorker =>
  typeof Worker === 'function'
    ? new Worker(new URL('./solver.js', import.meta.url))
    : startSolverThread(new URL('./solver.js', import.meta.url));

/** For those slices. A file of its own, because few programs need it. */
const openEngine = async (): Promise<Engine> =>
  (await import('./solver-module.ts')).openBestEngine();

export const solverParts: SolverParts = { makeWorker, openEngine };
