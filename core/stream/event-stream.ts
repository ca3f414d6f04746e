// What passes of a stream of events, and what of it waits for the rest of its event. It neither
// knows how events are framed nor what they say.

import { concatBytes } from '../bytes.ts';
import type { EventReader } from '../dialects/dialect.ts';
import { ByteHold } from './byte-hold.ts';
import type { Framer } from './framer.ts';
import { LargeEventEnds } from './large-event.ts';
import { EVENT_BYTES_MAX } from './limits.ts';
import { QuickLane } from './quick-lane.ts';
import { PIECE_BYTES_MAX, Slab } from './slab.ts';

/** What is kept between two chunks, and all that was ever copied to keep it. */
export type Upkeep = { readonly heldBytes: number; readonly copiedBytes: number };

const NOTHING = new Uint8Array(0);

export class EventStream {
  readonly #events: EventReader;
  readonly #framer: Framer;
  readonly #quick: QuickLane | null;
  /** The open event, unless it is a large one. */
  readonly #hold = new ByteHold(EVENT_BYTES_MAX);
  #large: LargeEventEnds | null = null;
  readonly #slab = new Slab();
  /** The last event was the caller's. */
  #passes = true;
  /** What of the chunk was passed on before the last one that was withheld. */
  #parts: Uint8Array[] | null = null;
  /** From where on it passes. */
  #from = 0;

  constructor(events: EventReader, framer: Framer) {
    this.#events = events;
    this.#framer = framer;
    this.#quick = events.plain === undefined ? null : new QuickLane(events.plain, framer);
  }

  /** What was passed on ends in the middle of an event. */
  get isInLargeEvent(): boolean {
    return this.#large !== null;
  }

  upkeep(): Upkeep {
    const ends = this.#large === null ? 0 : this.#large.capacity;
    const own = this.#hold.capacity + this.#slab.capacity;
    const heldBytes = own + ends + (this.#quick?.heldBytes ?? 0);
    return { heldBytes, copiedBytes: this.#hold.copied };
  }

  feed(chunk: Uint8Array): Uint8Array {
    if (this.#hold.length > 0) return this.#feedOpen(chunk);
    const overhang = this.#framer.overhang(chunk);
    let at = overhang;
    if (this.#large !== null) {
      const end = this.#framer.end(chunk, 0);
      at = end < 0 ? chunk.length : end;
      this.#passLarge(this.#large, chunk, 0, end);
    }
    this.#from = this.#passes ? 0 : overhang;
    const until = this.#readWhole(chunk, at, at, -1);
    this.#hold.append(chunk, until, chunk.length);
    return this.#passedOf(chunk, until);
  }

  /** The answer ended; what was held back of it. */
  end(): Uint8Array {
    if (this.#large !== null) this.#endLarge(this.#large);
    const rest = this.#hold.held().slice();
    this.#hold.clear();
    return rest.length > 0 && this.#take(rest) ? rest : NOTHING;
  }

  /** The chunk goes on with the event that is held. */
  #feedOpen(chunk: Uint8Array): Uint8Array {
    const hold = this.#hold;
    const held = hold.length;
    let end = -1;
    let looked = held;
    // Joined only where that is the end of it, or copies no more than came: a drip stays linear.
    if (chunk.length < held) {
      end = this.#framer.end(chunk, 0);
      if (end < 0 && hold.fits(chunk.length)) {
        hold.append(chunk, 0, chunk.length);
        return NOTHING;
      }
      looked += end < 0 ? chunk.length : end;
    }
    const joined = this.#slab.piece(held + chunk.length);
    joined.set(hold.held());
    joined.set(chunk, held);
    this.#from = 0;
    const until = this.#readWhole(joined, 0, looked, end < 0 ? -1 : held + end);
    if (until === 0) {
      hold.append(chunk, 0, chunk.length);
    } else {
      if (this.#large === null) hold.clear();
      else hold.release();
      hold.append(joined, until, joined.length);
    }
    this.#slab.giveBack(joined, joined.length - until);
    return this.#passedOf(joined, until);
  }

  /**
   * Every whole event from `from` on; where the one begins that is still open. Of the first one the
   * framer has looked at the bytes before `looked`, and may have found its end.
   */
  #readWhole(bytes: Uint8Array, from: number, looked: number, firstEnd: number): number {
    const { length } = bytes;
    if (from === length) return length;
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    let at = from;
    while (at < length) {
      const counted = this.#count(bytes, view, at, length);
      if (counted > at && at < looked) this.#framer.restart();
      at = counted;
      if (at === length) break;
      const isKnown = firstEnd >= 0 && at === from;
      const end = isKnown ? firstEnd : this.#framer.end(bytes, at < looked ? looked : at);
      const until = end < 0 ? length : end;
      if (until - at > EVENT_BYTES_MAX && this.#refuses(bytes, at, until)) return length;
      if (until - at > EVENT_BYTES_MAX) {
        this.#large = new LargeEventEnds();
        this.#passLarge(this.#large, bytes, at, end);
      } else if (end < 0) {
        return at;
      } else if (!this.#take(bytes.subarray(at, end))) {
        if (at > this.#from) (this.#parts ??= []).push(bytes.subarray(this.#from, at));
        this.#from = end;
      }
      at = until;
    }
    return length;
  }

  /** What passes of these bytes, of which all up to `until` are read. */
  #passedOf(bytes: Uint8Array, until: number): Uint8Array {
    const from = this.#from;
    const parts = this.#parts;
    if (parts === null) {
      const { length } = bytes;
      if (from === 0 && until === length) return bytes;
      if (from >= until) return NOTHING;
      // A part keeps all of its memory alive: not where much of that is for nothing.
      const isWaste = length > PIECE_BYTES_MAX && length - until > length / 4;
      return isWaste ? bytes.slice(from, until) : bytes.subarray(from, until);
    }
    this.#parts = null;
    return concatBytes([...parts, bytes.subarray(from, until)]);
  }

  /** Events that need not be read, from `at` on: the index behind the last of them. */
  #count(bytes: Uint8Array, view: DataView, at: number, to: number): number {
    if (this.#quick === null) return at;
    const end = this.#quick.count(bytes, view, at, to);
    if (end > at) this.#passes = true;
    return end;
  }

  /** A whole event; true if it is the caller's. */
  #take(bytes: Uint8Array): boolean {
    const event = this.#framer.read(bytes);
    this.#passes = event === null || this.#events.take(event) === 'pass';
    if (this.#passes) this.#quick?.learn(bytes, event);
    else {
      this.#quick?.disturb();
      this.#framer.withheld?.();
    }
    return this.#passes;
  }

  /** Nothing passes from here on, if the reader says so. */
  #refuses(bytes: Uint8Array, at: number, until: number): boolean {
    const event = bytes.subarray(at, until);
    if (this.#events.refusesLarge?.(new TextDecoder().decode(event)) !== true) return false;
    if (at > this.#from) (this.#parts ??= []).push(bytes.subarray(this.#from, at));
    this.#from = bytes.length;
    return true;
  }

  #passLarge(large: LargeEventEnds, chunk: Uint8Array, from: number, end: number): void {
    large.take(chunk, from, end < 0 ? chunk.length : end);
    this.#passes = true;
    if (end >= 0) this.#endLarge(large);
  }

  #endLarge(large: LargeEventEnds): void {
    this.#large = null;
    this.#quick?.disturb();
    const read = this.#framer.readLarge(large.head(), large.tail());
    if (read !== null) this.#events.takeLarge(read.event, read.head, read.tail, large.length);
  }
}
