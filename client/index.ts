// The module entry of the client SDK, for browsers and Node 20 or later. It exports `createFetch`
// and its types; it patches nothing and does nothing when it is only imported.

import { createFetch as createFetchHere, type Fetch, type FetchOptions } from './create-fetch.ts';

export type { Fetch, FetchOptions };

/** A `fetch` that answers the gateway's challenges. */
export const createFetch = (options: FetchOptions): Fetch =>
  createFetchHere(options, { makeWorker });

/** Bundlers know this spelling and copy the script. Where it cannot run, slices do the work. */
const makeWorker = (): Worker => new Worker(new URL('./script.js', import.meta.url));
