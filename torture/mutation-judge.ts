// Says of each mutant what killed it, asking worker processes side by side. Whoever is silent for
// too long runs in circles: that is a kill too, and a new worker takes its place. A worker's tests
// must pass without a mutant before its first and after its last, or no kill of its would count.

import { type ChildProcess, fork } from 'node:child_process';
import { inRoot } from '../local/paths.ts';
import type { Mutant } from './mutation-mutant.ts';
import type { WorkerAnswer, WorkerQuestion, WorkerSetup } from './mutation-worker.ts';

export type Kill = 'test' | 'time' | 'crash';
/** `by` is null for a survivor. */
export type Verdict = { readonly mutant: Mutant; readonly by: Kill | null };

export type Court = {
  readonly setup: WorkerSetup;
  readonly workers: number;
  /** A mutant may take this long in any case, and many times as long as no mutant takes. */
  readonly limitMsMin: number;
  readonly heard: (verdict: Verdict) => void;
};

const START_MS_MAX = 120_000;
const LIMIT_RUNS = 15;

type Reply = WorkerAnswer | 'time' | 'crash';

/** The worker's next word, or what happened instead. */
function nextWord(worker: ChildProcess, limitMs: number): Promise<Reply> {
  return new Promise((resolve) => {
    const end = (reply: Reply): void => {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(reply);
    };
    const onMessage = (message: unknown): void => {
      end(message as WorkerAnswer);
    };
    const onExit = (): void => {
      end('crash');
    };
    const timer = setTimeout(() => {
      end('time');
    }, limitMs);
    worker.on('message', onMessage);
    worker.on('exit', onExit);
  });
}

function mustPass(reply: Reply): WorkerAnswer {
  if (typeof reply === 'string') throw new Error(`no end without a mutant: ${reply}`);
  if (reply.failed !== null) throw new Error(`the tests fail without a mutant: ${reply.failed}`);
  return reply;
}

type Seat = {
  readonly ask: (question: WorkerQuestion) => Promise<Reply>;
  readonly leave: () => void;
};

async function takeSeat({ setup, limitMsMin }: Court): Promise<Seat> {
  const worker = fork(inRoot('torture/mutation-worker.ts'), {
    cwd: inRoot(),
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  worker.send(setup);
  const leave = (): void => {
    worker.kill('SIGKILL');
  };
  try {
    const { ms } = mustPass(await nextWord(worker, START_MS_MAX));
    const limitMs = Math.max(limitMsMin, LIMIT_RUNS * ms);
    const ask: Seat['ask'] = (question) => {
      const word = nextWord(worker, limitMs);
      worker.send(question);
      return word;
    };
    return { ask, leave };
  } catch (cause) {
    leave();
    throw cause;
  }
}

/** Works until nothing is left. */
async function sit(court: Court, queue: Mutant[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let seat: Seat | null = null;
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      seat ??= await takeSeat(court);
      const reply = await seat.ask({ change: { file: mutant.file, source: mutant.source } });
      const lost = reply === 'time' || reply === 'crash';
      if (lost) {
        seat.leave();
        seat = null;
      }
      const by = lost ? reply : reply.failed === null ? null : 'test';
      verdicts.push({ mutant, by });
      court.heard({ mutant, by });
    }
    if (seat !== null) mustPass(await seat.ask({ change: null }));
  } catch (cause) {
    queue.length = 0;
    throw cause;
  } finally {
    seat?.leave();
  }
  return verdicts;
}

/** One verdict for each mutant, in no order. */
export async function judge(court: Court, mutants: readonly Mutant[]): Promise<Verdict[]> {
  const queue = [...mutants];
  const seats = Array.from({ length: Math.min(court.workers, queue.length) });
  return (await Promise.all(seats.map(() => sit(court, queue)))).flat();
}
