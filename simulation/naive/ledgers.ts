// Ledgers that are wrong in the ways ledgers are wrong. Each stands behind the port of the real
// one, and the auditor has to catch it by the guarantee it breaks; if it does not, the auditor is
// no good. Never deployed.

import { leaseMovement, type Lease, unspent } from '../../core/ledger/escrow.ts';
import { move } from '../../core/ledger/account.ts';
import { isShared } from '../../core/ledger/layout.ts';
import type { Batch, BatchReply } from '../../core/ledger/messages.ts';
import type { DrawMessage, SliceGrant } from '../../core/ledger/peer-messages.ts';
import type { LedgerWorld } from '../../durable-objects/world.ts';
import { type LedgerMaker, RealLedger } from '../port.ts';
import { NaiveLedger } from './ledger.ts';

const TIMEOUT_MS = 3_000;
const LEASES_READ_MAX = 64;

/** Takes every grant for its own and writes none of them down. */
const withoutGrantRows = (world: LedgerWorld): LedgerWorld => ({
  ...world,
  sql: {
    exec: (query, ...bindings) => {
      const [kind = '', principal = ''] = bindings;
      const isAccount = query.startsWith('INSERT INTO side') && kind === 'account';
      const isGrant = isAccount && isShared(String(principal));
      return isGrant ? world.sql.exec('SELECT 1 WHERE 0') : world.sql.exec(query, ...bindings);
    },
  },
});

/** A slice that nobody mentioned for a while must be free again: so this root thinks. */
class TimeoutRoot extends RealLedger {
  readonly #grantedAtMs = new Map<string, number>();
  readonly #nowMs: () => number;

  constructor(world: LedgerWorld, retentionMs: number) {
    super(world, { retentionMs, refuse: () => null, stops: () => false });
    this.#nowMs = world.nowMs;
  }

  override async draw(message: DrawMessage): Promise<readonly SliceGrant[]> {
    const { principal, shard } = message;
    const nowMs = this.#nowMs();
    for (const { name, body } of this.store.side.of('lease', principal, LEASES_READ_MAX)) {
      const grantedAtMs = this.#grantedAtMs.get(`${principal} ${name}`) ?? nowMs;
      if (name !== shard && nowMs - grantedAtMs > TIMEOUT_MS) this.#takeBack(principal, name, body);
    }
    const grants = await super.draw(message);
    this.#grantedAtMs.set(`${principal} ${shard}`, nowMs);
    return grants;
  }

  #takeBack(principal: string, shard: string, body: string): void {
    const leases = JSON.parse(body) as Record<string, Lease[]>;
    for (const [name, list] of Object.entries(leases)) {
      leases[name] = list.map((lease) => {
        const back = { ...lease, returned: lease.returned + unspent(lease) };
        const movement = leaseMovement(name, lease, back);
        const account = move(this.store.account(principal), [movement], this.#nowMs());
        this.store.putAccount(principal, account, true);
        return back;
      });
    }
    this.store.side.put('lease', principal, shard, JSON.stringify(leases));
  }
}

/** Whoever has solved a challenge in time may use it: so this ledger thinks. */
class UncountedStock extends RealLedger {
  constructor(world: LedgerWorld, retentionMs: number) {
    super(world, { retentionMs, refuse: () => null, stops: () => false });
  }

  override apply(batch: Batch): Promise<BatchReply> {
    const reserves = batch.reserves.map(({ solvedAhead: _uncounted, ...message }) => message);
    return super.apply({ ...batch, reserves });
  }
}

export type Naive = {
  readonly name: string;
  readonly make: LedgerMaker;
  /** The guarantees it may break; it must break one of them. */
  readonly breaks: readonly string[];
};

export const NAIVE_LEDGERS: readonly Naive[] = [
  {
    name: 'checks, then records after an await',
    make: (world) => new NaiveLedger(world, 'records-late'),
    breaks: ['nothing is admitted over a cap', 'all objects together never pass a cap'],
  },
  {
    name: 'records when the call is over',
    make: (world) => new NaiveLedger(world, 'records-after'),
    breaks: ['what is admitted is in storage'],
  },
  {
    name: 'keeps spent proofs in memory',
    make: (world) => new NaiveLedger(world, 'proofs-in-memory'),
    breaks: [
      'a proof is admitted once',
      'a hold resolves once',
      'a hold stays with its attempt',
      'all objects together never pass a cap',
    ],
  },
  {
    name: 'gets a counter, waits, and puts it back',
    make: (world) => new NaiveLedger(world, 'get-then-put'),
    breaks: [
      'what is used is the sum of all charges',
      'what is held is the sum of the open holds',
      'nothing is admitted over a cap',
    ],
  },
  {
    name: 'spends a grant that no row tells of',
    make: (world, retentionMs) =>
      new RealLedger(withoutGrantRows(world), {
        retentionMs,
        refuse: () => null,
        stops: () => false,
      }),
    breaks: [
      'a slice is never overspent',
      'a window in use is not forgotten',
      'a root counts back only what the spender gave back or used',
      'slices in memory are those of the rows',
    ],
  },
  {
    name: 'counts a slice back when nobody spoke of it for a while',
    make: (world, retentionMs) => new TimeoutRoot(world, retentionMs),
    breaks: ['a root counts back only what the spender gave back or used'],
  },
  {
    name: 'counts no challenge that was fetched ahead',
    make: (world, retentionMs) => new UncountedStock(world, retentionMs),
    breaks: ['no more challenges are outstanding than may be'],
  },
];
