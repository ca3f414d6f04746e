// Unused challenges, a few per route, so that an honest page need not ask before it speaks. Taking
// removes: two calls never share a challenge. It keeps nothing stale and fetches nothing.

import { type HeldChallenge, LIFE_SECONDS_MIN } from './held-challenge.ts';
import type { Solved } from './solve-challenge.ts';

export const ROUTES_MAX = 32;
/** The gateway takes three that were fetched ahead; other tabs have some as well. */
export const CHALLENGES_PER_ROUTE_MAX = 2;

export type Target = { readonly method: string; readonly url: URL };

export type Prepared = {
  readonly held: HeldChallenge;
  /** Work that is done, or being done, ahead of the call; null if it failed or needs the body. */
  readonly solution: Promise<Solved | null> | null;
  /** Is the work still being done? */
  isBusy(): boolean;
  /** Ends what is being done for it. */
  drop(): void;
};

export type ChallengeStock = {
  take(target: Target): Prepared | null;
  /** One more than fits is dropped. */
  put(target: Target, prepared: Prepared): void;
  has(target: Target, lifeSecondsMin: number): boolean;
  /** Drops what is too old, and what `isUnwanted` says. */
  sweep(isUnwanted?: (prepared: Prepared) => boolean): void;
};

export function createChallengeStock(): ChallengeStock {
  const shelves = new Map<string, Prepared[]>();

  function fresh(key: string, isUnwanted: (prepared: Prepared) => boolean = () => false) {
    const kept = (shelves.get(key) ?? []).filter((prepared) => {
      const stays = prepared.held.lifeSeconds() >= LIFE_SECONDS_MIN && !isUnwanted(prepared);
      if (!stays) prepared.drop();
      return stays;
    });
    if (kept.length > 0) shelves.set(key, kept);
    else shelves.delete(key);
    return kept;
  }

  return {
    take(target) {
      const key = targetKey(target);
      const taken = fresh(key).shift() ?? null;
      fresh(key);
      return taken;
    },
    put(target, prepared) {
      const key = targetKey(target);
      const shelf = fresh(key);
      if (shelf.length >= CHALLENGES_PER_ROUTE_MAX) {
        prepared.drop();
        return;
      }
      shelves.delete(key);
      shelves.set(key, [...shelf, prepared]);
      for (const oldest of shelves.keys()) {
        if (shelves.size <= ROUTES_MAX) break;
        fresh(oldest, () => true);
      }
    },
    has(target, lifeSecondsMin) {
      const shelf = fresh(targetKey(target));
      return shelf.some((prepared) => prepared.held.lifeSeconds() >= lifeSecondsMin);
    },
    sweep(isUnwanted) {
      for (const key of shelves.keys()) fresh(key, isUnwanted);
    },
  };
}

export const targetKey = ({ method, url }: Target): string => `${method} ${url.pathname}`;
