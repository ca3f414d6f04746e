// Streams of which every event says what it is, and whose last ones carry the usage: pictures,
// speech, transcripts. And answers without events, of which nothing is to be read.

import { utf8Length } from '../bytes.ts';
import type { Usage } from '../pricing/usage.ts';
import type { Cut, EventReader } from './dialect.ts';
import { isSmall, type Json, parseRecord, text } from './json-value.ts';
import { largeEventType, recordAtEnd } from './large-event.ts';

export type TypedStream = {
  readonly endings: ReadonlySet<string>;
  /** So many of them end the stream. */
  readonly endingsExpected: number;
  /** Generated text that an event shows. */
  textOf(type: string, event: Json): string;
  /** Of all endings together. */
  usageOf(endings: readonly Json[]): Usage | null;
  /** The event that validly ends it early; null where the protocol has none. */
  early(cut: Cut): Json | null;
};

/** Under 20 in every recording. */
const USAGE_VALUES_MAX = 128;

const errorEvent = ({ sentence }: Cut): string =>
  `event: error\ndata: ${JSON.stringify({
    type: 'error',
    error: { message: sentence, type: 'weighbridge', param: null, code: 'stream_ended' },
  })}\n\n`;

export function typedEvents(stream: TypedStream): EventReader {
  const endings: Json[] = [];
  let visible = 0;
  let events = 0;
  let failed = false;
  const isOver = (): boolean => endings.length >= stream.endingsExpected;

  const look = (type: string, event: Json): void => {
    if (type === 'error') failed = true;
    if (stream.endings.has(type) && !isOver()) {
      const { usage } = event;
      endings.push({ usage: isSmall(usage, USAGE_VALUES_MAX) ? usage : null });
    }
  };

  return {
    take({ event: name, data }) {
      const event = parseRecord(data);
      if (event === null) return 'pass';
      const type = text(event['type']) || name;
      look(type, event);
      const shown = utf8Length(stream.textOf(type, event));
      visible += shown;
      if (shown > 0) events += 1;
      return 'pass';
    },
    takeLarge(name, head, tail) {
      events += 1;
      look(largeEventType(name, head, tail), recordAtEnd(tail, 1));
    },
    cut(cut) {
      if (failed || isOver()) return '';
      const early = cut.as === 'error' ? null : stream.early(cut);
      if (early === null) return errorEvent(cut);
      return `event: ${text(early['type'])}\ndata: ${JSON.stringify(early)}\n\n`;
    },
    usage: () => (isOver() && !failed ? stream.usageOf(endings) : null),
    visibleBytes: () => visible,
    events: () => events,
    toolCalls: () => 0,
    finished: () => isOver() && !failed,
    answer: () => null,
  };
}

/** `usage`: what the call comes to whatever the answer holds, where that is known. */
export const silentEvents = (usage: Usage | null): EventReader => ({
  take: () => 'pass',
  takeLarge() {
    // Nothing is told by an answer without events.
  },
  cut: () => '',
  usage: () => usage,
  visibleBytes: () => 0,
  events: () => 0,
  toolCalls: () => 0,
  finished: () => false,
  answer: () => null,
});
