// Passes a provider's stream on, chunk by chunk, and counts it as it goes. It reads a little ahead,
// so that what was generated is counted even when the caller is slow, and no more than a little, so
// that a slow caller slows the provider down. It alone knows who ended the stream.

import type { UsageReader } from '../../core/dialects/dialect.ts';
import type { Passage } from './passage.ts';
import { receiptEvent, receiptJson, wantsReceipt } from './receipt.ts';

/** Bytes read ahead of the caller. */
const READ_AHEAD_BYTES_MAX = 65_536;

export function meteredBody(
  body: ReadableStream<Uint8Array>,
  usage: UsageReader,
  passage: Passage,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();

  /** The provider is done: what was held back, then the receipt. */
  const finish = (out: ReadableStreamDefaultController<Uint8Array>): void => {
    const rest = usage.end();
    if (rest.length > 0) out.enqueue(rest);
    const complete = usage.finished() || usage.usage() !== null;
    const actual = passage.close(complete ? 'complete' : 'origin-failed');
    if (wantsReceipt(passage.reservation.call)) {
      out.enqueue(receiptEvent(receiptJson(passage.reservation, actual, usage.usage())));
    }
    out.close();
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(out) {
        try {
          for (;;) {
            let read: ReadableStreamReadResult<Uint8Array>;
            try {
              read = await reader.read();
            } catch (cause) {
              passage.close('origin-failed');
              throw cause;
            }
            if (read.done) {
              finish(out);
              return;
            }
            const passed = usage.feed(read.value);
            // A chunk that was withheld whole: the stream still owes its reader something.
            if (passed.length === 0) continue;
            out.enqueue(passed);
            return;
          }
        } catch (cause) {
          passage.close('meter-fault');
          out.error(cause);
        }
      },
      cancel() {
        passage.close('caller-left');
      },
    },
    { highWaterMark: READ_AHEAD_BYTES_MAX, size: (chunk) => chunk?.byteLength ?? 0 },
  );
}
