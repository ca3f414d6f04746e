// From what has been seen of a network lately to a level of suspicion, 0 to 4. Signals are values
// in an array; each names what it saw and adds its levels. A level raises the work that is asked
// and may, where the policy says so, ask for a stronger proof: it never refuses by itself.

import { RISK_MAX } from '../proof/requirement.ts';

/** What was seen of one network within `SEEN_SECONDS`. */
export type Seen = {
  /** Proofs that were refused for what an honest client does not do. */
  readonly failedProofs: number;
  /** Calls that were let through. */
  readonly goodCalls: number;
  /** Challenges handed out on request, beside those that answers carry. */
  readonly challengesAsked: number;
  /** Different device keys. */
  readonly deviceKeys: number;
};

export const SEEN_SECONDS = 300;

export type Signal = { readonly name: string; readonly levels: (seen: Seen) => number };

/** An honest client fails now and then: an old tab, a clock, a price that changed. */
const failedProofs: Signal = {
  name: 'failed-proofs',
  levels: ({ failedProofs: failed, goodCalls }) => {
    if (failed < 64 || failed <= goodCalls) return 0;
    return failed >= 512 ? 2 : 1;
  },
};

/** A household has a few devices and an office some dozens; a farm makes a key for every call. */
const mintedKeys: Signal = {
  name: 'minted-keys',
  levels: ({ deviceKeys }) => (deviceKeys >= 1_024 ? 2 : deviceKeys >= 256 ? 1 : 0),
};

/** Answers carry the next challenge, so asking for many that are never used is stocking up. */
const hoarding: Signal = {
  name: 'hoarding',
  levels: ({ challengesAsked, goodCalls }) =>
    challengesAsked >= 300 && challengesAsked > 3 * goodCalls ? 1 : 0,
};

export const SIGNALS = [failedProofs, mintedKeys, hoarding] as const satisfies readonly Signal[];

export const riskLevel = (seen: Seen): number =>
  Math.min(
    RISK_MAX,
    SIGNALS.reduce((sum, { levels }) => sum + levels(seen), 0),
  );
