/**
 * The padding that providers put into their streams against eavesdroppers: letters in a member of
 * OpenAI's events, spaces inside Anthropic's JSON. The same seed pads the same, so that a test can
 * repeat a stream; it is no source of secrets.
 */
export class Padding {
  #state: number;

  constructor(seed: string) {
    let state = 2166136261;
    for (let index = 0; index < seed.length; index += 1) {
      state = Math.imul(state ^ seed.charCodeAt(index), 16777619);
    }
    this.#state = state >>> 0;
  }

  /** 1 to 16 letters and digits, as in OpenAI's `obfuscation`. */
  letters(): string {
    let text = '';
    for (let left = 1 + (this.#next() % LETTERS_MAX); left > 0; left -= 1) {
      text += ALPHABET[this.#next() % ALPHABET.length] ?? '';
    }
    return text;
  }

  /** Up to 15 spaces, as before the last brace of Anthropic's events. */
  spaces(): string {
    return ' '.repeat(this.#next() % SPACES_LIMIT);
  }

  /** An opaque token of that many characters: a signature, an encrypted thought, an id. */
  opaque(characters: number): string {
    let text = '';
    while (text.length < characters) text += ALPHABET[this.#next() % ALPHABET.length] ?? '';
    return text;
  }

  #next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state >>> 8;
  }
}

const LETTERS_MAX = 16;
const SPACES_LIMIT = 16;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
