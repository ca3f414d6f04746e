// An event that is too large to be kept: its first and its last bytes, however many pass between.

import { LARGE_HEAD_BYTES, LARGE_TAIL_BYTES } from './limits.ts';

export class LargeEventEnds {
  readonly #head = new Uint8Array(LARGE_HEAD_BYTES);
  /** A ring: the byte number `n` stands at `n % LARGE_TAIL_BYTES`. */
  readonly #ring = new Uint8Array(LARGE_TAIL_BYTES);
  #length = 0;

  /** Bytes of the event so far. */
  get length(): number {
    return this.#length;
  }

  /** What it occupies. */
  get capacity(): number {
    return LARGE_HEAD_BYTES + LARGE_TAIL_BYTES;
  }

  take(bytes: Uint8Array, from: number, to: number): void {
    if (this.#length < LARGE_HEAD_BYTES) {
      const room = Math.min(to, from + LARGE_HEAD_BYTES - this.#length);
      this.#head.set(bytes.subarray(from, room), this.#length);
    }
    const start = Math.max(from, to - LARGE_TAIL_BYTES);
    const at = (this.#length + start - from) % LARGE_TAIL_BYTES;
    const untilEdge = Math.min(to - start, LARGE_TAIL_BYTES - at);
    this.#ring.set(bytes.subarray(start, start + untilEdge), at);
    this.#ring.set(bytes.subarray(start + untilEdge, to), 0);
    this.#length += to - from;
  }

  head(): Uint8Array {
    return this.#head.subarray(0, Math.min(this.#length, LARGE_HEAD_BYTES));
  }

  tail(): Uint8Array {
    if (this.#length <= LARGE_TAIL_BYTES) return this.#ring.slice(0, this.#length);
    const edge = this.#length % LARGE_TAIL_BYTES;
    const tail = new Uint8Array(LARGE_TAIL_BYTES);
    tail.set(this.#ring.subarray(edge));
    tail.set(this.#ring.subarray(0, edge), LARGE_TAIL_BYTES - edge);
    return tail;
  }
}
