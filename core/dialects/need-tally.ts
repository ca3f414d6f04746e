// Which needs a request has, and how often: what is held for one address or one kept file is held
// for each of them, however many a few bytes name.

import type { Need } from './need.ts';

export class NeedTally {
  readonly #times = new Map<Need, number>();

  add(need: Need): void {
    this.#times.set(need, (this.#times.get(need) ?? 0) + 1);
  }

  /** There, however often. */
  has(need: Need): boolean {
    return this.#times.has(need);
  }

  needs(): readonly Need[] {
    return [...this.#times.keys()];
  }

  times(): Readonly<Partial<Record<Need, number>>> {
    return Object.fromEntries(this.#times);
  }
}
