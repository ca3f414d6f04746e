// One call of a tool as a stream writes it: keeps its input up to a limit, and knows when it is
// whole.

import { inputOf } from '../dialects/anatomy.ts';
import { JsonEnd } from './json-end.ts';

/** Of the input of one call. */
export const INPUT_CHARS_MAX = 65_536;

export class WatchedCall {
  readonly name: string;
  readonly id: string;
  readonly #end = new JsonEnd();
  #pieces: string[] = [];
  #chars = 0;
  /** It was judged: what follows is not looked at. */
  #isOver = false;

  constructor(name: string, id: string) {
    this.name = name;
    this.id = id;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** True if it can be read now, and so can by whoever is to run it. */
  append(more: string): boolean {
    this.#chars += more.length;
    if (this.#chars <= INPUT_CHARS_MAX) this.#pieces.push(more);
    return this.#chars > INPUT_CHARS_MAX || this.#end.isIn(more);
  }

  /** What it was given; undefined where that is no JSON, or too long. */
  take(): unknown {
    this.#isOver = true;
    const written = this.#pieces.join('');
    this.#pieces = [];
    return this.#chars > INPUT_CHARS_MAX ? undefined : inputOf(written);
  }
}
