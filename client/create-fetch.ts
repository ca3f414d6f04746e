// A `fetch` that carries a fresh single-use proof on every protected call and sends everything else
// straight through. It never reads an answer's stream.

import { createClient } from './create-client.ts';
import type { AskHuman } from './human-asker.ts';
import type { SolveHuman } from './human-challenge.ts';
import type { OnProof } from './proof-state.ts';
import type { SolverHouseParts } from './solver-house.ts';

export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

export type ProvingFetch = Fetch & {
  /**
   * Fetches a challenge and does its work, so that the next call to this path only has to be
   * signed. Without a path: the one called last, or the first of `protect`. Call it when the user
   * shows that a call is coming; it asks for no more than it needs, and it never rejects.
   */
  readonly prepare: (path?: string) => Promise<void>;
};

export type FetchOptions = {
  /** Where the gateway is, e.g. `https://ai.example.com`. */
  readonly gateway: string | URL;
  /**
   * Path prefixes whose calls carry a proof from the first try. Without it: every request with a
   * body to the gateway's origin, or, with a `key`, none.
   */
  readonly protect?: readonly string[];
  /** An API key, sent as `Authorization: Bearer`. */
  readonly key?: string;
  /** What sends the requests. The platform's `fetch` by default. */
  readonly fetch?: Fetch;
  /** Is told what the client does. */
  readonly onProof?: OnProof;
  /** Shows that a human is there. In a page, Turnstile by default; elsewhere nothing does. */
  readonly solveHuman?: SolveHuman;
  readonly turnstile?: TurnstileOptions;
};

export type TurnstileOptions = {
  /** Another address of Turnstile's `api.js`. */
  readonly src?: string;
  /** A selector of the element to show it in. By default one is made when it is needed. */
  readonly container?: string;
};

/** What an entry knows about where it runs. */
export type Surroundings = SolverHouseParts & {
  /** Loads what asks for a human, when it is first needed: most visitors never see it. */
  readonly openHumanAsker: (options: FetchOptions) => Promise<AskHuman>;
};

export function createFetch(options: FetchOptions, surroundings: Surroundings): ProvingFetch {
  const client = createClient(options, surroundings);
  const provingFetch: Fetch = (input, init) => client.fetch(input, init);
  return Object.assign(provingFetch, { prepare: (path?: string) => client.prepare(path) });
}
