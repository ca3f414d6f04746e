// Messages to objects: delayed, reordered, lost on either way, delivered twice, or answered with an
// error by the platform. Whoever asked hears exactly one outcome, in the end.

import type { LedgerAddress } from '../core/ledger/layout.ts';
import type { Host, Life } from './host.ts';
import type { SimulatedLedger } from './port.ts';
import type { Town } from './town.ts';

export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly cause: unknown };

export type Said = {
  readonly label: string;
  /** For those who listen in. */
  readonly message: unknown;
  readonly run: (ledger: SimulatedLedger) => Promise<unknown>;
};

export type Request = {
  readonly run: (ledger: SimulatedLedger) => Promise<unknown>;
  readonly answer: (outcome: Outcome, host: Host, life: Life) => void;
};

const REQUEST_LOST = 0.012;
const REPLY_LOST = 0.015;
const TWICE = 0.02;
const FAILS = 0.012;
const GIVES_UP_MS_MAX = 20_000;

/** An error as the platform raises it. */
export class PlatformError extends Error {
  readonly overloaded: boolean;
  readonly retryable: boolean;

  constructor(overloaded: boolean) {
    super(overloaded ? 'the object is overloaded' : 'the connection was lost');
    this.overloaded = overloaded;
    this.retryable = !overloaded;
  }
}

export class Network {
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
  }

  #delayMs(): number {
    return this.#town.faults.healed ? 1 : this.#town.dice.stretched(6, 6, 5);
  }

  send(
    address: LedgerAddress,
    { label, message, run }: Said,
    hear: (outcome: Outcome) => void | Promise<void>,
  ): void {
    const { dice, faults } = this.#town;
    let isAnswered = false;
    const respond = (outcome: Outcome, afterMs: number): void => {
      this.#town.after(afterMs, `reply ${label} ${address}`, () => {
        if (isAnswered) return;
        isAnswered = true;
        return hear(outcome);
      });
    };
    const fail = (afterMs: number): void => {
      respond({ ok: false, cause: new PlatformError(dice.chance(0.3)) }, afterMs);
    };
    let cameAtMs = 0;
    const answer: Request['answer'] = (outcome, host, life) => {
      const given = this.#town.auditor.answered(host, life, { label, message, outcome, cameAtMs });
      if (!faults.healed && dice.chance(REPLY_LOST)) {
        if (given) this.#town.states.saw('a slice is granted and the reply is lost');
        if (given && dice.chance(0.5)) {
          host.crash();
          this.#town.states.saw('the root dies between the grant and the reply');
        }
        fail(dice.whole(1, GIVES_UP_MS_MAX));
      } else {
        respond(outcome, this.#delayMs());
      }
    };
    const deliver = (afterMs: number): void => {
      this.#town.after(afterMs, `${label} ${address}`, async () => {
        if (faults.isCutOff(address, this.#town.nowMs)) return fail(dice.whole(1, 3_000));
        const host = this.#town.host(address);
        cameAtMs = host.nowMs();
        await host.deliver({ run, answer });
      });
    };
    if (!faults.healed) {
      if (dice.chance(FAILS)) return fail(this.#delayMs());
      if (dice.chance(REQUEST_LOST)) return fail(dice.whole(1, GIVES_UP_MS_MAX));
      if (dice.chance(TWICE)) {
        this.#town.states.saw('a message is delivered twice');
        deliver(this.#delayMs() + (dice.chance(0.2) ? dice.whole(1, GIVES_UP_MS_MAX) : 0));
      }
    }
    deliver(this.#delayMs());
  }
}
