// The script-tag entry. In a page it patches `fetch`, `XMLHttpRequest` and `sendBeacon` for the
// paths its own tag names (`data-protect`, optionally `data-gateway`) and for nothing else, and
// tells the window what it is doing.

import { createClient } from './create-client.ts';
import type { Surroundings } from './create-fetch.ts';
import { patchPage } from './patch-page.ts';
import type { ProofState } from './proof-state.ts';
import type * as SolverFile from './solver.ts';
import type * as TurnstileFile from './turnstile.ts';
import { watchIntent, whenIdle } from './watch-intent.ts';

/** On `window`, with a `ProofState` as its detail. */
export const PROOF_EVENT = 'weighbridge:proof';

/** What an earlier copy of this script protects: including it twice changes nothing. */
const CLAIMED = Symbol.for('weighbridge.claimed');

type Prepare = (path?: string) => Promise<void>;
type Page = typeof globalThis & {
  [CLAIMED]?: Set<string>;
  /** For pages that know better than a text field when a call is coming. */
  weighbridge?: { prepare: Prepare };
};

function protectPage(tag: HTMLScriptElement): void {
  const { dataset } = tag;
  const gateway = new URL(dataset['gateway'] ?? '/', document.baseURI);
  const page: Page = globalThis;
  const claimed = (page[CLAIMED] ??= new Set());
  const protect = (dataset['protect'] ?? '')
    .split(/[\s,]+/)
    .filter((path) => path.startsWith('/') && !claimed.has(gateway.origin + path));
  if (protect.length === 0) return;
  for (const path of protect) claimed.add(gateway.origin + path);
  const { turnstileSrc: src, turnstileContainer: container } = dataset;
  const turnstile = {
    ...(src === undefined ? {} : { src }),
    ...(container === undefined ? {} : { container }),
  };
  const fetch = window.fetch.bind(window);
  const client = createClient(
    { gateway, protect, fetch, turnstile, onProof: announce },
    // A copy within the page itself has no address: then they are where the gateway has them.
    filesBeside(tag.src === '' ? new URL('/_weighbridge/', gateway).href : tag.src),
  );
  patchPage(client);
  const earlier = page.weighbridge?.prepare;
  const prepare: Prepare = async (path) => {
    await Promise.all([earlier?.(path), client.prepare(path)]);
  };
  page.weighbridge = { prepare };
  const prepareLikely = (): void => void client.prepare();
  watchIntent(prepareLikely);
  if (dataset['prepare'] === 'load' && document.visibilityState === 'visible') {
    whenIdle(prepareLikely);
  }
}

/** What a page does not pay for before it needs it. */
const filesBeside = (source: string): Surroundings => {
  let failures = 0;
  async function load(name: string): Promise<unknown> {
    const { href } = new URL(name, source);
    try {
      // Some browsers remember that a module could not be loaded, by its address.
      return await import(failures === 0 ? href : `${href}?${failures}`);
    } catch (error) {
      failures += 1;
      throw error;
    }
  }
  return {
    makeWorker: () => new Worker(new URL('solver.js', source)),
    loadSolver: async () => ((await load('solver-host.js')) as typeof SolverFile).createSolver,
    openHumanAsker: async ({ turnstile = {} }) =>
      ((await load('turnstile.js')) as typeof TurnstileFile).createTurnstileAsker(turnstile),
  };
};

const announce = (detail: ProofState): boolean =>
  window.dispatchEvent(new CustomEvent(PROOF_EVENT, { detail }));

if (typeof document !== 'undefined' && document.currentScript instanceof HTMLScriptElement) {
  protectPage(document.currentScript);
}
