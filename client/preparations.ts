// What is done before a call is made: a challenge at hand for its route, and its work done where
// the challenge allows that. It prepares only what it is told to, one question at a time, and lets
// what nobody used expire in silence.

import { DIGEST_UNKNOWN } from '../core/proof/work.ts';
import { abortable } from './abortable.ts';
import {
  createChallengeStock,
  type Prepared,
  ROUTES_MAX,
  type Target,
  targetKey,
} from './challenge-stock.ts';
import { type HeldChallenge, startStopwatch } from './held-challenge.ts';
import type { OnProof } from './proof-state.ts';
import { solveChallenge } from './solve-challenge.ts';
import type { SolverHouse } from './solver-house.ts';

/** A challenge with less life than this will hardly last until the visitor has typed. */
const PREPARED_SECONDS_MIN = 20;
/** After a question in vain. */
const PAUSE_SECONDS = 5;

type Parts = {
  readonly house: SolverHouse;
  readonly onProof: OnProof;
  /** Null if the gateway gives none. */
  readonly ask: (target: Target) => Promise<HeldChallenge | null>;
};

export class Preparations {
  readonly #parts: Parts;
  readonly #stock = createChallengeStock();
  /** Questions under way, calls whose answer will bring a challenge, and questions in vain. */
  readonly #asking = new Map<string, Promise<void>>();
  readonly #calling = new Map<string, number>();
  readonly #sinceInVain = new Map<string, () => number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What is there for this call, after a question that is under way. */
  async take(target: Target, signal: AbortSignal | null): Promise<Prepared | null> {
    const asking = this.#asking.get(targetKey(target));
    if (asking !== undefined) await abortable(asking, signal);
    return this.#stock.take(target);
  }

  /** For later. Work that can be done ahead is begun. */
  keep(target: Target, held: HeldChallenge): void {
    this.#stock.put(target, held.isAhead ? this.#solveAhead(target, held) : asItIs(held));
  }

  giveBack(target: Target, prepared: Prepared): void {
    this.#stock.put(target, prepared);
  }

  /** Sees to it that a call to `target` will find something. It never rejects. */
  prepare(target: Target): Promise<void> {
    const key = targetKey(target);
    const known = this.#asking.get(key);
    if (known !== undefined) return known;
    const sinceInVain = this.#sinceInVain.get(key)?.() ?? Number.POSITIVE_INFINITY;
    const isComing = (this.#calling.get(key) ?? 0) > 0;
    const isThere = this.#stock.has(target, PREPARED_SECONDS_MIN);
    if (isThere || isComing || sinceInVain < PAUSE_SECONDS) return Promise.resolve();
    const asking = this.#fetch(target, key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #fetch(target: Target, key: string): Promise<void> {
    const held = await this.#parts.ask(target).catch(() => null);
    if (held !== null) {
      this.#sinceInVain.delete(key);
      this.keep(target, held);
      return;
    }
    if (this.#sinceInVain.size >= ROUTES_MAX) this.#sinceInVain.clear();
    this.#sinceInVain.set(key, startStopwatch());
  }

  /** Does `work`, which will bring the next challenge for `target`. */
  async expect<Value>(target: Target, work: () => Promise<Value>): Promise<Value> {
    const key = targetKey(target);
    this.#calling.set(key, (this.#calling.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const others = (this.#calling.get(key) ?? 1) - 1;
      if (others > 0) this.#calling.set(key, others);
      else this.#calling.delete(key);
    }
  }

  /** Drops what is stale, and of a page that is leaving what is not done yet. */
  sweep(isLeaving: boolean): void {
    this.#stock.sweep((prepared) => isLeaving && prepared.isBusy());
    this.#sinceInVain.clear();
  }

  #solveAhead(target: Target, held: HeldChallenge): Prepared {
    const { house, onProof } = this.#parts;
    const leaving = new AbortController();
    let isBusy = true;
    const solution = house
      .use((solve) =>
        solveChallenge(held, {
          solve,
          method: target.method,
          contentDigest: DIGEST_UNKNOWN,
          signal: leaving.signal,
          onProgress: () => undefined,
        }),
      )
      .then((solved) => {
        const { hashes, milliseconds } = solved;
        onProof({ state: 'prepared', path: target.url.pathname, hashes, milliseconds });
        return solved;
      })
      // Whoever takes it does the work again.
      .catch(() => null)
      .finally(() => {
        isBusy = false;
      });
    return { held, solution, isBusy: () => isBusy, drop: () => leaving.abort() };
  }
}

export const asItIs = (held: HeldChallenge): Prepared => ({
  held,
  solution: null,
  isBusy: () => false,
  drop: () => undefined,
});
