// Keeps the provider's key out of what a caller gets: a provider that repeats the credentials it
// did not like would hand them on. It looks where providers say what went wrong, in answers of one
// piece and in events; text of a model cannot have a key that no model was told.

import type { EventReader } from '../../core/dialects/dialect.ts';
import type { StreamEvent } from '../../core/stream/event.ts';

/** A shorter one is a stand-in for local work, and might be a word. */
const KEY_CHARS_MIN = 16;
/** No provider needs more than this to say what went wrong. */
const LOOKED_AT_BYTES_MAX = 65_536;

export class KeyGuard {
  readonly #key: string | null;

  constructor(key: string | null) {
    this.#key = key === null || key.length < KEY_CHARS_MIN ? null : key;
  }

  isShownIn(bytes: Uint8Array): boolean {
    if (this.#key === null) return false;
    return new TextDecoder().decode(bytes.subarray(0, LOOKED_AT_BYTES_MAX)).includes(this.#key);
  }

  /**
   * An event that shows it is withheld and not read: the stream then ends as one that broke off.
   */
  watch(events: EventReader): EventReader {
    const key = this.#key;
    if (key === null) return events;
    const take = events.take.bind(events);
    // Onto the reader itself: one made of its members would have lost what it keeps in private.
    return Object.assign(events, {
      take: (event: StreamEvent) => (event.data.includes(key) ? 'withhold' : take(event)),
    });
  }
}
