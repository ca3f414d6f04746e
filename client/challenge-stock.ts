// The one unused challenge per route that the last answer left us, so that an honest page need not
// ask before it speaks. Taking removes: two calls never share a challenge. It keeps nothing stale.

import { type HeldChallenge, LIFE_SECONDS_MIN } from './held-challenge.ts';

export const ROUTES_MAX = 32;

type Target = { readonly method: string; readonly url: URL };

export type ChallengeStock = {
  take(target: Target): HeldChallenge | null;
  put(target: Target, held: HeldChallenge | null): void;
};

export function createChallengeStock(): ChallengeStock {
  const challenges = new Map<string, HeldChallenge>();
  return {
    take(target) {
      const key = keyOf(target);
      const held = challenges.get(key);
      challenges.delete(key);
      return held !== undefined && held.lifeSeconds() >= LIFE_SECONDS_MIN ? held : null;
    },
    put(target, held) {
      if (held === null) return;
      const key = keyOf(target);
      challenges.delete(key);
      challenges.set(key, held);
      for (const oldest of challenges.keys()) {
        if (challenges.size <= ROUTES_MAX) break;
        challenges.delete(oldest);
      }
    },
  };
}

const keyOf = ({ method, url }: Target): string => `${method} ${url.pathname}`;
