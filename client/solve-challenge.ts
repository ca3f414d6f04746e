// Does the work of one challenge. Which bytes go into the seed is the caller's to say: the body's
// digest, or zeros for work that is done ahead of the body.

import type { Bytes } from '../core/bytes.ts';
import { requires } from '../core/proof/requirement.ts';
import { workSeed } from '../core/proof/work.ts';
import type { HeldChallenge } from './held-challenge.ts';
import { countHashes, type Solve } from './solver.ts';

export type Solved = {
  /** Null for a challenge that asks for none. */
  readonly work: Bytes | null;
  readonly hashes: number;
  readonly milliseconds: number;
};

export type Solving = {
  readonly solve: Solve;
  readonly method: string;
  readonly contentDigest: Bytes;
  readonly signal: AbortSignal | null;
  /** The share that is done, 0 to 1. */
  readonly onProgress: (share: number) => void;
};

export async function solveChallenge(held: HeldChallenge, solving: Solving): Promise<Solved> {
  const { wire: challengeWire, challenge } = held;
  const { solve, method, contentDigest, signal, onProgress } = solving;
  const { k, bits, route, jkt } = challenge;
  if (!requires(challenge.require, 'work')) return { work: null, hashes: 0, milliseconds: 0 };
  const startedAtMs = performance.now();
  const seed = workSeed({ challengeWire, contentDigest, method, route, jkt });
  const work = await solve({ seed, k, bits }, signal, ({ solved }) => onProgress(solved / k));
  const milliseconds = Math.round(performance.now() - startedAtMs);
  return { work, hashes: countHashes(work), milliseconds };
}
