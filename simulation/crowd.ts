// Who calls when: a few keys, devices and addresses, alone and in bursts, with pauses that reach
// over the edges of windows; those who take their time over a proof, and those who try one a second
// time. The Worker that takes a call need not be the one that asked for its proof.

import { callKey } from '../core/ledger/call-key.ts';
import type { Errand, Proof } from './asks.ts';
import { Call } from './call.ts';
import type { Town } from './town.ts';
import { Worker } from './worker.ts';

const KEYS = ['key:one', 'key:two'];
const DEVICES = ['device:a', 'device:b', 'device:c'];
const IPS = ['ip:203.0.113.7', 'ip:203.0.113.9', 'ip:198.51.100.4', 'ip:192.0.2.33'];
const FETCHES_AHEAD = 'device:c';
const MODELS = ['small', 'large'];
const PROOF_MS = 300_000;
const NONCE_BYTES = 16;
const TAKES_LONG = 0.2;
const REPLAYS = 0.05;
const BURSTS = 0.12;
const BURST_CALLS_MAX = 5;
const LONG_PAUSE = 0.012;
const HOUR_MS = 3_600_000;
const PAUSES_MS = [70_000, 70_000, 600_000, 1.1 * HOUR_MS, 25 * HOUR_MS, 66 * 24 * HOUR_MS];
const WORKERS = 3;

export class Crowd {
  readonly workers: Worker[] = [];
  readonly #town: Town;
  readonly #proven: Errand[] = [];
  #attempts = 0;
  #isOver = false;

  constructor(town: Town) {
    this.#town = town;
    for (let one = 1; one <= WORKERS; one += 1) {
      this.workers.push(new Worker(town, `worker ${String(one)}`));
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  start(): void {
    this.#next(1);
  }

  #next(waitMs: number): void {
    this.#town.after(waitMs, 'somebody calls', () => {
      if (this.#isOver) return;
      const { dice } = this.#town;
      const burst = dice.chance(BURSTS) ? dice.whole(2, BURST_CALLS_MAX) : 1;
      const first = this.#errand(dice.pick(this.workers));
      for (let call = 0; call < burst; call += 1) {
        const errand = call === 0 ? first : this.#like(first, dice.pick(this.workers));
        if (errand.proof === null || !dice.chance(TAKES_LONG)) this.#begin(errand);
        else this.#proveSlowly(errand);
      }
      this.#next(dice.chance(LONG_PAUSE) ? dice.pick(PAUSES_MS) : dice.stretched(250, 4, 4));
    });
  }

  #begin(errand: Errand): void {
    Call.begin(this.#town, this.#town.dice.pick(this.workers), errand);
    if (errand.proof !== null) this.#proven.push(errand);
    if (this.#town.dice.chance(REPLAYS)) this.#replay();
  }

  #proveSlowly(errand: Errand): void {
    this.#town.after(this.#town.dice.whole(0, PROOF_MS / 2), 'somebody has a proof', () => {
      if (!this.#isOver) this.#begin(errand);
    });
  }

  /** A proof that was used already, from somewhere else, now or in a while. */
  #replay(): void {
    const { dice } = this.#town;
    if (this.#proven.length === 0) return;
    const recent = this.#proven.slice(-20);
    const again = { ...dice.pick(recent), attempt: this.#attempt() };
    this.#town.after(dice.stretched(5, 20, 4), 'somebody replays', () => {
      if (!this.#isOver) Call.begin(this.#town, dice.pick(this.workers), again);
    });
  }

  #attempt(): string {
    this.#attempts += 1;
    return `attempt${String(this.#attempts)}`;
  }

  #like(errand: Errand, worker: Worker): Errand {
    const called = this.#called(errand.primary, worker);
    return { ...errand, attempt: this.#attempt(), ...called, ...this.#cost() };
  }

  /** What the call is known by: chosen by its Worker, or by the one that asked for a proof. */
  #called(primary: string, worker: Worker): { readonly key: string; readonly proof: Proof | null } {
    const { dice } = this.#town;
    const nonce = Uint8Array.from({ length: NONCE_BYTES }, () => dice.whole(0, 255));
    if (primary.startsWith('key:')) return { key: callKey(worker.nowMs(), nonce), proof: null };
    nonce[0] = worker.layout.epoch;
    const expiresAtMs = worker.nowMs() + PROOF_MS;
    const ahead = primary === FETCHES_AHEAD ? { issuedAtMs: worker.nowMs() } : {};
    return { key: callKey(expiresAtMs, nonce), proof: { nonce, expiresAtMs, ...ahead } };
  }

  #cost(): Pick<Errand, 'worst' | 'input' | 'least' | 'perSecond'> {
    const { dice } = this.#town;
    const input = dice.whole(1, 10);
    const worst = input + dice.whole(2, dice.chance(0.1) ? 150 : 50);
    const least = input + Math.ceil((worst - input) * 0.3);
    return { worst, input, least, perSecond: dice.whole(2, 20) };
  }

  #errand(worker: Worker): Errand {
    const { dice } = this.#town;
    const ip = dice.pick(IPS);
    const who = dice.next();
    const primary = who < 0.25 ? dice.pick(KEYS) : who < 0.75 ? dice.pick(DEVICES) : ip;
    return {
      ...this.#called(primary, worker),
      attempt: this.#attempt(),
      primary,
      ip,
      model: dice.pick(MODELS),
      ...this.#cost(),
    };
  }
}
