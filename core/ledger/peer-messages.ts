// What ledger objects say to each other: slices of shared budgets, and accounts that move to a new
// set of shards. Every figure is a running total that only grows, so a message that is lost, late,
// doubled or out of order changes nothing but the time it takes.

import type { Account, Limit, Movement } from './account.ts';
import type { LedgerAddress } from './layout.ts';
import type { Place } from './messages.ts';

/** One counter of a shared budget, as the object that spends it tells its root. */
export type SliceReport = {
  readonly name: string;
  readonly windowId: number;
  readonly used: number;
  readonly returned: number;
  /** On hold right now: the only figure here that is no running total. */
  readonly held: number;
};

export type SliceWant = SliceReport & {
  readonly limit: Limit;
  /** What is missing for the smallest and for the whole of what was asked. */
  readonly least: number;
  readonly most: number;
};

export type DrawMessage = Place & {
  readonly principal: string;
  /** The object that draws. As many as there are shards may. */
  readonly shard: LedgerAddress;
  readonly wants: readonly SliceWant[];
};

/** All that was ever granted to this object in this window. */
export type SliceGrant = {
  readonly name: string;
  readonly windowId: number;
  readonly granted: number;
};

export type RecallMessage = {
  readonly principal: string;
  /** What the object may not have heard of yet. */
  readonly granted: readonly SliceGrant[];
  /** Give back what is not used and not on hold, or only say how things stand. */
  readonly giveBack: boolean;
};

/** With the asked object's own name, and its set with those before it, which it may have to ask. */
export type HandOverMessage = Place & {
  readonly principals: readonly string[];
  readonly to: LedgerAddress;
};

/** An account as it goes to its new home. What is still on hold there counts as used. */
export type HandedOver = {
  readonly principal: string;
  readonly account: Account;
  /** Rows of the answers that its principal was given; none, from an earlier version. */
  readonly answers?: readonly AnswerRow[];
};

export type AnswerRow = { readonly name: string; readonly body: string };

/**
 * What changes in an account that another object keeps, cell by cell. Either a hold that went along
 * as used has ended cheaper, or what a call was charged has been adjusted.
 */
export type CorrectMessage = {
  readonly id: string;
  readonly principal: string;
  readonly movements: readonly Movement[];
  readonly adjusts: boolean;
};

export type Correction = { readonly to: LedgerAddress; readonly message: CorrectMessage };

export type PeerPort = {
  draw(message: DrawMessage): Promise<readonly SliceGrant[]>;
  recall(message: RecallMessage): Promise<readonly SliceReport[]>;
  handOver(message: HandOverMessage): Promise<readonly HandedOver[]>;
  correct(message: CorrectMessage): Promise<void>;
};
