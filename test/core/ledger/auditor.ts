// An auditor much simpler than the ledger: it keeps a flat list of calls and adds up, each time
// from the beginning. It knows nothing of cells, movements or leaks; of clocks it knows that the
// one of an account never runs backwards.

import { type Limit, viewCounter } from '../../../core/ledger/account.ts';
import { rollingPeriodMs, windowId } from '../../../core/ledger/window.ts';
import { present } from '../../../core/result.ts';
import { accountOf, type Bench, type BenchParty, holdOf } from './bench-ledger.ts';

type Times = ReadonlyMap<string, number>;

/** So much money, taken at these times on the clocks of its principals. */
type Part = { readonly at: Times; readonly nanoUsd: number };

export type Entry = {
  readonly key: string;
  readonly principals: readonly string[];
  readonly parts: Part[];
  state: 'held' | 'settled' | 'released' | 'expired';
  charged: number;
  resolvedAt: Times;
  resolutions: number;
};

const timeIn = (times: Times, principal: string): number => times.get(principal) ?? 0;
export const amountOf = ({ parts }: Entry): number =>
  parts.reduce((sum, part) => sum + part.nanoUsd, 0);

export class Auditor {
  readonly entries: Entry[] = [];
  readonly #clockMs = new Map<string, number>();
  readonly #charges: Entry[] = [];

  timeMs(principal: string, nowMs: number): number {
    return Math.max(this.#clockMs.get(principal) ?? 0, nowMs);
  }

  #touch(principals: readonly string[], nowMs: number): Times {
    for (const principal of principals) {
      this.#clockMs.set(principal, this.timeMs(principal, nowMs));
    }
    return new Map(this.#clockMs);
  }

  #entry(key: string): Entry {
    return present(
      this.entries.find((candidate) => candidate.key === key),
      key,
    );
  }

  admitted(key: string, principals: readonly string[], nanoUsd: number, nowMs: number): void {
    const at = this.#touch(principals, nowMs);
    const begun = { charged: 0, resolvedAt: new Map<string, number>(), resolutions: 0 };
    this.entries.push({ ...begun, key, principals, parts: [{ at, nanoUsd }], state: 'held' });
  }

  extended(key: string, nanoUsd: number, nowMs: number): void {
    const entry = this.#entry(key);
    const at = this.#touch(entry.principals, nowMs);
    const more = nanoUsd - amountOf(entry);
    if (more > 0) entry.parts.push({ at, nanoUsd: more });
  }

  resolved(key: string, state: Entry['state'], charged: number, nowMs: number): void {
    const entry = this.#entry(key);
    entry.resolutions += 1;
    entry.state = state;
    entry.charged = charged;
    entry.resolvedAt = this.#touch(entry.principals, nowMs);
    this.#charges.push(entry);
  }

  #of(principal: string): Entry[] {
    return this.entries.filter((entry) => entry.principals.includes(principal));
  }

  /** What of one call's money is in each window: its charge, oldest first, or what it holds. */
  #windowsOf(entry: Entry, principal: string, { window }: Limit): Map<number, number> {
    const taken = new Map<number, number>();
    for (const { at, nanoUsd } of entry.parts) {
      const id = windowId(window, timeIn(at, principal));
      taken.set(id, (taken.get(id) ?? 0) + nanoUsd);
    }
    if (entry.state === 'held') return taken;
    let left = entry.charged;
    const newest = Math.max(...taken.keys());
    for (const [id, amount] of taken) {
      const used = id === newest ? left : Math.min(left, amount);
      taken.set(id, used);
      left -= used;
    }
    return taken;
  }

  /** Unit-milliseconds, so that nothing is ever rounded before the end. */
  #drained(principal: string, limit: Limit, periodMs: number, nowMs: number): number {
    let level = 0n;
    let atMs = 0;
    const drainTo = (timeMs: number): void => {
      level -= BigInt(timeMs - atMs) * BigInt(limit.cap);
      if (level < 0n) level = 0n;
      atMs = timeMs;
    };
    for (const entry of this.#charges) {
      if (!entry.principals.includes(principal)) continue;
      drainTo(timeIn(entry.resolvedAt, principal));
      level += BigInt(entry.charged) * BigInt(periodMs);
    }
    drainTo(this.timeMs(principal, nowMs));
    return Number((level + BigInt(periodMs) - 1n) / BigInt(periodMs));
  }

  /** What the counter should read now. */
  counts(principal: string, limit: Limit, nowMs: number): { used: number; held: number } {
    const id = windowId(limit.window, this.timeMs(principal, nowMs));
    let used = 0;
    let held = 0;
    for (const entry of this.#of(principal)) {
      const open = entry.state === 'held';
      if (limit.unit === 'nanoUsd') {
        const amount = this.#windowsOf(entry, principal, limit).get(id) ?? 0;
        if (open) held += amount;
        else used += amount;
      } else if (
        windowId(limit.window, timeIn(entry.parts[0]?.at ?? new Map(), principal)) === id
      ) {
        if (open) held += 1;
        else if (limit.unit === 'requests' && entry.state !== 'released') used += 1;
      }
    }
    const periodMs = rollingPeriodMs(limit.window);
    if (periodMs !== null) used = this.#drained(principal, limit, periodMs, nowMs);
    return { used, held };
  }

  /** Throws at the first counter or hold that is not as it should be. */
  inspect(bench: Bench, parties: readonly BenchParty[], nowMs: number): void {
    for (const { principal, limits } of parties) {
      const overruns = this.#of(principal)
        .map((entry) => Math.max(0, entry.charged - amountOf(entry)))
        .reduce((sum, overrun) => sum + overrun, 0);
      for (const limit of limits) {
        const { name, used, held } = viewCounter(accountOf(bench, principal), limit, nowMs);
        const expected = this.counts(principal, limit, nowMs);
        const passes = used + held > limit.cap + overruns;
        if (passes || used !== expected.used || held !== expected.held || used < 0 || held < 0) {
          const says = JSON.stringify({ used, held, cap: limit.cap });
          throw new Error(`${principal} ${name}: ${says}, not ${JSON.stringify(expected)}`);
        }
      }
    }
    for (const entry of this.entries) {
      const hold = holdOf(bench, entry.key);
      if (entry.resolutions > 1) throw new Error(`${entry.key} was resolved twice`);
      if (hold.status !== entry.state || (hold.charged.nanoUsd ?? 0) !== entry.charged) {
        throw new Error(`${entry.key}: ${hold.status} ${JSON.stringify(hold.charged)}`);
      }
      if (hold.amounts.nanoUsd !== amountOf(entry)) throw new Error(`${entry.key}: its amount`);
    }
  }

  /** At the moment of admission nothing may pass its cap. */
  inspectAdmission(bench: Bench, parties: readonly BenchParty[], nowMs: number): void {
    for (const { principal, limits } of parties) {
      for (const limit of limits) {
        const { name, used, held } = viewCounter(accountOf(bench, principal), limit, nowMs);
        if (used + held > limit.cap) {
          throw new Error(`${principal} ${name}: ${String(used + held)} > ${String(limit.cap)}`);
        }
      }
    }
  }
}
