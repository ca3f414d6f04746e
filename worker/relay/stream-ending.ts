// How a stream is ended before its time: as if its ceiling had been reached where money, time or
// the ceiling ran out, and with an error where something broke. An upstream that died is never made
// to look like an answer that was complete.

import type { Cut, Framing, StreamReader } from '../../core/dialects/dialect.ts';
import type { BREAK_ENDINGS, CUT_ENDINGS } from '../../core/pricing/actual.ts';
import { denseBytesIn } from '../../core/pricing/dense-bytes.ts';
import type { GrowingHold } from './growing-hold.ts';
import type { Sight } from './sight.ts';

export type BreakEnding = (typeof BREAK_ENDINGS)[number];
/** Endings that we give to a stream ourselves. */
export type StreamEnding = (typeof CUT_ENDINGS)[number] | BreakEnding;

const SENTENCES: Readonly<Record<BreakEnding, string>> = {
  'origin-failed': 'The answer broke off: the connection to the provider was lost.',
  'lease-lost': 'The answer was stopped: the ledger that pays for it cannot be reached.',
  stopped: 'The answer was stopped: the API key it was asked for with has been revoked.',
  'switched-off': 'The answer was stopped: the operator of this service has switched it off.',
};

const isBreak = (ending: StreamEnding): ending is BreakEnding => Object.hasOwn(SENTENCES, ending);

/** `tokens`: what the ending reports as used. */
const cutFor = (ending: StreamEnding, tokens: Pick<Cut, 'inputTokens' | 'outputTokens'>): Cut =>
  isBreak(ending)
    ? { as: 'error', sentence: SENTENCES[ending], ...tokens }
    : { as: 'length', sentence: '', ...tokens };

/** An event that shows something generated has at least so many bytes. */
const EVENT_BYTES_MIN = 16;

/** The bytes that end one stream, wherever it stands for its reader. */
export class StreamEnd {
  readonly #reader: StreamReader;
  readonly #framing: Framing;
  readonly #hold: GrowingHold;
  readonly #sight: Sight;
  /** Bytes that may be in the reader without having been given back. */
  #unseen = 0;
  /** What ends the stream where it stood before bytes that may have to wait for their money. */
  #before: Uint8Array | null = null;
  /** The reader is ahead of what was passed on. */
  isWithholding = false;

  constructor(reader: StreamReader, framing: Framing, hold: GrowingHold, sight: Sight) {
    this.#reader = reader;
    this.#framing = framing;
    this.#hold = hold;
    this.#sight = sight;
  }

  /** Looks at the bytes themselves, where what shows says what it costs. */
  #count(chunk: Uint8Array): void {
    if (!this.#hold.demand.price.hiddenOutput) this.#sight.denseBytes += denseBytesIn(chunk);
  }

  /** Gives bytes to the reader that nobody will see. */
  gather(chunk: Uint8Array): void {
    this.#count(chunk);
    this.#reader.feed(chunk);
  }

  /** Gives these bytes to the reader; knows afterwards how the stream could end before them. */
  feed(chunk: Uint8Array): Uint8Array {
    this.#count(chunk);
    this.#before = this.#mayBeShort(chunk)
      ? this.#reader.cut(cutFor('cut-budget', this.#sight.chargedTokens(this.#hold.tokens)))
      : null;
    const passed = this.#reader.feed(chunk);
    this.#unseen = passed.length > 0 ? chunk.length : this.#unseen + chunk.length;
    return passed;
  }

  /** Every byte of it could show, and every few bytes be an event: would it be paid for? */
  #mayBeShort(chunk: Uint8Array): boolean {
    if (this.#hold.isWhole) return false;
    const visibleBytes = this.#unseen + chunk.length;
    const events = Math.ceil(visibleBytes / EVENT_BYTES_MIN);
    return !this.#hold.covers(this.#sight.neededTokens({ visibleBytes, events }));
  }

  /** Null in the middle of a large event, and of bytes, which have no end but their last one. */
  bytesOf(ending: StreamEnding): Uint8Array | null {
    if (this.#framing === 'bytes') return null;
    // An error is an error anywhere.
    if (this.isWithholding && !isBreak(ending)) return this.#before;
    return this.#reader.cut(cutFor(ending, this.#sight.chargedTokens()));
  }
}
