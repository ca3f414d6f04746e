// An answer without events: it passes as it is, and every byte of it shows. There is no way to end
// it but to end it.

import type { EventReader, StreamReader } from '../dialects/dialect.ts';
import type { Upkeep } from './event-stream.ts';

const NOTHING = new Uint8Array(0);

export function byteCounter(events: EventReader): StreamReader & { upkeep(): Upkeep } {
  let bytes = 0;
  let isOver = false;
  return {
    usage: () => events.usage(),
    usageSoFar: () => events.usageSoFar?.() ?? null,
    visibleBytes: () => bytes,
    events: () => events.events(),
    toolCalls: () => events.toolCalls(),
    finished: () => isOver || events.finished(),
    answer: () => events.answer(),
    feed(chunk) {
      bytes += chunk.length;
      events.takeBytes?.(chunk.length);
      return chunk;
    },
    end() {
      isOver = true;
      return NOTHING;
    },
    cut: () => NOTHING,
    upkeep: () => ({ heldBytes: 0, copiedBytes: 0 }),
  };
}
