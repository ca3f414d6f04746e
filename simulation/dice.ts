// Chance that a seed decides: the same seed, the same throws. Small and fast, and no good for
// anything secret.

/** SplitMix-like steps of 32 bits. */
const STEP = 0x9e3779b9;

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x5bd1e995) >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + STEP) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.whole(0, values.length - 1)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  /** Mostly near the low end, now and then far out: each step up is `growth` times as long. */
  stretched(lowest: number, growth: number, steps: number): number {
    let most = lowest;
    for (let step = 0; step < steps && this.chance(0.25); step += 1) most *= growth;
    return this.whole(Math.ceil(most / 2), Math.ceil(most));
  }
}
