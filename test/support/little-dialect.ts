// A dialect of a few members, with and without templates: `t` shows, `p` is padding, `n` is a
// number that counts, `type: "other"` doubles what shows from then on, and what has `usage` is
// withheld.

import type { EventReader } from '../../core/dialects/dialect.ts';
import type { PlainEvents } from '../../core/stream/event.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';

type Message = { type?: unknown; t?: unknown; n?: unknown; usage?: unknown };

export const parseMessage = (data: string): Message | null => {
  try {
    const value = JSON.parse(data) as unknown;
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
};

export const sizeOf = (value: unknown): number =>
  typeof value === 'string' ? new TextEncoder().encode(value).length : 0;

export type LittleStream = {
  readonly reader: ReturnType<typeof streamReader>;
  /** Events that were read. */
  readonly read: () => number;
  /** The last number, and all texts. */
  readonly last: () => unknown;
};

/** One stream of it, read whole or by templates. */
export function littleStream(withPlain: boolean): LittleStream {
  let visible = 0;
  let events = 0;
  let read = 0;
  let last: unknown = null;
  let factor = 1;
  let texts = '';
  const show = (bytes: number): void => {
    visible += bytes;
    if (bytes > 0) events += 1;
  };
  const plain: PlainEvents = {
    shown: ['t'],
    varying: ['p', 'n'],
    weigh({ data }) {
      const message = parseMessage(data);
      return message === null || message.type === 'other' || factor > 1 ? null : sizeOf(message.t);
    },
    wantsText: () => true,
    counter: () => (bytes, number, text) => {
      show(bytes);
      texts += text;
      last = number ?? last;
    },
  };
  const reader: EventReader = {
    ...(withPlain ? { plain } : {}),
    take({ data }) {
      read += 1;
      const message = parseMessage(data);
      if (message === null) return 'pass';
      if (message.type === 'other') factor = 2;
      if (message.type === 'back') factor = 1;
      show(sizeOf(message.t) * factor);
      if (typeof message.t === 'string') texts += message.t;
      last = message.n ?? last;
      return message.usage === undefined ? 'pass' : 'withhold';
    },
    takeLarge: () => undefined,
    cut: () => '',
    usage: () => null,
    visibleBytes: () => visible,
    events: () => events,
    toolCalls: () => 0,
    finished: () => false,
    answer: () => null,
  };
  return { reader: streamReader(reader, 'sse'), read: () => read, last: () => [last, texts] };
}
