// What an isolate remembers to be quicker, and never more of it than it was told: where it is full,
// the oldest makes room. Nothing that must not be forgotten belongs in here.

import { present } from '../core/result.ts';

export class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** What is there already keeps its age. */
  set(key: string, value: Value): void {
    if (!this.has(key) && this.#entries.size >= this.#entriesMax) {
      this.#entries.delete(present(this.#entries.keys().next().value, 'oldest entry'));
    }
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
