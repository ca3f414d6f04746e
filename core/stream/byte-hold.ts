// The bytes of an event that has not ended yet. It grows by doubling, so that a stream that drips
// is copied a bounded number of times, and never beyond its limit.

const BYTES_FIRST = 1_024;

export class ByteHold {
  readonly #bytesMax: number;
  /** The first `length` of these; only until the next `append`. */
  bytes = new Uint8Array(0);
  length = 0;
  #copied = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What it occupies. */
  get capacity(): number {
    return this.bytes.length;
  }

  /** All bytes ever written into it, those moved when it grew included. */
  get copied(): number {
    return this.#copied;
  }

  fits(count: number): boolean {
    return this.length + count <= this.#bytesMax;
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    const length = this.length + to - from;
    if (length > this.#bytesMax) throw new RangeError('more than may be held');
    if (length > this.bytes.length) this.#grow(length);
    this.bytes.set(bytes.subarray(from, to), this.length);
    this.#copied += to - from;
    this.length = length;
  }

  held(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Empty, and without memory. */
  release(): void {
    this.bytes = new Uint8Array(0);
    this.length = 0;
  }

  #grow(length: number): void {
    let capacity = Math.max(BYTES_FIRST, this.bytes.length * 2);
    while (capacity < length) capacity *= 2;
    const grown = new Uint8Array(Math.min(capacity, this.#bytesMax));
    grown.set(this.held());
    this.#copied += this.length;
    this.bytes = grown;
  }
}
