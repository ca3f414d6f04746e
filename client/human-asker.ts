// Asks for a human, one question at a time: a page with two calls does not show two. What it hands
// on is a token that fits into a header, or an error.

import { humanCdata } from '../core/proof/human-token.ts';
import { abortable } from './abortable.ts';
import type { HeldChallenge } from './held-challenge.ts';
import { type HumanParameters, isToken, type SolveHuman } from './human-challenge.ts';

export type AskHuman = (
  held: HeldChallenge,
  parameters: HumanParameters,
  signal: AbortSignal | null,
) => Promise<string>;

/** The call still has to reach the gateway while the challenge lives. */
const SECONDS_KEPT_BACK = 3;

export function createHumanAsker(solveHuman: SolveHuman): AskHuman {
  let last: Promise<unknown> = Promise.resolve();
  return async function askHuman(held, { siteKey, action }, signal) {
    const question = last.then(async () => {
      signal?.throwIfAborted();
      const cData = humanCdata(held.wire);
      const secondsMax = Math.max(0, held.lifeSeconds() - SECONDS_KEPT_BACK);
      const token = await solveHuman({ siteKey, action, cData, secondsMax, signal });
      if (!isToken(token)) throw new TypeError('The human check gave no usable token.');
      return token;
    });
    last = question.catch(() => undefined);
    return abortable(question, signal);
  };
}
