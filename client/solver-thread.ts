// A thread of Node that looks like a Web Worker to the pool. It keeps the program alive only while
// it solves, and throws where there are no threads.

import type { FromWorker } from './answer-solve-messages.ts';
import { nodeThreads } from './node-threads.ts';
import type { SolverWorker } from './worker-pool.ts';

export function startSolverThread(script: URL): SolverWorker {
  const threads = nodeThreads();
  if (threads === null) throw new Error('no threads here');
  const thread = new threads.Worker(script, { execArgv: [] });
  thread.unref();
  const events = new EventTarget();
  thread.on('message', (data) => {
    if ((data as FromWorker).weighbridge === 'solved') thread.unref();
    events.dispatchEvent(new MessageEvent('message', { data }));
  });
  const fail = (): void => {
    events.dispatchEvent(new Event('error'));
  };
  thread.on('error', fail);
  thread.on('exit', fail);
  return {
    addEventListener: events.addEventListener.bind(events) as SolverWorker['addEventListener'],
    postMessage: (message: unknown) => {
      thread.ref();
      thread.postMessage(message);
    },
    terminate: () => {
      thread.terminate();
    },
  };
}
