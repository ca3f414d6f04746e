// What happened, as lines: the last few to read after a failure, and all of them as one number, so
// that two runs can be compared.

const LINES_KEPT = 24;

export class Trace {
  readonly #lines: string[] = [];
  #hash = 0x811c9dc5;
  #count = 0;

  add(line: string): void {
    for (let at = 0; at < line.length; at += 1) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(at), 0x01000193);
    }
    this.#lines[this.#count % LINES_KEPT] = line;
    this.#count += 1;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  last(): string[] {
    const at = this.#count % LINES_KEPT;
    return [...this.#lines.slice(at), ...this.#lines.slice(0, at)];
  }
}

/** A guarantee that did not hold. */
export class Broken extends Error {
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}
