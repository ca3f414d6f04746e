// From bytes to events and back: cuts an answer into whole events, shows each to the dialect's
// reader, and passes on what came, byte for byte. Only whole events are passed on, so that the
// stream can be ended validly behind any of them; one that is too large to be kept is passed on as
// it comes, and shown by its two ends.

import { utf8 } from '../bytes.ts';
import type { EventReader, Framing, StreamReader } from '../dialects/dialect.ts';
import { byteCounter } from './byte-counter.ts';
import { EventStream, type Upkeep } from './event-stream.ts';
import type { Framer } from './framer.ts';
import { jsonArrayFramer } from './json-array.ts';
import { linesFramer } from './lines.ts';
import { sseFramer } from './sse.ts';

const FRAMERS: Readonly<Record<Exclude<Framing, 'bytes'>, () => Framer>> = {
  sse: sseFramer,
  'json-array': jsonArrayFramer,
  lines: linesFramer,
};

export function streamReader(
  events: EventReader,
  framing: Framing,
): StreamReader & { upkeep(): Upkeep } {
  if (framing === 'bytes') return byteCounter(events);
  const framer = FRAMERS[framing]();
  const stream = new EventStream(events, framer);
  return {
    usage: () => events.usage(),
    usageSoFar: () => events.usageSoFar?.() ?? null,
    visibleBytes: () => events.visibleBytes(),
    events: () => events.events(),
    toolCalls: () => events.toolCalls(),
    finished: () => events.finished(),
    answer: () => events.answer(),
    calledTools: () => events.calledTools?.() ?? null,
    feed: (chunk) => stream.feed(chunk),
    end: () => stream.end(),
    cut: (cut) => (stream.isInLargeEvent ? null : utf8(framer.frame(events.cut(cut)))),
    upkeep: () => stream.upkeep(),
  };
}
