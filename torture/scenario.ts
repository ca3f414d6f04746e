// What a torture scenario is: a small and a full size, a run that says what it measured and what
// went wrong, and how one seed makes everything random in it happen again.

export type Figures = Readonly<Record<string, string | number>>;

export type Outcome = {
  readonly figures: Figures;
  /** Broken guarantees, each with enough to find it. Empty is what everybody wants. */
  readonly problems: readonly string[];
};

export type Watch = {
  readonly seed: number;
  /** One line on how far it is. */
  readonly progress: (line: string) => void;
};

/** Collects what went wrong, and not more of it than anybody reads. */
export class Problems {
  readonly #listed: string[] = [];
  #count = 0;

  expect(holds: boolean, broken: () => string): void {
    if (holds) return;
    this.#count += 1;
    if (this.#listed.length < PROBLEMS_LISTED_MAX) this.#listed.push(broken());
  }

  list(): string[] {
    const more = this.#count - this.#listed.length;
    return more > 0 ? [...this.#listed, `… and ${String(more)} more`] : [...this.#listed];
  }
}

const PROBLEMS_LISTED_MAX = 20;

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Random = {
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
};

export function dice(seed: number): Random {
  const next = randomFrom(seed);
  const whole = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    whole,
    chance: (probability) => next() < probability,
    pick(values) {
      const value = values[whole(0, values.length - 1)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
  };
}
