// Counts plain events without reading them, where a template fits. A template holds until an event
// comes that is not plain: then the next one that fits it is read whole, and has to be plain again.

import type { PlainCounter, PlainEvents, StreamEvent } from './event.ts';
import type { Framer } from './framer.ts';
import { LESSONS_MAX, TEMPLATES_MAX } from './limits.ts';
import type { Template } from './template.ts';
import { templateOf } from './template-lesson.ts';

/** `age`: how many events had not been plain when it was last seen to hold. */
type Known = { readonly template: Template; count: PlainCounter; age: number };

export class QuickLane {
  readonly #plain: PlainEvents;
  readonly #framer: Framer;
  /** The one that fitted last stands first. */
  readonly #known: Known[] = [];
  readonly #mayWantText: boolean;
  #age = 0;
  #lessons = 0;
  /** Fits the event that is read whole next. */
  #stale: Known | null = null;

  constructor(plain: PlainEvents, framer: Framer) {
    this.#plain = plain;
    this.#mayWantText = plain.wantsText !== undefined;
    this.#framer = framer;
  }

  /** What its templates occupy. */
  get heldBytes(): number {
    return this.#known.reduce((sum, { template }) => sum + template.heldBytes, 0);
  }

  /** Counts events from `at` on; the index behind the last, before one that has to be read. */
  count(bytes: Uint8Array, view: DataView, at: number, to: number): number {
    this.#stale = null;
    let from = at;
    while (from < to) {
      const end = this.#countOne(bytes, view, from, to);
      if (end < 0) break;
      from = end;
    }
    return from;
  }

  #countOne(bytes: Uint8Array, view: DataView, at: number, to: number): number {
    const known = this.#known;
    for (let i = 0; i < known.length; i += 1) {
      const one = known[i] as Known;
      const { template } = one;
      const end = template.fit(bytes, view, at, to);
      if (end < 0) continue;
      if (one.age !== this.#age) {
        this.#stale = one;
        return -1;
      }
      if (i > 0) this.#toFront(i);
      const text = this.#mayWantText && this.#plain.wantsText?.() === true;
      one.count(template.visibleBytes, template.number, text ? template.text(bytes) : '');
      return end;
    }
    return -1;
  }

  /** A whole event was read and passed on; null if its bytes said nothing. */
  learn(bytes: Uint8Array, event: StreamEvent | null): void {
    const stale = this.#stale;
    this.#stale = null;
    if (event === null) return;
    const isLesson = stale === null && this.#lessons < LESSONS_MAX;
    const visible = stale !== null || isLesson ? this.#plain.weigh(event) : null;
    if (visible === null) {
      this.disturb();
    } else if (stale !== null) {
      stale.age = this.#age;
      // What was open when it was made may be closed by now.
      stale.count = this.#plain.counter(event);
      return;
    }
    if (!isLesson) return;
    this.#lessons += 1;
    const template = visible === null ? null : templateOf(bytes, this.#framer, this.#plain);
    if (template === null) return;
    this.#known.unshift({ template, count: this.#plain.counter(event), age: this.#age });
    this.#known.length = Math.min(this.#known.length, TEMPLATES_MAX);
  }

  /** An event that was not plain. */
  disturb(): void {
    this.#stale = null;
    this.#age += 1;
  }

  #toFront(index: number): void {
    const [known] = this.#known.splice(index, 1);
    if (known !== undefined) this.#known.unshift(known);
  }
}
