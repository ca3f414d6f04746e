// What a run cost, once its origin's answer is over. What its steps and reports came to, where
// there are any; what the origin's own stream said, where there are none; and where nobody said
// anything, the whole hold: silence is never cheaper than the truth.

import { nanoUsd } from '../money.ts';
import type { Actual, Ending } from '../pricing/actual.ts';
import { priceUsage } from '../pricing/price-usage.ts';
import type { ModelPrice } from '../pricing/rates.ts';
import type { Usage } from '../pricing/usage.ts';
import type { RunStanding } from './account.ts';

export type RunEnd = {
  readonly ending: Ending;
  readonly originStatus: number | null;
  /** What the origin's stream said of its usage, and the price it is priced at. */
  readonly usage: Usage | null;
  readonly price: ModelPrice | null;
  readonly heldNanoUsd: number;
  /** The least that a run is worth: charged where the origin could not be reached at all. */
  readonly leastNanoUsd: number;
};

/** The origin turned the call away, or on to elsewhere, before it did anything for it. */
const turnedAway = ({ ending, originStatus }: RunEnd): boolean =>
  ending === 'origin-refused' && originStatus !== null && originStatus >= 300 && originStatus < 500;

const streamNanoUsd = ({ usage, price }: RunEnd): number | null =>
  usage === null || price === null ? null : priceUsage(price, usage, () => null);

/** Is there nothing more to wait for? A step that is open will say what it cost. */
export function isKnown(standing: RunStanding, end: RunEnd): boolean {
  if (standing.openSteps > 0) return false;
  if (standing.steps > 0 || standing.reports > 0) return true;
  return turnedAway(end) || end.ending === 'origin-unreachable' || streamNanoUsd(end) !== null;
}

/** Not bounded by the hold: what was used is charged even where it passed it. */
export function weighRun(standing: RunStanding, end: RunEnd): Actual {
  const { steps, reports, usedNanoUsd, heldNanoUsd } = standing;
  if (steps > 0 || reports > 0) {
    return {
      nanoUsd: nanoUsd(usedNanoUsd + heldNanoUsd),
      source: steps > 0 ? 'steps' : 'origin',
      estimated: standing.openSteps > 0,
    };
  }
  if (turnedAway(end)) return { nanoUsd: nanoUsd(0), source: 'origin', estimated: false };
  const said = streamNanoUsd(end);
  if (said !== null) return { nanoUsd: nanoUsd(said), source: 'origin', estimated: false };
  const charged = end.ending === 'origin-unreachable' ? end.leastNanoUsd : end.heldNanoUsd;
  return { nanoUsd: nanoUsd(Math.min(charged, end.heldNanoUsd)), source: 'hold', estimated: true };
}
