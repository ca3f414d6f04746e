// What the Worker says to a ledger object and what it hears back. Plain data: it must survive a
// version of the Worker talking to another version of the object. Every message names the call's
// key and attempt, so a message delivered twice is harmless.

import type { SwitchAction } from '../control/switch.ts';
import type { CounterKind, CounterView, Limit } from './account.ts';
import type { LedgerAddress, ShardLayout } from './layout.ts';
import type { OverStatus, ReserveAsk } from './ledger.ts';
import type { SolvedAhead } from './outstanding.ts';
import type { AdjustStatus, ExtendStatus, ReserveStatus, ResolveStatus } from './status.ts';
import type { ObservedCall, ShardImpact } from '../impact.ts';
import type { Statement } from '../reconcile/statement.ts';
import type { Amounts } from './unit.ts';

/** A run that begins with its first call, and is over after so long. */
export type RunAsk = {
  /** This call goes on with it. */
  readonly mustExist: boolean;
  readonly msMax: number;
};

export type AccountAsk = {
  readonly principal: string;
  readonly limits: readonly Limit[];
  /** The object that grants slices of this budget, or null where this object keeps it. */
  readonly root: LedgerAddress | null;
  /** All that is asked of this account or nothing: it never narrows a call. */
  readonly isWhole?: boolean;
  /** Limits that are counted and never refused, by how they would be. */
  readonly lifts?: readonly OverStatus[];
  /** Of the account of a caller's loop. */
  readonly run?: RunAsk;
  /** A principal never seen before joins this purse, and stays in it. */
  readonly birth?: { readonly cohort: string; readonly limits: readonly Limit[] };
};

export type ReserveMessage = ReserveAsk & {
  readonly accounts: readonly AccountAsk[];
  /** Set in the home object of a proven call: the nonce dies at this time. */
  readonly nonceExpiresAtMs: number | null;
  /** Set for a caller with an API key: SHA-256 of the key, hex, compared with the one on record. */
  readonly apiKeyHash: string | null;
  /** Set with it: the route, which a key may be made for. */
  readonly routeId?: string;
  /** Set in the home of the first account's principal, for a challenge that was fetched ahead. */
  readonly solvedAhead?: SolvedAhead;
  /** Set there as well, for a call that goes on from an answer. */
  readonly continues?: Continues;
  /**
   * Everything the call is, for the one object that holds them against the switches: the shard
   * that keeps its record.
   */
  readonly names?: readonly string[];
  /** It asks for less than it did already: a switch that wants no more than that is content. */
  readonly isDowngraded?: boolean;
};

export type Continues = {
  /** SHA-256 of the answer's canonical text, base64url. */
  readonly hash: string;
  readonly branchesMax: number;
  /** `unknown` is an answer even while other calls of this principal are on their way. */
  readonly isFinal: boolean;
};

export type PrincipalCounter = CounterView & { readonly principal: string };

export type ReserveReply =
  | {
      readonly status: 'held' | 'exists';
      /** By unit, what is on hold here. */
      readonly granted: Amounts;
      /** The money counters of this object's own accounts after the hold. */
      readonly counters: readonly PrincipalCounter[];
    }
  | { readonly status: OverStatus; readonly counter: PrincipalCounter }
  /** `isPending`: a call that is on its way may be the one that gives it; nothing was spent. */
  | { readonly status: 'conversation-unknown'; readonly isPending: boolean }
  | Switched
  | {
      readonly status: Exclude<
        ReserveStatus,
        'held' | 'exists' | 'conversation-unknown' | 'switched' | OverStatus
      >;
    };

/** An operator does not want this call. */
export type Switched = {
  readonly status: 'switched';
  /** What the switch is on: for the log, never for the caller. */
  readonly principal: string;
  readonly action: SwitchAction;
  readonly untilMs: number | null;
};

/** More of everything up to these amounts, for a call that is running. */
export type ExtendMessage = {
  readonly key: string;
  readonly attempt: string;
  readonly amounts: Amounts;
  readonly accounts: readonly AccountAsk[];
};

export type ExtendReply = { readonly key: string; readonly status: ExtendStatus };

export type ResolveMessage = {
  readonly key: string;
  readonly attempt: string;
  readonly act:
    | { readonly kind: 'settle'; readonly amounts: Amounts; readonly estimated: boolean }
    | { readonly kind: 'release' }
    | { readonly kind: 'renew'; readonly metered: Amounts; readonly leaseMs: number };
  /** The decision record as JSON, kept beside the hold in the object that keeps records. */
  readonly record: string | null;
  /**
   * With a settlement in the home of the first account's principal: what may be continued. Null if
   * nothing of an answer got through: then the call continued nothing either.
   */
  readonly answer?: GivenAnswer | null;
  /** With a settlement and its record: what enforcing would have refused. */
  readonly observed?: ObservedCall;
  /** With a renewal, as in `ReserveMessage`. */
  readonly names?: readonly string[];
};

/** Hashes of an answer that was given; never a word of it. */
export type GivenAnswer = {
  /** Of the whole answer, or null if it was cut short. */
  readonly hash: string | null;
  /** Of what a caller who cut it short may have: the first characters of each hash, joined. */
  readonly prefixes: string;
  readonly keptMs: number;
};

export type ResolveReply = { readonly key: string; readonly status: ResolveStatus };

/** The asked object's own name, and how shards are laid out. */
export type Place = { readonly self: LedgerAddress; readonly layout: ShardLayout };

/** Everything one Worker has to say to one object at one time: one message, one commit. */
export type Batch = Place & {
  /** Done first, in this order. */
  readonly resolves: readonly ResolveMessage[];
  readonly reserves: readonly ReserveMessage[];
  readonly extends: readonly ExtendMessage[];
};

/** In the order of what was asked. */
export type BatchReply = {
  readonly resolves: readonly ResolveReply[];
  readonly reserves: readonly ReserveReply[];
  readonly extends: readonly ExtendReply[];
};

export type CapMessage = CounterKind & {
  readonly principal: string;
  /** Null takes the override back. */
  readonly cap: number | null;
};

/** A correction by a person or by a later truth: a row of its own, never an edit. */
export type AdjustMessage = {
  /** Chosen by whoever adjusts; the same id again changes nothing. */
  readonly id: string;
  readonly principal: string;
  /** Signed: a refund is below zero. */
  readonly amounts: Amounts;
  /** Counters it applies to, in their windows at `atMs`. */
  readonly limits: readonly Limit[];
  readonly atMs: number;
  readonly reason: string;
};

/** Gives back part of what one call was charged, in every counter it was charged in. */
export type RefundMessage = {
  readonly id: string;
  readonly key: string;
  readonly nanoUsd: number;
  readonly reason: string;
};

export type AccountView = {
  readonly principal: string;
  readonly counters: readonly CounterView[];
  readonly overrides: Readonly<Record<string, number>>;
  readonly holds: readonly {
    readonly id: string;
    readonly amountNanoUsd: number;
    readonly expiresAtMs: number;
  }[];
};

/** What a ledger object can be asked by the Worker, which sees objects only through this. */
export type LedgerPort = {
  apply(batch: Batch): Promise<BatchReply>;
  view(place: Place, principal: string, limits: readonly Limit[]): Promise<AccountView>;
  setCap(place: Place, message: CapMessage): Promise<void>;
  adjust(place: Place, message: AdjustMessage): Promise<AdjustStatus>;
  refund(message: RefundMessage): Promise<AdjustStatus>;
  record(key: string): Promise<string | null>;
  /** Totals per day and model of the calls recorded here, both days included. */
  statements(fromDay: string, toDay: string): Promise<readonly Statement[]>;
  /** Of the calls recorded here that a rule would have refused. */
  impacts(fromDay: string, toDay: string): Promise<ShardImpact>;
};

/** What is kept of one secret of a key. */
export type KeySecret = {
  /** SHA-256 of the key, hex. The key itself is shown once and kept nowhere. */
  readonly hash: string;
  /** The key's first characters; of its secret there are few among them. */
  readonly start?: string;
  /** Null if never; absent where nobody counted yet. */
  readonly usedAtMs?: number | null;
};

export type ApiKeyRecord = KeySecret & {
  readonly id: string;
  readonly name: string;
  readonly plan: string | null;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
  /** Absent: all. */
  readonly routes?: readonly string[];
  readonly rotatedAtMs?: number;
  /** The secret before this one, which is accepted until then. */
  readonly previous?: KeySecret & { readonly untilMs: number };
};

/** A ledger that also keeps one API key. */
export type KeyLedgerPort = LedgerPort & {
  putKey(record: ApiKeyRecord): Promise<void>;
  /** Null if there was never such a key. */
  keyRecord(): Promise<ApiKeyRecord | null>;
  revokeKey(atMs: number): Promise<boolean>;
  /**
   * Another secret under the same id, on the ledger's clock. The record as it is then, a revoked
   * key's without the new secret; null if there was never such a key.
   */
  rotateKey(next: KeySecret, graceMs: number): Promise<ApiKeyRecord | null>;
};
