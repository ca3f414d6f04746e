// How events stand in a stream of bytes: where one ends, and what it says. A framer remembers where
// in an event it is, looks at every byte once, and keeps none of them.

import type { StreamEvent } from './event.ts';

export type LargeEvent = { readonly event: string; readonly head: string; readonly tail: string };

export type Framer = {
  /** Of a chunk: how many bytes at its beginning still belong to the event before it. */
  overhang(chunk: Uint8Array): number;
  /** The index behind the end of the open event, looked for from `from` on; -1 if it goes on. */
  end(bytes: Uint8Array, from: number): number;
  /** The open event has ended where a template of it did, without having been looked at. */
  restart(): void;
  /** A whole event. Null if it says nothing. */
  read(bytes: Uint8Array): StreamEvent | null;
  /** Where in a whole event its data begins, if that is one piece at its end; else -1. */
  dataAt(bytes: Uint8Array): number;
  /** The first and the last bytes of an event too large to be kept. */
  readLarge(head: Uint8Array, tail: Uint8Array): LargeEvent | null;
  /** The last event was not passed on. */
  withheld?(): void;
  /** A dialect's ending, as it stands in this framing. */
  frame(ending: string): string;
};
