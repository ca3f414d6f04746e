// The module entry of the client SDK, for browsers and Node 20 or later. It exports `createFetch`
// and its types; it patches nothing and does nothing when it is only imported.

import {
  createFetch as createFetchHere,
  type Fetch,
  type FetchOptions,
  type ProvingFetch,
  type Surroundings,
  type TurnstileOptions,
} from './create-fetch.ts';
import { createHumanAsker } from './human-asker.ts';
import type { HumanChallenge, SolveHuman } from './human-challenge.ts';
import type { OnProof, ProofState } from './proof-state.ts';
import { solverParts } from './solver-parts.ts';
import { createSolver } from './solver.ts';

export type {
  Fetch,
  FetchOptions,
  HumanChallenge,
  OnProof,
  ProofState,
  ProvingFetch,
  SolveHuman,
  TurnstileOptions,
};

/** A `fetch` that answers the gateway's challenges. */
export const createFetch = (options: FetchOptions): ProvingFetch =>
  createFetchHere(options, { ...solverParts, loadSolver, openHumanAsker });

const loadSolver = (): Promise<typeof createSolver> => Promise.resolve(createSolver);

const openHumanAsker: Surroundings['openHumanAsker'] = async ({ solveHuman, turnstile = {} }) => {
  if (solveHuman !== undefined) return createHumanAsker(solveHuman);
  if (typeof document === 'undefined') {
    throw new TypeError('The gateway asks for a human, and there is no page: give `solveHuman`.');
  }
  // A file of its own, because few pages need it.
  return (await import('./turnstile.ts')).createTurnstileAsker(turnstile);
};
