// A rolling window drains on its own; what the auditor knows of it is how fast at the most, and
// that nothing else makes it shrink.

import type { Cell } from '../core/ledger/account.ts';
import type { Auditor } from './auditor.ts';

type Seen = { used: number; atMs: number; charged: number; capMax: number };

export class Rolling {
  readonly #seen = new Map<string, Seen>();

  #at(principal: string, name: string): Seen {
    const id = `${principal}|${name}`;
    const known = this.#seen.get(id);
    if (known !== undefined) return known;
    const seen = { used: 0, atMs: 0, charged: 0, capMax: 0 };
    this.#seen.set(id, seen);
    return seen;
  }

  charge(principal: string, name: string, used: number): void {
    this.#at(principal, name).charged += used;
  }

  /** An account came from elsewhere. */
  begin(principal: string, name: string, used: number): void {
    this.#at(principal, name).used = used;
  }

  check(
    auditor: Auditor,
    {
      principal,
      name,
      cap,
    }: { readonly principal: string; readonly name: string; readonly cap: number },
    cell: Cell,
    detail: () => string,
  ): void {
    const seen = this.#at(principal, name);
    seen.capMax = Math.max(seen.capMax, cap, cell.leak?.cap ?? 0);
    const { periodMs = 1, atMs = seen.atMs } = cell.leak ?? {};
    const drained = Math.ceil((seen.capMax * Math.max(0, atMs - seen.atMs)) / periodMs) + 1;
    // A restart may know an earlier moment: what drains from there on was counted as drained.
    const again = Math.ceil((seen.capMax * Math.max(0, seen.atMs - atMs)) / periodMs) + 1;
    const all = (): string => `${detail()} ${JSON.stringify(seen)}`;
    auditor.expect(
      cell.used <= seen.used + Math.max(0, seen.charged) + (atMs < seen.atMs ? again : 0),
      'a rolling window only drains',
      all,
    );
    auditor.expect(
      seen.atMs === 0 || cell.used >= seen.used + seen.charged - drained,
      'a rolling window drains no faster than its rate',
      all,
    );
    seen.used = cell.used;
    seen.atMs = atMs;
    seen.charged = 0;
    seen.capMax = Math.max(cap, cell.leak?.cap ?? 0);
  }
}
