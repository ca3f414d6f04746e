// A dialect is a wire format. It reads and narrows; it never translates one provider into another.
// A new one is a file, a line in `index.ts` and its recorded bytes.

import type { Denial } from '../denial.ts';
import type { Usage } from '../pricing/usage.ts';
import type { Result } from '../result.ts';

/** What the caller asks for, as far as money and shape are concerned. */
export type Ask = {
  readonly model: string;
  readonly stream: boolean;
  readonly choices: number;
  /** Null if the caller set no ceiling. */
  readonly outputTokensMax: number | null;
  readonly promptChars: number;
  readonly messages: number;
  readonly tools: number;
  /** The caller asked for the usage chunk itself. */
  readonly wantsUsage: boolean;
  /** The validated body: own keys only, nothing that was not understood. */
  readonly body: Readonly<Record<string, unknown>>;
};

export type Narrowing = {
  readonly outputTokensMax: number;
  /** Our pseudonym for the caller, for the provider's abuse desk. */
  readonly safetyIdentifier: string;
};

/** An answer as the next turn of its conversation will repeat it. */
export type CollectedAnswer = {
  /** The canonical text of all that came. */
  readonly whole: string;
  /** Canonical texts of its beginnings are this and the first so many of the pieces. */
  readonly head: string;
  readonly pieces: readonly string[];
};

/** Reads usage out of an answer as it passes. Synchronous, bounded, linear. */
export type UsageReader = {
  /** Takes bytes as they came; returns the bytes to pass on. */
  feed(chunk: Uint8Array): Uint8Array;
  /** The answer ended; returns bytes that were held back. */
  end(): Uint8Array;
  usage(): Usage | null;
  visibleBytes(): number;
  events(): number;
  /** The protocol's own end was seen, without an error before it. */
  finished(): boolean;
  /** What came so far, if it is collected; null if that is nothing, or too long. */
  answer(): CollectedAnswer | null;
};

export type Dialect = {
  readonly id: string;
  readRequest(body: unknown): Result<Ask, Denial>;
  /** The body that goes up. Allow-listed, forced where cost hides, clamped. */
  narrow(ask: Ask, narrowing: Narrowing): Readonly<Record<string, unknown>>;
  /**
   * For an event stream. `hideUsage`: withhold the usage chunk that only we asked for.
   * `collectAnswer`: the answer may be continued, and the next turn will have to repeat it.
   */
  streamReader(options: {
    readonly hideUsage: boolean;
    readonly collectAnswer: boolean;
  }): UsageReader;
  /** For an answer in one piece. Null if it carries no valid usage. */
  readUsage(body: unknown): Usage | null;
  /** Of an answer in one piece. Null if there is none, or it is too long. */
  readAnswer(body: unknown): CollectedAnswer | null;
  /** Canonical text of the last answer that a request repeats; null in a new conversation. */
  lastAnswer(body: unknown): string | null;
};
