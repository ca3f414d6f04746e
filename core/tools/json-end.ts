// Finds where a JSON object or list that comes in pieces ends, each character looked at once.

export class JsonEnd {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #hasEnded = false;

  /** The last bracket closes in this piece, or closed before. */
  isIn(piece: string): boolean {
    for (let at = 0; at < piece.length && !this.#hasEnded; at += 1) this.#look(piece.charAt(at));
    return this.#hasEnded;
  }

  #look(character: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#isInString && character === '\\') this.#isEscaped = true;
    else if (character === '"') this.#isInString = !this.#isInString;
    else if (this.#isInString) return;
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (character === '}' || character === ']') {
      this.#depth -= 1;
      this.#hasEnded = this.#depth <= 0;
    }
  }
}
