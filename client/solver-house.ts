// The solver and the workers it has. It is loaded when work is foreseen, so that a page that only
// shows something does not pay for it. A page that goes away ends its workers, and has others when
// it comes back; none is ended that somebody waits for.

import type { createSolver, Solve, SolverParts } from './solver.ts';
import type { SolverWorker } from './worker-pool.ts';

export type SolverHouseParts = SolverParts & {
  readonly loadSolver: () => Promise<typeof createSolver>;
};

export type SolverHouse = {
  /** Loads what `use` will need. */
  warm(): void;
  use<Value>(work: (solve: Solve) => Promise<Value>): Promise<Value>;
  /** Ends all workers, unless one is at work. */
  close(): void;
};

export function createSolverHouse(parts: SolverHouseParts): SolverHouse {
  const { loadSolver, makeWorker, ...others } = parts;
  const workers = new Set<SolverWorker>();
  let users = 0;
  let opening: Promise<Solve> | null = null;

  async function load(): Promise<Solve> {
    const create = await loadSolver();
    if (makeWorker === undefined) return create(others);
    return create({
      ...others,
      makeWorker: () => {
        const worker = makeWorker();
        workers.add(worker);
        return worker;
      },
    });
  }

  function open(): Promise<Solve> {
    const mine = (opening ??= load());
    // What could not be loaded now may be there later.
    mine.catch(() => {
      if (opening === mine) opening = null;
    });
    return mine;
  }

  return {
    warm: () => void open().catch(() => undefined),
    async use(work) {
      users += 1;
      try {
        return await work(await open());
      } finally {
        users -= 1;
      }
    },
    close() {
      if (users > 0) return;
      for (const worker of workers) worker.terminate();
      workers.clear();
      opening = null;
    },
  };
}
