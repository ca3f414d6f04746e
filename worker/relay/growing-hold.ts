// The money behind one running answer. It asks the ledgers for more in small steps, a little before
// what is held is used up, and says when nothing more is to be had. Every object that holds the
// call is asked, and one that refuses or is silent is enough: it never counts on money that is not
// held everywhere.

import type { Demand } from '../../core/pricing/demand.ts';
import {
  isPastCeiling,
  LAST_STEP_TOKENS,
  MARGIN_TOKENS,
  stepFor,
} from '../../core/pricing/demand.ts';
import { holdFor } from '../../core/pricing/estimate.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { present } from '../../core/result.ts';
import type { Extension, WaitUntil } from '../adapters/courier.ts';
import type { Deps } from '../env.ts';
import type { Reservation } from '../reserve.ts';
import type { StreamEnding } from './stream-ending.ts';

/** What became of the hold, for the record of the call. */
export type HoldFacts = {
  readonly firstNanoUsd: number;
  readonly lastNanoUsd: number;
  readonly extensions: number;
  /** The last answer that was not yes. */
  readonly refused: Extension | null;
};

/** There is a hold, and no more for it; every other answer means that nobody knows of a hold. */
const SPENT: ReadonlySet<Extension> = new Set([
  'over-requests',
  'over-budget',
  'over-concurrency',
  'over-quota',
  'too-many-windows',
  'moved',
]);

export class GrowingHold {
  readonly demand: Demand;
  readonly #reservation: Reservation;
  readonly #deps: Deps;
  readonly #waitUntil: WaitUntil;
  #tokens: number;
  #nanoUsd: number;
  #extensions = 0;
  #refused: Extension | null = null;
  #asking: Promise<void> | null = null;

  constructor(reservation: Reservation, waitUntil: WaitUntil, deps: Deps) {
    const { call, granted, heldNanoUsd } = reservation;
    const estimate = present(call.estimate, 'estimate');
    const ceiling = Math.min(estimate.outputTokensMax, call.outputTokensMax ?? 0);
    const first = estimate.outputTokensFirst;
    const isShort = heldNanoUsd < estimate.firstNanoUsd || (granted.outputTokens ?? first) < first;
    this.#reservation = reservation;
    this.#deps = deps;
    this.#waitUntil = waitUntil;
    this.demand = {
      price: present(call.price, 'price'),
      estimate,
      ceilingTokens: ceiling * estimate.choices,
    };
    // Where less was granted than a first slice, the ceiling is what that pays for.
    this.#tokens = isShort ? ceiling * estimate.choices : first;
    this.#nanoUsd = heldNanoUsd;
  }

  /** Output tokens of all choices that are paid for. */
  get tokens(): number {
    return this.#tokens;
  }

  get nanoUsd(): number {
    return this.#nanoUsd;
  }

  /** Nothing that the call is allowed to generate is beyond it. */
  get isWhole(): boolean {
    return this.covers(this.demand.ceilingTokens);
  }

  get facts(): HoldFacts {
    return {
      firstNanoUsd: this.#reservation.heldNanoUsd,
      lastNanoUsd: this.#nanoUsd,
      extensions: this.#extensions,
      refused: this.#refused,
    };
  }

  /** How a stream ends for which nothing more is to be had. */
  get ending(): StreamEnding {
    return this.#refused === null || SPENT.has(this.#refused) ? 'cut-budget' : 'lease-lost';
  }

  /** Has the answer passed every ceiling that was allowed to it? */
  isPassed(visibleBytes: number, reported: Usage | null): boolean {
    const { ceilingTokens } = this.demand;
    return ceilingTokens > 0 && isPastCeiling(ceilingTokens, visibleBytes, reported);
  }

  covers(neededTokens: number): boolean {
    return neededTokens <= this.#tokens;
  }

  /** Asks for the next step if it is time; nobody waits for the answer. */
  reach(neededTokens: number): void {
    if (this.isWhole || this.#asking !== null || this.#refused !== null) return;
    if (this.covers(neededTokens + MARGIN_TOKENS)) return;
    this.#waitUntil(this.#ask(stepFor(neededTokens, this.demand.ceilingTokens)));
  }

  /**
   * Waits until so much is paid for. False if it cannot be had: then a ledger has refused the next
   * small step, or has said nothing for as long as we wait.
   */
  async secure(neededTokens: number): Promise<boolean> {
    while (!this.covers(neededTokens)) {
      if (this.#asking !== null) {
        await this.#asking;
        continue;
      }
      const { ceilingTokens } = this.demand;
      const isLastTry = this.#refused !== null;
      const target = isLastTry
        ? Math.min(ceilingTokens, neededTokens + LAST_STEP_TOKENS)
        : stepFor(neededTokens, ceilingTokens);
      await this.#ask(target);
      if (this.covers(neededTokens)) return true;
      if (isLastTry || this.#refused === 'silent') return false;
    }
    return true;
  }

  #ask(tokens: number): Promise<void> {
    const amounts = {
      nanoUsd: Math.max(this.#nanoUsd, holdFor(this.demand.estimate, tokens)),
      outputTokens: tokens,
    };
    const asking = this.#deps.courier
      .extend(this.#reservation.asked, amounts)
      .then((replies) => {
        const no = replies.find((reply) => reply !== 'extended');
        if (no !== undefined) {
          this.#refused = no;
          return;
        }
        this.#tokens = tokens;
        this.#nanoUsd = amounts.nanoUsd;
        this.#extensions += 1;
      })
      .finally(() => {
        this.#asking = null;
      });
    this.#asking = asking;
    return asking;
  }
}
