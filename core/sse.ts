// Server-sent events (WHATWG HTML §9.2.6) as bytes: cuts a stream into whole events and never
// changes one. Linear whatever the chunk boundaries; an event past the limit is passed on unread.

import { concatBytes } from './bytes.ts';

const LF = 0x0a;
const CR = 0x0d;

export const EVENT_BYTES_MAX = 1_048_576;

/** The bytes of one event with the blank line that ends it; `unread` when it was too large. */
export type RawEvent = { readonly bytes: Uint8Array; readonly unread: boolean };

export type EventSplitter = {
  /**
   * Events completed by these bytes. The bytes given are kept, not copied, until their event ends.
   */
  feed(chunk: Uint8Array): RawEvent[];
  /** What is left without a blank line. Empty afterwards. */
  rest(): Uint8Array;
};

export function eventSplitter(eventBytesMax: number = EVENT_BYTES_MAX): EventSplitter {
  let parts: Uint8Array[] = [];
  let pending = 0;
  let lineEmpty = true;
  let afterCr = false;
  let unread = false;

  /** True if `byte` ends a line that is empty, i.e. ends the event. */
  const endsEvent = (byte: number): boolean => {
    if (byte === LF && afterCr) {
      afterCr = false;
      return false;
    }
    afterCr = byte === CR;
    if (byte !== LF && byte !== CR) {
      lineEmpty = false;
      return false;
    }
    const ends = lineEmpty;
    lineEmpty = true;
    return ends;
  };

  return {
    feed(chunk) {
      const events: RawEvent[] = [];
      let start = 0;
      for (let at = 0; at < chunk.length; at += 1) {
        if (!endsEvent(chunk[at] as number)) continue;
        let end = at + 1;
        // A CRLF stays together when both halves are here.
        if (chunk[at] === CR && chunk[end] === LF) {
          end += 1;
          at += 1;
          afterCr = false;
        }
        parts.push(chunk.subarray(start, end));
        // By its length, not by how it arrived: however a stream is cut, the same events are read.
        const tooLarge = pending + end - start > eventBytesMax;
        events.push({ bytes: concatBytes(parts), unread: unread || tooLarge });
        parts = [];
        pending = 0;
        unread = false;
        start = end;
      }
      if (start < chunk.length) {
        parts.push(chunk.subarray(start));
        pending += chunk.length - start;
        if (pending > eventBytesMax) {
          events.push({ bytes: concatBytes(parts), unread: true });
          parts = [];
          pending = 0;
          unread = true;
        }
      }
      return events;
    },
    rest() {
      const bytes = concatBytes(parts);
      parts = [];
      pending = 0;
      return bytes;
    },
  };
}

export type SseEvent = { readonly event: string; readonly data: string };

const decoder = new TextDecoder('utf-8');

/** Fields of one raw event. Null when it carries no data (a comment, a heartbeat). */
export function readEvent(bytes: Uint8Array): SseEvent | null {
  let event = '';
  const data: string[] = [];
  for (const line of decoder.decode(bytes).split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field !== 'data' && field !== 'event') continue;
    const raw = colon < 0 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (field === 'data') data.push(value);
    else event = value;
  }
  return data.length === 0 ? null : { event, data: data.join('\n') };
}
