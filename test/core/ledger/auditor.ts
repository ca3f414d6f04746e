// An auditor much simpler than the ledger: it keeps a flat list of calls and adds up, each time
// from the beginning. It knows nothing of cells, movements or clocks of accounts beyond "never
// backwards".

import { type Limit, viewCounter } from '../../../core/ledger/account.ts';
import { windowId } from '../../../core/ledger/window.ts';
import { accountOf, type Bench, type BenchParty, holdOf } from './bench-ledger.ts';

export type Entry = {
  readonly key: string;
  readonly principals: readonly string[];
  /** When it was admitted, on the latest clock any of its principals had seen. */
  readonly atMs: number;
  state: 'held' | 'settled' | 'released' | 'expired';
  amount: number;
  charged: number;
  resolutions: number;
};

export class Auditor {
  readonly entries: Entry[] = [];
  readonly #clockMs = new Map<string, number>();

  timeMs(principal: string, nowMs: number): number {
    return Math.max(this.#clockMs.get(principal) ?? 0, nowMs);
  }

  #touch(principals: readonly string[], atMs: number): void {
    for (const principal of principals) {
      this.#clockMs.set(principal, this.timeMs(principal, atMs));
    }
  }

  admitted(key: string, principals: readonly string[], amount: number, nowMs: number): void {
    const atMs = Math.max(...principals.map((principal) => this.timeMs(principal, nowMs)));
    this.#touch(principals, atMs);
    const entry = { key, principals, atMs, amount, charged: 0, resolutions: 0 };
    this.entries.push({ ...entry, state: 'held' });
  }

  resolved(key: string, state: Entry['state'], charged: number, nowMs: number): void {
    const entry = this.entries.find((candidate) => candidate.key === key);
    if (entry === undefined) throw new Error(`resolved what was never admitted: ${key}`);
    if (entry.state === 'held') entry.resolutions += 1;
    entry.state = state;
    entry.charged = charged;
    this.#touch(entry.principals, nowMs);
  }

  /** What the counter should read now. */
  counts(principal: string, limit: Limit, nowMs: number): { used: number; held: number } {
    const id = windowId(limit.window, this.timeMs(principal, nowMs));
    let used = 0;
    let held = 0;
    for (const entry of this.entries) {
      if (!entry.principals.includes(principal)) continue;
      if (windowId(limit.window, entry.atMs) !== id) continue;
      const money = limit.unit === 'nanoUsd';
      if (entry.state === 'held') held += money ? entry.amount : 1;
      else if (money) used += entry.charged;
      else if (limit.unit === 'requests' && entry.state !== 'released') used += 1;
    }
    return { used, held };
  }

  /** Throws at the first counter or hold that is not as it should be. */
  inspect(bench: Bench, parties: readonly BenchParty[], nowMs: number): void {
    for (const { principal, limits } of parties) {
      for (const limit of limits) {
        const { name, used, held } = viewCounter(accountOf(bench, principal), limit, nowMs);
        const expected = this.counts(principal, limit, nowMs);
        if (used !== expected.used || held !== expected.held || used < 0 || held < 0) {
          const says = JSON.stringify({ used, held });
          throw new Error(`${principal} ${name}: ${says}, not ${JSON.stringify(expected)}`);
        }
      }
    }
    for (const entry of this.entries) {
      const hold = holdOf(bench, entry.key);
      if (entry.resolutions > 1) throw new Error(`${entry.key} was resolved twice`);
      if (hold.status !== entry.state || hold.chargedNanoUsd !== entry.charged) {
        throw new Error(`${entry.key}: ${hold.status} ${String(hold.chargedNanoUsd)}`);
      }
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
