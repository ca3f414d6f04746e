// What is still to happen, earliest first, and in the order it was planned where two things have
// one time. Nothing here waits: time goes from one entry to the next.

export type Entry = {
  readonly atMs: number;
  readonly label: string;
  readonly run: () => void | Promise<void>;
};

type Planned = Entry & { readonly order: number };

const isBefore = (left: Planned, right: Planned): boolean =>
  left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);

export class Agenda {
  readonly #heap: Planned[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  plan(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    const planned = { ...entry, order: (this.#order += 1) };
    heap.push(planned);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(planned, parent)) break;
      heap[at] = parent;
      heap[above] = planned;
      at = above;
    }
  }

  /** Takes out what comes first. */
  next(): Entry | null {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let least = last;
      let leastAt = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const candidate = heap[child];
        if (candidate !== undefined && isBefore(candidate, least)) {
          least = candidate;
          leastAt = child;
        }
      }
      heap[at] = least;
      if (leastAt === at) return first;
      at = leastAt;
    }
  }
}

/** Lets everything run that can run without a next entry of the agenda. */
export const drain = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
