// Where a principal's counters live. Names we issued have an object of their own; names that
// anybody can mint are rows in one of N fixed shards. A stub is made for every use: a stub that has
// failed once is dead.

import { shardOf } from '../../core/address.ts';
import type { KeyLedgerPort, LedgerPort } from '../../core/ledger/messages.ts';
import type { Env } from '../env.ts';

/** Raised when the number of shards changes: old and new shards must not share a name. */
const SHARD_EPOCH = 1;

export type LedgerAddress = string;

export class Ledgers {
  readonly #env: Pick<Env, 'PRINCIPAL_LEDGER' | 'EDGE_SHARD'>;
  readonly #shards: number;

  constructor(env: Pick<Env, 'PRINCIPAL_LEDGER' | 'EDGE_SHARD'>, shards: number) {
    this.#env = env;
    this.#shards = shards;
  }

  shardOf(principal: string): number {
    return shardOf(principal, this.#shards);
  }

  shardAddress(shard: number): LedgerAddress {
    return `edge:${String(SHARD_EPOCH)}:${String(shard)}`;
  }

  /** The name of the object that keeps this principal's counters. */
  addressOf(principal: string): LedgerAddress {
    if (principal.startsWith('key:')) return principal;
    return this.shardAddress(this.shardOf(principal));
  }

  at(address: LedgerAddress): LedgerPort {
    if (address.startsWith('edge:')) return this.#env.EDGE_SHARD.getByName(address);
    return this.#env.PRINCIPAL_LEDGER.getByName(address);
  }

  ofKey(id: string): KeyLedgerPort {
    return this.#env.PRINCIPAL_LEDGER.getByName(`key:${id}`);
  }
}
