// Passes a provider's stream on, chunk by chunk, and counts it as it goes. What is not paid for
// waits for the ledgers, and if they say no the stream is ended, validly, where it stood. It reads
// a little ahead of a slow caller; what that one leaves unread may be generated, and is paid for as
// well.

import type { Framing, StreamReader } from '../../core/dialects/dialect.ts';
import type { GrowingHold } from './growing-hold.ts';
import type { Passage } from './passage.ts';
import { receiptEvent } from './receipt.ts';
import { StreamEnd, type StreamEnding } from './stream-ending.ts';
import type { Sight } from './sight.ts';
import { Source } from './source.ts';

/** Bytes read ahead of the caller. */
const READ_AHEAD_BYTES_MAX = 65_536;
/** A stream that is to end in the middle of a very large event may end that event first. */
const LARGE_EVENT_MS_MAX = 2_000;

const NOTHING = new Uint8Array(0);

type Out = ReadableStreamDefaultController<Uint8Array>;

export class Meter {
  readonly #source: Source;
  readonly #reader: StreamReader;
  readonly #framing: Framing;
  readonly #passage: Passage;
  readonly #hold: GrowingHold;
  readonly #sight: Sight;
  readonly #end: StreamEnd;
  readonly #answerBytesMax: number;
  /** Null once nobody listens: what follows is only counted. */
  #out: Out | null = null;
  #isOver = false;
  #pulling: Promise<void> = Promise.resolve();
  #passedBytes = 0;
  #due: StreamEnding | null = null;

  constructor(
    body: ReadableStream<Uint8Array>,
    reader: StreamReader,
    framing: Framing,
    passage: Passage,
    nowMs: () => number,
  ) {
    this.#source = new Source(body, nowMs);
    this.#reader = reader;
    this.#framing = framing;
    this.#passage = passage;
    this.#hold = passage.hold;
    this.#sight = passage.sight;
    this.#end = new StreamEnd(reader, framing, passage.hold, passage.sight);
    const { answerBytesMax } = passage.reservation.call.route;
    this.#answerBytesMax = answerBytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** Milliseconds' worth of what may have been generated and was not read yet. */
  unreadMs(): number {
    return this.#source.unreadMs;
  }

  body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (out) => {
          this.#out = out;
        },
        pull: () => {
          this.#pulling = this.#untilPassed();
          return this.#pulling;
        },
        cancel: () => {
          this.#out = null;
          this.#passage.leave();
        },
      },
      { highWaterMark: READ_AHEAD_BYTES_MAX, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** The caller is gone: reads on, to know what it cost. */
  async drain(): Promise<void> {
    this.#out = null;
    await this.#pulling;
    while (!this.#isOver) await this.#step();
  }

  /**
   * The caller is gone and the call is stopped. What has come by then was generated and is counted
   * and paid for, whoever has read it.
   */
  async abandon(): Promise<void> {
    const out = this.#out;
    try {
      this.#out = null;
      const count = this.#end.gather.bind(this.#end);
      await this.#source.gather(count, READ_AHEAD_BYTES_MAX);
      this.#source.close();
      this.#passage.letGo();
      await this.#hold.secure(this.#sight.neededTokens());
      this.#isOver = true;
      this.#passage.close('caller-left');
      out?.error(new Error('the caller left'));
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /** Ends what the caller gets, at once or behind the large event that it is in the middle of. */
  end(because: StreamEnding): void {
    if (this.#isOver) return;
    // The first reason is the one that counts, however long the event behind it takes.
    const ending = this.#due ?? because;
    const bytes = this.#end.bytesOf(ending);
    if (bytes !== null || this.#framing === 'bytes') {
      this.#finishWith(ending, bytes);
    } else if (this.#due === null) {
      this.#due = ending;
      setTimeout(() => {
        this.#finishWith(ending, null);
      }, LARGE_EVENT_MS_MAX);
    }
  }

  /** Pays for what may be generated in this time although nobody reads it, or ends the stream. */
  watch(aheadMs: number): void {
    if (this.#isOver || !this.#source.isPaused || this.#hold.isWhole) return;
    const needed = this.#sight.neededAhead(aheadMs);
    if (this.#hold.covers(needed)) return;
    this.#passage.keep(
      this.#hold.secure(needed).then((isPaid) => {
        if (!isPaid) this.end(this.#hold.ending);
      }),
    );
  }

  async #untilPassed(): Promise<void> {
    const before = this.#passedBytes;
    // A chunk that was withheld whole: the stream still owes its reader something.
    while (!this.#isOver && this.#out !== null && this.#passedBytes === before) await this.#step();
  }

  async #step(): Promise<void> {
    try {
      const read = await this.#read();
      if (read === null || this.#isOver) return;
      if (read.done) this.#finish();
      else await this.#pass(read.value);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  async #read(): ReturnType<Source['read']> {
    try {
      return await this.#source.read();
    } catch (cause) {
      if (this.#passage.isClosed) throw cause;
      this.end('origin-failed');
      return null;
    }
  }

  async #pass(read: Uint8Array): Promise<void> {
    // Where bytes are priced, not one passes that was not held.
    const chunk = read.subarray(0, this.#answerBytesMax - this.#passedBytes);
    const reader = this.#reader;
    const seen = reader.visibleBytes() + reader.events();
    const wasPastCeiling = this.#hold.isPassed(0, this.#sight.reported());
    const passed = this.#end.feed(chunk);
    // What shows nothing generated costs nothing.
    const isMore = reader.visibleBytes() + reader.events() > seen;
    if (isMore && !(await this.#isPaid())) return;
    this.#put(passed);
    const shown = this.#framing === 'bytes' ? 0 : reader.visibleBytes();
    const isPast = wasPastCeiling || this.#hold.isPassed(shown, null);
    if (isMore && isPast) this.end('cut-ceiling');
    if (this.#passage.ceiling.isPassed) this.end('cut-tools');
    if (chunk.length < read.length) this.end('cut-ceiling');
    const refused = reader.calledTools?.()?.refused ?? null;
    if (refused !== null) this.end(refused);
    if (this.#due !== null) this.end(this.#due);
  }

  /** Waits for the money behind what was read. False if the stream is over. */
  async #isPaid(): Promise<boolean> {
    const needed = this.#sight.neededTokens();
    if (this.#hold.covers(needed)) {
      this.#hold.reach(needed);
      return true;
    }
    this.#end.isWithholding = true;
    this.#source.pause();
    const isPaid = await this.#hold.secure(needed);
    this.#source.resume();
    if (this.#isOver) return false;
    if (!isPaid) this.end(this.#hold.ending);
    this.#end.isWithholding = false;
    return isPaid;
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length > 0) {
      this.#passedBytes += bytes.length;
      this.#out?.enqueue(bytes);
    }
    this.#source.pause();
    if ((this.#out?.desiredSize ?? 1) <= 0) this.watch(this.#passage.beatMs);
  }

  /** The provider is done: what was held back, then the receipt. */
  #finish(): void {
    const rest = this.#reader.end();
    const isWhole = this.#reader.finished() || this.#reader.usage() !== null;
    if (isWhole) {
      this.#put(rest);
      this.#finishWith('complete', NOTHING);
      return;
    }
    const bytes = this.#end.bytesOf('origin-failed');
    // The provider has said itself that it failed: nothing is put behind that.
    if (bytes?.length === 0) this.#put(rest);
    this.#finishWith('origin-failed', bytes);
  }

  /** Null: there is no valid end, and whoever reads it shall not take this for one. */
  #finishWith(ending: StreamEnding | 'complete', bytes: Uint8Array | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const actual = this.#passage.close(ending);
    const out = this.#out;
    if (bytes === null) {
      out?.error(new Error(`the answer ended: ${ending}`));
    } else {
      if (bytes.length > 0) out?.enqueue(bytes);
      const receipt = this.#framing === 'sse' ? this.#passage.receipt(actual) : null;
      if (receipt !== null) out?.enqueue(receiptEvent(receipt));
      out?.close();
    }
    if (ending !== 'complete') this.#source.close();
  }

  /** A bug of ours, or a call that is over for somebody else's reason. */
  #fail(cause: unknown): void {
    this.#isOver = true;
    this.#passage.close('meter-fault');
    this.#out?.error(cause);
  }
}
