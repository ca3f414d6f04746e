// Notices the situations a run is for, as far as rows and messages show them.

import type { Account } from '../core/ledger/account.ts';
import type { Hold } from '../core/ledger/hold.ts';
import type { Batch, BatchReply, ReserveReply } from '../core/ledger/messages.ts';
import type { HandOverMessage, RecallMessage } from '../core/ledger/peer-messages.ts';
import type { Host } from './host.ts';
import type { Town } from './town.ts';
import type { Ward } from './ward.ts';

const CLOSE_MS = 1_000;

export class Sightings {
  readonly #town: Town;
  readonly #rollingRefused = new Set<string>();
  readonly #livesAtHold = new Map<string, number>();
  /** The newest set that the Worker knew who had a proof spent. */
  readonly #epochAtSpending = new Map<string, number>();

  constructor(town: Town) {
    this.#town = town;
  }

  hold(host: Host, before: Hold | null, after: Hold): void {
    const { states } = this.#town;
    const nowMs = host.nowMs();
    if (before === null && after.status === 'held') this.#taken(host, after);
    if (after.status === 'settled' && before?.status === 'held') {
      if (Math.abs(before.leaseEndsAtMs - nowMs) < CLOSE_MS) states.saw('settle races the alarm');
    }
    if (after.status === 'expired') states.saw('a lease expires');
    for (const { taken } of after.accounts) {
      const names = taken.map(({ name }) => name);
      if (new Set(names).size < names.length) states.saw('a hold reaches into two windows');
    }
    const minute = Math.floor(after.reservedAtMs / 60_000);
    if (
      before?.status === 'held' &&
      after.status !== 'held' &&
      Math.floor(nowMs / 60_000) > minute
    ) {
      states.saw('a window turns over while a hold is open');
    }
  }

  #taken(host: Host, { key, accounts }: Hold): void {
    const { states } = this.#town;
    this.#livesAtHold.set(`${host.address}|${key}`, host.current?.number ?? 0);
    for (const { principal, taken, root } of accounts) {
      if (principal.startsWith('cohort:') && root !== undefined) {
        states.saw('a cohort born in one network is spent from another');
      }
      const rolling = taken.find(({ name }) => name.includes('-rolling-'));
      const id = `${principal} ${rolling?.name ?? ''}`;
      if (rolling !== undefined && this.#rollingRefused.delete(id)) {
        states.saw('a rolling window admits what it had refused');
      }
    }
  }

  batch(host: Host, batch: Batch, reply: BatchReply): void {
    const { states } = this.#town;
    batch.reserves.forEach((message, index) => {
      const { key } = message;
      const one = reply.reserves[index];
      if (one === undefined) return;
      if (message.nonceExpiresAtMs !== null) this.#proof(key, one.status, batch.layout.epoch);
      if (one.status === 'already-resolved') states.saw('a tombstone blocks a late reserve');
      if (one.status === 'exists') states.saw('the same attempt comes again');
      if (one.status === 'too-many-outstanding') {
        states.saw('one challenge too many was fetched ahead');
      }
      if (one.status === 'moved') {
        states.saw('a Worker on the old layout is told that the account moved');
      }
      if (one.status === 'root-unreachable') {
        states.saw('the root of a shared budget is unreachable');
      }
      if (one.status === 'replayed') {
        states.saw('a proof is replayed');
        const lives = this.#livesAtHold.get(`${host.address}|${key}`) ?? Infinity;
        if ((host.current?.number ?? 0) > lives) {
          states.saw('a proof is replayed after an eviction');
        }
      }
      if ('counter' in one) {
        const { name, principal } = one.counter;
        if (name.includes('-rolling-')) {
          states.saw('a rolling window refuses');
          this.#rollingRefused.add(`${principal} ${name}`);
        }
        if (/^(global|route|model|cohort)/.test(principal)) states.saw('a shared budget runs dry');
      }
    });
  }

  /** What the home of a proof says of it. */
  #proof(key: string, status: ReserveReply['status'], epoch: number): void {
    if (status === 'held') this.#epochAtSpending.set(key, epoch);
    if (status !== 'replayed') return;
    if ((this.#epochAtSpending.get(key) ?? epoch) !== epoch) {
      this.#town.states.saw('a proof is replayed across a change of the shards and refused');
    }
  }

  /** What ledgers say to each other. */
  peer({ open }: Ward, label: string, message: unknown): void {
    const holds = [...open.values()].flatMap(({ accounts }) => accounts);
    if (label === 'recall') {
      const { principal } = message as RecallMessage;
      if (holds.some((one) => one.principal === principal)) {
        this.#town.states.saw('a recall comes while a hold spends from the slice');
      }
    }
    if (label === 'handOver') {
      const { principals } = message as HandOverMessage;
      if (holds.some((one) => principals.includes(one.principal))) {
        this.#town.states.saw('an old epoch hands over an account with open holds');
      }
    }
  }

  caps({ books, caps }: Ward, principal: string, account: Account): void {
    for (const [name, cap] of Object.entries(account.caps)) {
      if ((caps.get(principal)?.[name] ?? Infinity) <= cap) continue;
      for (const book of books.all()) {
        if (book.principal === principal && book.name === name && book.used > cap) {
          this.#town.states.saw('an operator lowers a cap below what is used');
          return;
        }
      }
    }
  }

  recovered(ward: Ward): void {
    const { states } = this.#town;
    if (ward.open.size > 0) states.saw('a crash before the checkpoint is recovered from holds');
    for (const book of ward.books.all()) {
      if (book.granted - book.returned - book.used > 0) {
        states.saw('a slice outlives the incarnation that drew it');
        return;
      }
    }
  }
}
