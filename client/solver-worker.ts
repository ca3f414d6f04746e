// The solver as a script of its own, for a dedicated worker of a browser or a thread of Node. In
// any other place it does nothing.

import { answerSolveMessages, type ToWorker, type WorkerPort } from './answer-solve-messages.ts';
import { nodeThreads } from './node-threads.ts';
import { openBestEngine } from './solver-module.ts';

/** Typed by hand: the compiler knows pages or workers, and not both. */
declare const DedicatedWorkerGlobalScope: (new () => WorkerPort) | undefined;

const scope: unknown = globalThis;
if (typeof DedicatedWorkerGlobalScope === 'function') {
  if (scope instanceof DedicatedWorkerGlobalScope) answerSolveMessages(scope, openBestEngine());
} else {
  const port = nodeThreads()?.parentPort ?? null;
  if (port !== null) {
    answerSolveMessages(
      {
        addEventListener: (_type, listener) =>
          port.on('message', (data) =>
            listener(new MessageEvent('message', { data: data as ToWorker })),
          ),
        postMessage: (message) => port.postMessage(message),
      },
      openBestEngine(),
    );
  }
}
