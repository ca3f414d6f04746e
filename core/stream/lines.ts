// Lines of a name, a colon and JSON: the data stream of version 4 of the AI SDK. A line is an
// event; its name is what stands before the colon.

import type { StreamEvent } from './event.ts';
import type { Framer } from './framer.ts';

const LF = 0x0a;

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

function readLine(text: string): StreamEvent | null {
  const line = text.replace(/\r?\n$/, '');
  const colon = line.indexOf(':');
  return colon < 0 ? null : { event: line.slice(0, colon), data: line.slice(colon + 1) };
}

export const linesFramer = (): Framer => ({
  overhang: () => 0,
  end: (bytes, from) => bytes.indexOf(LF, from) + 1 || -1,
  restart: () => undefined,
  read: (bytes) => readLine(decoder.decode(bytes)),
  dataAt: () => -1,
  readLarge(head, tail) {
    const first = readLine(decoder.decode(head));
    if (first === null) return null;
    const last = decoder.decode(tail).replace(/\r?\n$/, '');
    return { event: first.event, head: first.data, tail: last };
  },
  frame: (ending) => ending,
});
