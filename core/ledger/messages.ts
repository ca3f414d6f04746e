// What the Worker says to a ledger object and what it hears back. Plain data: it must survive a
// version of the Worker talking to another version of the object. Every message names the call's
// key and attempt, so a message delivered twice is harmless.

import type { CounterView, Limit, Unit } from './account.ts';
import type { ReserveAsk } from './ledger.ts';
import type { ReserveStatus, ResolveStatus } from './status.ts';
import type { WindowKind } from './window.ts';

export type ReserveMessage = ReserveAsk & {
  readonly accounts: readonly { readonly principal: string; readonly limits: readonly Limit[] }[];
  /** Set in the home object of a proven call: the nonce dies at this time. */
  readonly nonceExpiresAtMs: number | null;
  /** Set for a caller with an API key: SHA-256 of the key, hex, compared with the one on record. */
  readonly apiKeyHash: string | null;
};

export type PrincipalCounter = CounterView & { readonly principal: string };

export type ReserveReply =
  | {
      readonly status: 'held' | 'exists';
      readonly grantedNanoUsd: number;
      /** The money counters after the hold. */
      readonly counters: readonly PrincipalCounter[];
    }
  | {
      readonly status: 'over-requests' | 'over-budget' | 'over-concurrency';
      readonly counter: PrincipalCounter;
    }
  | {
      readonly status: Exclude<
        ReserveStatus,
        'held' | 'exists' | 'over-requests' | 'over-budget' | 'over-concurrency'
      >;
    };

export type ResolveMessage = {
  readonly key: string;
  readonly attempt: string;
  readonly act:
    | { readonly kind: 'settle'; readonly nanoUsd: number; readonly estimated: boolean }
    | { readonly kind: 'release' }
    | { readonly kind: 'renew'; readonly meteredNanoUsd: number; readonly leaseMs: number };
  /** The decision record as JSON, kept beside the hold in the object that keeps records. */
  readonly record: string | null;
};

export type ResolveReply = { readonly key: string; readonly status: ResolveStatus };

export type CapMessage = {
  readonly principal: string;
  readonly window: WindowKind;
  readonly unit: Unit;
  /** Null takes the override back. */
  readonly cap: number | null;
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

/** What a ledger object can be asked. The Worker sees objects only through this. */
export type LedgerPort = {
  /** Settlements of earlier calls may ride along; they are resolved first, in the same commit. */
  reserve(message: ReserveMessage, settlements?: readonly ResolveMessage[]): Promise<ReserveReply>;
  resolve(messages: readonly ResolveMessage[]): Promise<ResolveReply[]>;
  view(principal: string, limits: readonly Limit[]): Promise<AccountView>;
  setCap(message: CapMessage): Promise<void>;
  record(key: string): Promise<string | null>;
};

export type ApiKeyRecord = {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  /** SHA-256 of the key, hex. The key itself is shown once and kept nowhere. */
  readonly hash: string;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
};

/** A ledger that also keeps one API key. */
export type KeyLedgerPort = LedgerPort & {
  putKey(record: ApiKeyRecord): Promise<void>;
  revokeKey(atMs: number): Promise<boolean>;
};
