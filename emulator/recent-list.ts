/**
 * A list that keeps the newest items up to a fixed capacity and forgets the oldest.
 * It refuses to grow past that capacity, whatever is added.
 */
export class RecentList<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #oldestIndex = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(item: T): void {
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#oldestIndex] = item;
    this.#oldestIndex = (this.#oldestIndex + 1) % this.#capacity;
  }

  /** Oldest first. */
  values(): T[] {
    return this.#items.slice(this.#oldestIndex).concat(this.#items.slice(0, this.#oldestIndex));
  }

  clear(): void {
    this.#items = [];
    this.#oldestIndex = 0;
  }
}
