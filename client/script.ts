// The script-tag entry. In a page it patches `fetch` for the paths its own tag names
// (`data-protect`, optionally `data-gateway`) and for nothing else, and tells the window what it is
// doing. The same file, started as a worker, only solves.

import { answerSolveMessages, type WorkerPort } from './answer-solve-messages.ts';
import { createFetch } from './create-fetch.ts';
import type { ProofState } from './proving-sender.ts';

/** On `window`, with a `ProofState` as its detail. */
export const PROOF_EVENT = 'weighbridge:proof';

/** What an earlier copy of this script protects: including it twice changes nothing. */
const CLAIMED = Symbol.for('weighbridge.claimed');

type Claims = typeof globalThis & { [CLAIMED]?: Set<string> };

function patchFetch(tag: HTMLOrSVGScriptElement): void {
  const gateway = new URL(tag.dataset['gateway'] ?? '/', document.baseURI);
  const claims: Claims = globalThis;
  const claimed = (claims[CLAIMED] ??= new Set());
  const protect = (tag.dataset['protect'] ?? '')
    .split(/[\s,]+/)
    .filter((path) => path.startsWith('/') && !claimed.has(gateway.origin + path));
  if (protect.length === 0) return;
  for (const path of protect) claimed.add(gateway.origin + path);
  const source = tag instanceof HTMLScriptElement ? tag.src : '';
  window.fetch = createFetch(
    { gateway, protect, fetch: window.fetch.bind(window) },
    { onProof: announce, ...(source === '' ? {} : { makeWorker: () => new Worker(source) }) },
  );
}

const announce = (detail: ProofState): boolean =>
  window.dispatchEvent(new CustomEvent(PROOF_EVENT, { detail }));

/** Typed by hand: the compiler knows pages or workers, and this file runs in both. */
declare const DedicatedWorkerGlobalScope: (new () => WorkerPort) | undefined;

if (typeof DedicatedWorkerGlobalScope === 'function') {
  const scope: unknown = globalThis;
  if (scope instanceof DedicatedWorkerGlobalScope) answerSolveMessages(scope);
} else if (typeof document !== 'undefined' && document.currentScript !== null) {
  patchFetch(document.currentScript);
}
