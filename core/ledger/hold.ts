// A hold: one call's money in one object, from the moment it is taken to whatever became of it. It
// is a value; the ledger's rules return a new one.

export type HoldStatus = 'held' | 'settled' | 'released' | 'expired' | 'refused';

/** One call's money in one object, over every account of that object the call touches. */
export type Hold = {
  readonly key: string;
  /** Which HTTP request took it. Another attempt under the same key is a replay. */
  readonly attempt: string;
  readonly status: HoldStatus;
  readonly principals: readonly string[];
  /** Counters and windows it was taken from, for each principal alike. */
  readonly windows: readonly { readonly name: string; readonly windowId: number }[];
  readonly amountNanoUsd: number;
  /** What was asked for. A repeat that asks for something else is refused. */
  readonly askedNanoUsd: number;
  /** What is known to have been used, at the last word from the relay. */
  readonly meteredNanoUsd: number;
  /** The most that can be generated in a second: what silence costs. */
  readonly producibleNanoUsdPerSecond: number;
  readonly renewedAtMs: number;
  readonly leaseEndsAtMs: number;
  readonly chargedNanoUsd: number;
  readonly estimated: boolean;
};

/** Takes a key without money: it stands where a late or second reserve would land. */
export const emptyHold = (key: string, attempt: string, status: 'refused' | 'released'): Hold => ({
  key,
  attempt,
  status,
  principals: [],
  windows: [],
  amountNanoUsd: 0,
  askedNanoUsd: 0,
  meteredNanoUsd: 0,
  producibleNanoUsdPerSecond: 0,
  renewedAtMs: 0,
  leaseEndsAtMs: 0,
  chargedNanoUsd: 0,
  estimated: false,
});

/**
 * The decision record of a call whose Worker died: nobody told the ledger how it ended, so the
 * ledger says what it knows. Null for any other hold. The id is a request id without its shard.
 */
export function recordOfExpired(hold: Hold | null): string | null {
  if (hold?.status !== 'expired') return null;
  return JSON.stringify({
    requestId: `${hold.key}.${hold.attempt}`,
    decision: 'allow',
    principals: hold.principals,
    gates: [],
    heldNanoUsd: hold.amountNanoUsd,
    settledNanoUsd: hold.chargedNanoUsd,
    usageSource: 'counted',
    estimated: hold.estimated,
    usage: null,
    ending: 'lease-expired',
    renewedAtMs: hold.renewedAtMs,
    endedAtMs: hold.leaseEndsAtMs,
  });
}
