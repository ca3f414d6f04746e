// The situations a run is for. Each is counted where it happens; a run in which one of them never
// came up has proved less than it says, and fails.

export const STATES = [
  'two holds race for the last cent',
  'settle races the alarm',
  'settle after expiry is dearer than what was charged',
  'a tombstone blocks a late reserve',
  'a proof is replayed',
  'a proof is replayed after an eviction',
  'a proof is replayed across a change of the shards and refused',
  'a proof made for an older set is spent there and paid in the newer one',
  'a proof of a set that the Worker does not know is refused',
  'one challenge too many was fetched ahead',
  'the same attempt comes again',
  'several calls share one message',
  'a slice is granted and the reply is lost',
  'a recall comes while a hold spends from the slice',
  'a slice outlives the incarnation that drew it',
  'the root dies between the grant and the reply',
  'a shared budget runs dry',
  'the root of a shared budget is unreachable',
  'an old epoch hands over an account with open holds',
  'a Worker on the old layout is told that the account moved',
  'a moved hold ends cheaper and is corrected',
  'a clock steps back over a window boundary',
  'a window turns over while a hold is open',
  'an extension is granted',
  'an extension is refused',
  'a hold reaches into two windows',
  'a rolling window refuses',
  'a rolling window admits what it had refused',
  'a cohort born in one network is spent from another',
  'a crash before the checkpoint is recovered from holds',
  'a crash inside a turn loses the turn',
  'a stale twin is refused by storage',
  'a Worker dies with a call in flight',
  'a lease expires',
  'a hold is released after another object refused',
  'a call costs more than its hold',
  'an operator lowers a cap below what is used',
  'a refund is given',
  'less than the whole is granted',
  'an alarm is lost',
  'a message is delivered twice',
] as const;
export type State = (typeof STATES)[number];

export class States {
  readonly #counts = new Map<State, number>(STATES.map((state) => [state, 0]));

  saw(state: State): void {
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + 1);
  }

  add(other: States): void {
    for (const [state, count] of other.#counts) {
      this.#counts.set(state, (this.#counts.get(state) ?? 0) + count);
    }
  }

  counts(): ReadonlyMap<State, number> {
    return this.#counts;
  }

  missing(): State[] {
    return STATES.filter((state) => this.#counts.get(state) === 0);
  }
}
