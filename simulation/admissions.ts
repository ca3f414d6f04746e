// Who was let in: once per proof in the whole world, whatever sets of shards there were since, only
// with a row in storage, and by nobody who has been replaced. And who must be out by now, because a
// lease has ended.

import type { Hold } from '../core/ledger/hold.ts';
import type { Batch, BatchReply } from '../core/ledger/messages.ts';
import type { Errand } from './asks.ts';
import type { Auditor } from './auditor.ts';
import type { Host, Life } from './host.ts';
import { Stocks } from './stocks.ts';
import { Broken } from './trace.ts';

/** How long after the first lease the alarm may be set for; one that failed comes again later. */
const ALARM_MS_MAX = 3_000;

export class Admissions {
  readonly #auditor: Auditor;
  readonly #attempts = new Map<string, string>();
  /** By the key of a proven call: who spent its proof where, and who went on to the provider. */
  readonly #spent = new Map<string, { readonly address: string; readonly attempt: string }>();
  readonly #forwarded = new Map<string, string>();
  readonly #releasedFirst = new Set<string>();
  /** Objects and keys of proven calls, where the object spends the proof. */
  readonly homes = new Set<string>();
  readonly stocks: Stocks;

  constructor(auditor: Auditor) {
    this.#auditor = auditor;
    this.stocks = new Stocks(auditor);
  }

  /** A hold's first row. */
  taken({ address }: Host, { key, attempt, reservedAtMs, accounts }: Hold): void {
    if (accounts.length > 0) this.stocks.taken(address, key, reservedAtMs);
    const id = `${address}|${key}`;
    this.#auditor.expect(
      !this.#releasedFirst.has(`${id}|${attempt}`) || this.#auditor.clockWasTurned(address),
      'a call that was released before it came is not admitted',
      () => `${id} ${attempt}`,
    );
    this.#attempts.set(id, attempt);
    if (!this.homes.has(id)) return;
    const earlier = this.#spent.get(key);
    this.#auditor.expect(
      earlier === undefined,
      'a proof is admitted once',
      () => `${id} ${attempt}, earlier ${JSON.stringify(earlier)}`,
    );
    this.#spent.set(key, { address, attempt });
  }

  /** A Worker has heard from all objects of a call, and the provider is about to. */
  forwarded({ key, attempt, proof }: Errand): void {
    if (proof === null) return;
    const earlier = this.#forwarded.get(key);
    this.#auditor.expect(
      earlier === undefined,
      'a proof is admitted once',
      () => `${key} ${attempt}, forwarded earlier for ${earlier ?? ''}`,
    );
    this.#auditor.expect(
      this.#spent.get(key)?.attempt === attempt,
      'what is forwarded has spent its proof',
      () => `${key} ${attempt} ${JSON.stringify(this.#spent.get(key))}`,
    );
    this.#forwarded.set(key, attempt);
  }

  /** What stops a call that comes again, or too late, is a row as well. */
  #stopsLater(host: Host, batch: Batch, reply: BatchReply): void {
    const { holds } = this.#auditor.ward(host.address);
    batch.resolves.forEach(({ key, attempt }, index) => {
      if (reply.resolves[index]?.status !== 'unknown') return;
      this.#releasedFirst.add(`${host.address}|${key}|${attempt}`);
      this.#auditor.expect(
        holds.has(key),
        'a word about an unknown call leaves a tombstone',
        () => `${host.address} ${key}`,
      );
    });
    batch.reserves.forEach(({ key, nonceExpiresAtMs }, index) => {
      const one = reply.reserves[index];
      if (nonceExpiresAtMs === null || one === undefined || !('counter' in one)) return;
      this.#auditor.expect(
        holds.has(key),
        'a refusal spends the proof',
        () => `${host.address} ${key}`,
      );
    });
  }

  /** What an object is about to answer. */
  answered(host: Host, life: Life, batch: Batch, reply: BatchReply): void {
    if (host.isCurrent(life)) this.#stopsLater(host, batch, reply);
    batch.reserves.forEach(({ key, attempt }, index) => {
      const status = reply.reserves[index]?.status;
      const where = `${host.address} ${key}`;
      if (status === undefined) throw new Broken('every message is answered', where);
      if (status !== 'held' && status !== 'exists') return;
      this.#auditor.expect(
        this.#attempts.get(`${host.address}|${key}`) === attempt,
        'what is admitted is in storage',
        () => `${where} ${attempt} ${status}`,
      );
    });
  }

  /** Behind every open hold there is an alarm, soon after the first lease ends. */
  alarmIsSet(host: Host): void {
    const { open } = this.#auditor.ward(host.address);
    if (open.size === 0) return;
    let firstEndMs = Infinity;
    for (const { leaseEndsAtMs } of open.values()) firstEndMs = Math.min(firstEndMs, leaseEndsAtMs);
    const { atMs } = host.alarm;
    const latestMs = Math.max(firstEndMs, host.nowMs()) + ALARM_MS_MAX;
    this.#auditor.expect(
      atMs !== null && (atMs <= latestMs || this.#auditor.clockWasTurned(host.address)),
      'an open hold has an alarm behind it',
      () => `${host.address} ${String(atMs)} instead of ${String(latestMs)}`,
    );
  }

  /** After an event that looks at leases. */
  leasesEnded(host: Host, nowMs: number): void {
    for (const hold of this.#auditor.ward(host.address).open.values()) {
      this.#auditor.expect(
        hold.leaseEndsAtMs > nowMs,
        'no hold stays open past its lease',
        () => `${host.address} ${String(nowMs)} ${JSON.stringify(hold)}`,
      );
    }
  }
}
