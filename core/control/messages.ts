// What is said to the object that keeps switches, the audit and the list of API keys, and what it
// answers. Plain data, as in `core/ledger/messages.ts`: versions of the Worker and of the object
// may differ. A refusal is a status, never an exception.

import type { Alert } from '../ledger/alert.ts';
import type { ShardLayout } from '../ledger/layout.ts';
import type { AuditAsk, AuditRow } from './audit.ts';
import type { ShardSwitch, Switch } from './switch.ts';

/** The one object's name. */
export const CONTROL = 'control';

/** Who changes something, and why: the audit says so. */
export type By = { readonly author: string; readonly reason: string };

/** How far a change has got. Shards that have not heard are told until they have. */
export type Spread = {
  readonly epoch: number;
  readonly shards: number;
  readonly heard: number;
  /** From the change to the answer of the last shard that is counted. */
  readonly ms: number;
};

export type PutReply =
  | (Spread & { readonly status: 'put'; readonly before: Switch | null })
  | { readonly status: 'too-many-switches' };

export type DeleteReply =
  | (Spread & { readonly status: 'deleted'; readonly before: Switch })
  | { readonly status: 'unknown' };

/** What shards keep. `switches` is null where nothing has changed since the epoch that is known. */
export type SwitchNews = {
  readonly epoch: number;
  readonly switches: readonly ShardSwitch[] | null;
};

/** A key as the operator's list shows it. Whether it is valid says its own ledger, never this. */
export type KeyEntry = {
  readonly id: string;
  readonly name: string;
  readonly plan: string | null;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
  readonly expiresAtMs: number | null;
};

export type KeyChange = Partial<Omit<KeyEntry, 'id' | 'createdAtMs'>>;

/** Alerts that are listed; all of them are in the log. */
export const ALERTS_LISTED_MAX = 100;

export type ListedAlert = Alert & { readonly atMs: number };

export type ControlPort = {
  switches(): Promise<readonly Switch[]>;
  /** One switch per principal: another one takes its place. */
  putSwitch(layout: ShardLayout, asked: Switch): Promise<PutReply>;
  deleteSwitch(layout: ShardLayout, principal: string, by: By): Promise<DeleteReply>;
  /** One row: something else was changed. */
  audit(row: AuditAsk): Promise<void>;
  /** Newest first; those with smaller ids than `before`. */
  audits(limit: number, before: number | null): Promise<readonly AuditRow[]>;
  /** With its audit row. The same id again replaces the entry. */
  registerKey(entry: KeyEntry, by: By): Promise<'registered' | 'too-many-keys'>;
  /** With its audit row. The entry as it is now, or null if there is none. */
  keyChanged(id: string, change: KeyChange, by: By): Promise<KeyEntry | null>;
  /** In the order of their ids; those behind `after`. */
  listKeys(limit: number, after: string | null): Promise<readonly KeyEntry[]>;
  pull(knownEpoch: number): Promise<SwitchNews>;
  /** A ledger has told an operator of something; only the latest are kept. */
  alerted(alert: Alert): Promise<void>;
  /** Newest first. */
  alerts(limit: number): Promise<readonly ListedAlert[]>;
};

/** What `Control` says to a shard: the whole list. The reply is the epoch the shard is at. */
export type SwitchListener = {
  hearSwitches(news: Required<SwitchNews>): Promise<number>;
};
