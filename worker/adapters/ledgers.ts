// The ledgers as the Worker reaches them. A stub is made for every use: a stub that has failed once
// is dead. The first byte of a nonce names the set of shards it was made for, so that it is spent
// where it was, whatever set is in force by then.

import { shardOf } from '../../core/address.ts';
import type { Bytes } from '../../core/bytes.ts';
import {
  addressOf,
  isMintable,
  isShardAddress,
  setsOf,
  type LedgerAddress,
  shardAddress,
  type ShardLayout,
} from '../../core/ledger/layout.ts';
import type { KeyLedgerPort, LedgerPort, Place } from '../../core/ledger/messages.ts';
import type { Env } from '../env.ts';

export type { LedgerAddress } from '../../core/ledger/layout.ts';

export class Ledgers {
  readonly layout: ShardLayout;
  readonly #env: Pick<Env, 'PRINCIPAL_LEDGER' | 'EDGE_SHARD'>;

  constructor(env: Pick<Env, 'PRINCIPAL_LEDGER' | 'EDGE_SHARD'>, layout: ShardLayout) {
    this.#env = env;
    this.layout = layout;
  }

  /** Which shard keeps the records of this address's calls. */
  shardOf(ip: string): { readonly epoch: number; readonly shard: number } {
    const { epoch, count } = this.layout;
    return { epoch, shard: shardOf(ip, count) };
  }

  /** All shards that may keep something: of this set and of those before. */
  shards(): readonly LedgerAddress[] {
    return setsOf(this.layout).flatMap(({ epoch, count }) =>
      Array.from({ length: count }, (_, shard) => shardAddress(epoch, shard)),
    );
  }

  /** The name of the object that keeps this principal's counters. */
  addressOf(principal: string): LedgerAddress {
    return addressOf(principal, this.layout);
  }

  placeOf(address: LedgerAddress): Place {
    return { self: address, layout: this.layout };
  }

  /** Random bytes as a nonce of the set in force. */
  markNonce(random: Bytes): Bytes {
    const nonce = random.slice();
    nonce[0] = this.layout.epoch;
    return nonce;
  }

  /** Where this principal's nonce is spent, or null if it is older than any set that is kept. */
  homeOfNonce(principal: string, nonce: Uint8Array): LedgerAddress | null {
    if (!isMintable(principal)) return this.addressOf(principal);
    const set = setsOf(this.layout).find(({ epoch }) => nonce[0] === epoch);
    return set === undefined ? null : addressOf(principal, set);
  }

  at(address: LedgerAddress): LedgerPort {
    if (isShardAddress(address)) return this.#env.EDGE_SHARD.getByName(address);
    return this.#env.PRINCIPAL_LEDGER.getByName(address);
  }

  ofKey(id: string): KeyLedgerPort {
    return this.#env.PRINCIPAL_LEDGER.getByName(`key:${id}`);
  }
}
