// A JSON array that comes element by element, as Gemini streams without `alt=sse`: each element is
// an event, and what stands before it (a bracket, a comma, blanks) is passed on with it. An object
// that stands alone is an array of one. It finds where elements end, and parses none of them.

import { readSse } from './sse.ts';
import type { Framer } from './framer.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const NO_ELEMENT = Number.POSITIVE_INFINITY;

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** The data of server-sent events, in their order. */
const dataIn = (text: string): string[] =>
  text
    .split(/(?<=\r\n\r\n|\n\n)/)
    .map((one) => readSse(one)?.data ?? '')
    .filter((data) => data.startsWith('{'));

export function jsonArrayFramer(): Framer {
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Depth between elements: 1 inside of the array, 0 for an object that stands alone. */
  let between = 0;
  /** Of the open event: bytes looked at, and how many of them stand before its element. */
  let looked = 0;
  let before = NO_ELEMENT;
  let opened = false;
  let elements = 0;

  /** True if this byte ends an element. */
  const step = (byte: number, index: number): boolean => {
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
      return false;
    }
    if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (!opened) {
        opened = true;
        between = byte === OPEN_LIST ? 1 : 0;
      }
      if (depth === between) before = index;
      depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      return depth === between;
    }
    return false;
  };

  return {
    overhang: () => 0,
    end(bytes, from) {
      if (looked === 0) before = NO_ELEMENT;
      for (let at = from; at < bytes.length; at += 1) {
        if (!step(bytes[at] as number, looked + at - from)) continue;
        looked = 0;
        elements += 1;
        return at + 1;
      }
      looked += bytes.length - from;
      return -1;
    },
    restart: () => undefined,
    withheld() {
      elements -= 1;
    },
    read: (bytes) =>
      before < bytes.length ? { event: '', data: decoder.decode(bytes.subarray(before)) } : null,
    // Its events say their usage each: there are no templates of them.
    dataAt: () => -1,
    readLarge: (head, tail) => ({
      event: '',
      head: decoder.decode(head.subarray(before)),
      tail: decoder.decode(tail),
    }),
    frame(ending) {
      const added = dataIn(ending).join(',\n');
      // Without an element nothing was passed on, not even the bracket.
      if (elements === 0) return `[${added}]`;
      if (between === 0) return '';
      return added === '' ? ']' : `,\n${added}]`;
    },
  };
}
