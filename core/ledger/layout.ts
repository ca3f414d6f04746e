// Where a principal's counters live. Names we issued have an object of their own; names that
// anybody can mint are rows in one of N fixed shards. N changes by epoch: a new epoch is a new set
// of shards, which take over what the old ones keep, account by account, when it is first needed.

import { cohortPrefix, shardOf } from '../address.ts';

export type ShardSet = { readonly epoch: number; readonly count: number };

export type ShardLayout = ShardSet & {
  /** The set before this one, while it may still keep accounts, and so on back. */
  readonly previous: ShardLayout | null;
};

/** This set and those before it, newest first. */
export function setsOf(layout: ShardLayout): readonly ShardSet[] {
  return layout.previous === null ? [layout] : [layout, ...setsOf(layout.previous)];
}

/** The name of an object. */
export type LedgerAddress = string;

export const shardAddress = (epoch: number, shard: number): LedgerAddress =>
  `edge:${String(epoch)}:${String(shard)}`;

export const isShardAddress = (address: LedgerAddress): boolean => address.startsWith('edge:');

const MINTABLE = ['ip:', 'device:', 'cohort:'] as const;

/** Is this a name that anybody can make more of? */
export const isMintable = (principal: string): boolean =>
  MINTABLE.some((prefix) => principal.startsWith(prefix));

/** The object that keeps this principal's counters; for a shared budget, its root. */
export function addressOf(principal: string, set: ShardSet): LedgerAddress {
  if (!isMintable(principal)) return principal;
  const placed = principal.startsWith('cohort:') ? cohortPrefix(principal) : principal;
  return shardAddress(set.epoch, shardOf(placed, set.count));
}

const SHARED = ['route:', 'model:', 'tenant:', 'preview:', 'cohort:'] as const;

/** Is this a budget of many, spent from slices? */
export const isShared = (principal: string): boolean =>
  principal === 'global' || SHARED.some((prefix) => principal.startsWith(prefix));

const SHARD = /^edge:(\d{1,3}):(\d{1,4})$/;

/** Which shard of which set has this name; null for the name of anything else. */
export function shardAt(address: LedgerAddress): { epoch: number; shard: number } | null {
  const match = SHARD.exec(address);
  return match === null ? null : { epoch: Number(match[1]), shard: Number(match[2]) };
}

/** Is this one of the shards that may still keep something? */
export function isShardOf(address: LedgerAddress, layout: ShardLayout): boolean {
  const at = shardAt(address);
  if (at === null || shardAddress(at.epoch, at.shard) !== address) return false;
  return setsOf(layout).some(({ epoch, count }) => epoch === at.epoch && at.shard < count);
}
