// Server-sent events (WHATWG HTML §9.2.6): lines end in LF, CR or CRLF, an event in an empty line.
// It knows `event` and `data`, and nothing of what stands in them.

import type { StreamEvent } from './event.ts';
import type { Framer, LargeEvent } from './framer.ts';

const LF = 0x0a;
const CR = 0x0d;
const BOM = '\uFEFF';

// A byte order mark is only one at the beginning of the stream, and is taken off there.
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Calls `line` for each line of the text, without its end. */
function eachLine(text: string, line: (from: number, to: number) => void): void {
  let cr = text.indexOf('\r');
  let from = 0;
  while (from < text.length) {
    const lf = text.indexOf('\n', from);
    if (cr >= 0 && cr < from) cr = text.indexOf('\r', from);
    const isCr = cr >= 0 && (lf < 0 || cr < lf);
    const end = isCr ? cr : lf < 0 ? text.length : lf;
    line(from, end);
    from = isCr && lf === cr + 1 ? end + 2 : end + 1;
  }
}

/** The value of the field in this line, if that is its name. */
function valueOf(text: string, name: string, from: number, to: number): string | null {
  if (!text.startsWith(name, from)) return null;
  const colon = from + name.length;
  if (colon === to) return '';
  if (text[colon] !== ':') return null;
  return text.slice(text[colon + 1] === ' ' && colon + 1 < to ? colon + 2 : colon + 1, to);
}

/** Null when it carries no data: a comment, a heartbeat. */
export function readSse(text: string): StreamEvent | null {
  let event = '';
  let data: string | null = null;
  eachLine(text, (from, to) => {
    const value = valueOf(text, 'data', from, to);
    if (value !== null) data = data === null ? value : `${data}\n${value}`;
    else event = valueOf(text, 'event', from, to) ?? event;
  });
  return data === null ? null : { event, data };
}

const startsWithData = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x64 &&
  bytes[at + 1] === 0x61 &&
  bytes[at + 2] === 0x74 &&
  bytes[at + 3] === 0x61 &&
  bytes[at + 4] === 0x3a;

/** Where the data of a whole event begins, if it is one line; else -1. */
function dataAt(bytes: Uint8Array): number {
  let found = -1;
  for (let at = 0; at < bytes.length; at += 1) {
    const isLineStart = at === 0 || bytes[at - 1] === LF;
    if (bytes[at] === CR && bytes[at + 1] !== LF) return -1;
    if (!isLineStart || bytes[at] === LF || bytes[at] === CR) continue;
    if (found >= 0) return -1;
    if (startsWithData(bytes, at)) found = at + 5;
  }
  return found;
}

function largeEvent(head: string, tail: string): LargeEvent | null {
  const first = readSse(head);
  if (first === null) return null;
  // The tail begins in the middle of data.
  const last = readSse(`data:${tail}`);
  return { event: first.event, head: first.data, tail: last?.data ?? '' };
}

export function sseFramer(): Framer {
  let lineEmpty = true;
  let afterCr = false;
  let ended = true;
  let isFirst = true;

  const textOf = (bytes: Uint8Array): string => {
    const text = decoder.decode(bytes);
    const hasMark = isFirst && text.startsWith(BOM);
    isFirst = false;
    return hasMark ? text.slice(1) : text;
  };

  return {
    overhang(chunk) {
      // The second half of a CRLF that ended an event.
      const isHalf = ended && afterCr && chunk[0] === LF;
      if (chunk.length > 0 && ended) afterCr = false;
      return isHalf ? 1 : 0;
    },
    end(bytes, from) {
      let empty = lineEmpty;
      let cr = afterCr;
      let at = from;
      const { length } = bytes;
      while (at < length) {
        let byte = bytes[at] as number;
        if (byte > CR) {
          empty = false;
          cr = false;
          do at += 1;
          while (at < length && (byte = bytes[at] as number) > CR);
          if (at === length) break;
        }
        at += 1;
        if (byte === LF && cr) {
          cr = false;
        } else if (byte === LF || byte === CR) {
          cr = byte === CR;
          if (empty) {
            ended = true;
            lineEmpty = true;
            // A CRLF stays together when both halves are here.
            if (cr && bytes[at] === LF) {
              cr = false;
              at += 1;
            }
            afterCr = cr && at === length;
            return at;
          }
          empty = true;
        } else {
          empty = false;
          cr = false;
        }
      }
      lineEmpty = empty;
      afterCr = cr;
      if (length > from) ended = false;
      return -1;
    },
    restart() {
      lineEmpty = true;
      afterCr = false;
      ended = true;
    },
    read: (bytes) => readSse(textOf(bytes)),
    dataAt,
    readLarge: (head, tail) => largeEvent(textOf(head), decoder.decode(tail)),
    frame: (ending) => ending,
  };
}
