// A hold: one call's amounts in one object, from the moment they are taken to whatever became of
// them. It is a value; the ledger's rules return a new one.

import type { Limit } from './account.ts';
import type { OutstandingSlot } from './outstanding.ts';
import type { Leak } from './rolling.ts';
import type { Amounts } from './unit.ts';

export type HoldStatus = 'held' | 'settled' | 'released' | 'expired' | 'refused';

/** So much of one counter, in one window. An extension in a later window is an entry of its own. */
export type Taken = {
  readonly name: string;
  readonly windowId: number;
  readonly amount: number;
  /** Of a rolling window: the rate when it was taken. */
  readonly leak?: Leak;
  /** Somebody is told of this counter: the limit it was taken under. */
  readonly watched?: Limit;
};

export type HoldAccount = {
  readonly principal: string;
  readonly taken: readonly Taken[];
  /** The object that granted the slice this was taken from. */
  readonly root?: string;
  /** Of a call whose challenge was fetched ahead: where it counts as having been outstanding. */
  readonly slot?: OutstandingSlot;
};

/** Whose answer, and its row. */
export type AnswerName = { readonly principal: string; readonly name: string };

export type Hold = {
  readonly key: string;
  /** Which HTTP request took it. Another attempt under the same key is a replay. */
  readonly attempt: string;
  readonly status: HoldStatus;
  readonly accounts: readonly HoldAccount[];
  /** What is on hold, extensions included. */
  readonly amounts: Amounts;
  /** What was first asked for. A repeat that asks for something else is refused. */
  readonly asked: Amounts;
  /** What is known to have been used, at the last word from the relay. */
  readonly metered: Amounts;
  /** The most that can be generated in a second: what silence costs. */
  readonly produciblePerSecond: Amounts;
  readonly reservedAtMs: number;
  readonly renewedAtMs: number;
  readonly leaseEndsAtMs: number;
  /** Set when it was resolved. */
  readonly charged: Amounts;
  readonly resolvedAtMs: number;
  readonly estimated: boolean;
  /** `provider/model`, in the object that keeps statements; else null. */
  readonly label: string | null;
  /** The answer that this call goes on from, where it is kept. */
  readonly continues?: AnswerName;
};

/** Takes a key without money: it stands where a late or second reserve would land. */
export const emptyHold = (
  key: string,
  attempt: string,
  status: 'refused' | 'released',
  nowMs: number,
): Hold => ({
  key,
  attempt,
  status,
  accounts: [],
  amounts: {},
  asked: {},
  metered: {},
  produciblePerSecond: {},
  reservedAtMs: nowMs,
  renewedAtMs: nowMs,
  leaseEndsAtMs: nowMs,
  charged: {},
  resolvedAtMs: nowMs,
  estimated: false,
  label: null,
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
    principals: hold.accounts.map(({ principal }) => principal),
    gates: [],
    heldNanoUsd: hold.amounts.nanoUsd ?? 0,
    settledNanoUsd: hold.charged.nanoUsd ?? 0,
    usageSource: 'counted',
    estimated: hold.estimated,
    usage: null,
    ending: 'lease-expired',
    renewedAtMs: hold.renewedAtMs,
    endedAtMs: hold.leaseEndsAtMs,
  });
}
