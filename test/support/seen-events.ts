// A dialect's reader that understands nothing: it keeps every event it is shown, and withholds
// those it is told to. What a framing shows, and what passes, can be read off it.

import type { EventReader, Framing, StreamReader } from '../../core/dialects/dialect.ts';
import type { StreamEvent } from '../../core/stream/event.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { joined } from './recordings.ts';

export type Large = {
  readonly event: string;
  readonly head: string;
  readonly tail: string;
  readonly bytes: number;
};

export type Through = {
  readonly events: readonly StreamEvent[];
  readonly large: readonly Large[];
  readonly out: Uint8Array;
};

export type Watched = {
  readonly reader: StreamReader & { upkeep(): { heldBytes: number; copiedBytes: number } };
  readonly events: StreamEvent[];
  readonly large: Large[];
};

export function watched(
  framing: Framing,
  isWithheld: (event: StreamEvent) => boolean = () => false,
  ending = '',
): Watched {
  const events: StreamEvent[] = [];
  const large: Large[] = [];
  const silent: EventReader = {
    take(event) {
      events.push(event);
      return isWithheld(event) ? 'withhold' : 'pass';
    },
    takeLarge(event, head, tail, bytes) {
      large.push({ event, head, tail, bytes });
    },
    cut: () => ending,
    usage: () => null,
    visibleBytes: () => 0,
    events: () => events.length,
    toolCalls: () => 0,
    finished: () => false,
    answer: () => null,
  };
  return { reader: streamReader(silent, framing), events, large };
}

/** What is shown of these pieces, and what passes. */
export function through(
  framing: Framing,
  pieces: readonly Uint8Array[],
  isWithheld?: (event: StreamEvent) => boolean,
): Through {
  const { reader, events, large } = watched(framing, isWithheld);
  const out = pieces.map((piece) => reader.feed(piece));
  // What is not ended by a blank line is no event to anybody else.
  const shown = [...events];
  out.push(reader.end());
  return { events: shown, large, out: joined(out) };
}
