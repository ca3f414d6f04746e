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
};

export type Dialect = {
  readonly id: string;
  readRequest(body: unknown): Result<Ask, Denial>;
  /** The body that goes up. Allow-listed, forced where cost hides, clamped. */
  narrow(ask: Ask, narrowing: Narrowing): Readonly<Record<string, unknown>>;
  /** For an event stream. `hideUsage`: withhold the usage chunk that only we asked for. */
  streamReader(options: { readonly hideUsage: boolean }): UsageReader;
  /** For an answer in one piece. Null if it carries no valid usage. */
  readUsage(body: unknown): Usage | null;
};
