// A dialect is a wire format. It reads and narrows; it never translates one provider into another.
// A new one is a file, a line in `index.ts` and its recorded bytes.

import type { Bytes } from '../bytes.ts';
import type { Anatomy } from './anatomy.ts';
import type { Denial } from '../denial.ts';
import type { LoopShape } from './loop.ts';
import type { Media } from './media.ts';
import type { Need } from './need.ts';
import type { ModelPrice, ProviderKind, RateName } from '../pricing/rates.ts';
import type { Usage } from '../pricing/usage.ts';
import type { Result } from '../result.ts';
import type { PlainEvents, StreamEvent } from '../stream/event.ts';
import type { InputCheck } from '../tools/check-inputs.ts';

/** One part of a multipart form. */
export type FormField =
  | { readonly name: string; readonly text: string }
  | {
      readonly name: string;
      readonly fileName: string;
      readonly type: string;
      readonly bytes: Bytes;
    };

export type RequestInput = {
  /** Of a dialect of JSON: the value. */
  readonly json: unknown;
  /** Of a dialect of forms: its parts. */
  readonly form: readonly FormField[];
  /** As received, with its type: what a dialect of bytes has. */
  readonly bytes: Bytes;
  readonly contentType: string;
  /** What stands in the path behind the route's own, with the query; mostly nothing. */
  readonly target: string;
  /** Whose server it will go to: what the others take is refused. */
  readonly provider: ProviderKind;
  /** Fields of the app's own that a route lets pass. */
  readonly extraFields: readonly string[];
};

/** What the caller asks for, as far as money and shape are concerned. */
export type Ask = {
  readonly model: string;
  readonly stream: boolean;
  readonly choices: number;
  /** Null if the caller set no ceiling. */
  readonly outputTokensMax: number | null;
  /** The ceiling is what the request comes to, and cannot be lowered in it. */
  readonly isFixed: boolean;
  readonly promptChars: number;
  readonly messages: number;
  /** Found for the model and sent along; counted in the JSON, whatever its dialect. */
  readonly documents?: number;
  readonly tools: number;
  /** Kinds of the tools that the provider would run by itself. */
  readonly serverTools: readonly string[];
  /** The caller asked for the usage chunk itself. */
  readonly wantsUsage: boolean;
  /** What of it bytes do not bound: refused unless the route prices it. */
  readonly needs: readonly Need[];
  /** How many of each it names; one where nothing is said. */
  readonly needTimes?: Readonly<Partial<Record<Need, number>>>;
  readonly media: Media;
  /** As what its input and its output may be billed: the dearest of these is held. */
  readonly inputRates: readonly RateName[];
  readonly outputRates: readonly RateName[];
  /** What is priced by the piece and known beforehand: characters, images, seconds. */
  readonly pieces: Readonly<Partial<Record<RateName, number>>>;
  /** What goes behind the route's upstream path, with the query; mostly nothing. */
  readonly upstreamTarget: string;
  /** Costs nothing at the provider: counted as a request, charged as nothing. */
  readonly isFree: boolean;
  /** The validated body: own keys only, nothing that was not understood. */
  readonly body: Readonly<Record<string, unknown>>;
};

/** An ask that is only text: what a dialect starts from. */
export const PLAIN_ASK = {
  stream: false,
  choices: 1,
  outputTokensMax: null,
  isFixed: false,
  promptChars: 0,
  messages: 0,
  tools: 0,
  serverTools: [],
  wantsUsage: true,
  needs: [],
  media: { images: 0, files: 0, audios: 0, audioBytes: 0, fileBytes: 0, payloadBytes: 0 },
  inputRates: ['input', 'cacheWrite'],
  outputRates: ['output'],
  pieces: {},
  upstreamTarget: '',
  isFree: false,
} as const satisfies Omit<Ask, 'model' | 'body'>;

export type Narrowing = {
  readonly outputTokensMax: number;
  /** Our pseudonym for the caller, for the provider's abuse desk. */
  readonly safetyIdentifier: string;
  /** Whose server it goes to: compatible ones refuse what others want. */
  readonly provider: ProviderKind;
  /** At what it was held, for a server that chooses among dearer and cheaper ones. */
  readonly price?: ModelPrice | null;
};

/** What goes up: JSON, the parts of a form, or bytes. */
export type Narrowed = Readonly<Record<string, unknown>> | readonly FormField[] | Bytes;

/** An answer as the next turn of its conversation will repeat it. */
export type CollectedAnswer = {
  /** The canonical text of all that came. */
  readonly whole: string;
  /** Canonical texts of its beginnings are this and the first so many of the pieces. */
  readonly head: string;
  readonly pieces: readonly string[];
};

/** Why a stream is ended by us. `error`: the dialect's own error event, not a clean end. */
export type Cut = {
  readonly as: 'length' | 'error';
  /** For `error`: a sentence for the caller. */
  readonly sentence: string;
  /** What is charged for, as far as it is known: for the usage that the ending reports. */
  readonly inputTokens: number;
  readonly outputTokens: number;
};

/** Calls of tools that were looked at. */
export type CalledTools = {
  /** How often each was called, as far as they are told apart. */
  readonly times: ReadonlyMap<string, number>;
  readonly inputs: InputCheck;
  /** An input does not fit: nothing more is to pass. */
  readonly refused: 'cut-inputs' | null;
};

/** What a stream has shown so far. */
export type Seen = {
  /** The last word on it; null as long as more may come, and where it is nonsense. */
  usage(): Usage | null;
  /**
   * Before the last word, where a dialect is told early: all of the input, and at least so much
   * output. Never enough to settle a call that ended well.
   */
  usageSoFar?(): Usage | null;
  /** UTF-8 bytes of everything generated that shows: text, arguments of tools, visible thoughts. */
  visibleBytes(): number;
  /** Events that showed something generated. */
  events(): number;
  /** Calls of tools that the model has begun. */
  toolCalls(): number;
  /** The protocol's own end was seen, without an error before it. */
  finished(): boolean;
  /** What came so far, if it is collected; null if that is nothing, or too long. */
  answer(): CollectedAnswer | null;
  /** Which tools were called with what, where that is looked at. */
  calledTools?(): CalledTools | null;
};

/** Reads one stream, event by event. Synchronous, bounded, linear. */
export type EventReader = Seen & {
  /** One event. `withhold`: it is not the caller's; everything else is passed on as it came. */
  take(event: StreamEvent): 'pass' | 'withhold';
  /** Where most events need not be read. */
  readonly plain?: PlainEvents;
  /**
   * An event too large to be kept: its name, the first and last characters of its data, and how
   * many bytes it had.
   */
  takeLarge(event: string, head: string, tail: string, bytes: number): void;
  /** Is the rest of the stream withheld from this event on, which is too large to be read? */
  refusesLarge?(text: string): boolean;
  /** Of an answer without events: so many bytes more of it passed. */
  takeBytes?(bytes: number): void;
  /**
   * The text that validly ends the stream after the events taken so far: empty where it has ended
   * by itself, or where the provider has said itself that it failed.
   */
  cut(cut: Cut): string;
};

/** Reads bytes as they come, and gives back what is to be passed on: whole events only. */
export type StreamReader = Seen & {
  /** What passes may share memory with what passed before: it is never transferred. */
  feed(chunk: Uint8Array): Uint8Array;
  /** The answer ended; returns bytes that were held back. */
  end(): Uint8Array;
  /** Ends the stream validly behind what was given back; null in the middle of an event. */
  cut(cut: Cut): Uint8Array | null;
};

/** How events stand in the bytes of an answer; `bytes` has none. */
export type Framing = 'sse' | 'json-array' | 'lines' | 'bytes';

export type StreamOptions = {
  /** Withhold the usage chunk that only we asked for. */
  readonly hideUsage: boolean;
  /** The answer may be continued, and the next turn will have to repeat it. */
  readonly collectAnswer: boolean;
};

/** One answer as two texts that must be the same: as it was given, and as it is repeated. */
export type Chained = {
  /** Of an answer in one piece. Null if there is none, or it is too long. */
  readAnswer(body: unknown): CollectedAnswer | null;
  /** Canonical text of the last answer that a request repeats; null in a new conversation. */
  lastAnswer(body: unknown): string | null;
};

export type DialectFamily = 'openai' | 'anthropic' | 'gemini' | 'ui' | 'plain';

export type Dialect = {
  readonly id: string;
  /** How its refusals look, and which header its callers put their key in. */
  readonly family: DialectFamily;
  readonly bodyKind: 'json' | 'form' | 'bytes';
  /** Where a provider serves it. */
  readonly upstreamPath: string;
  /** The rest of a path behind the route's own, where the dialect has one (Gemini). */
  readonly targetPattern?: RegExp;
  readRequest(input: RequestInput): Result<Ask, Denial>;
  /** What goes up. Allow-listed, forced where cost hides, clamped. */
  narrow(ask: Ask, narrowing: Narrowing): Narrowed;
  framing(ask: Ask, answerType: string): Framing;
  openStream(ask: Ask, options: StreamOptions): EventReader;
  /** For an answer in one piece. Null if it carries no valid usage. */
  readUsage(body: unknown, ask: Ask): Usage | null;
  /** Calls of tools in an answer in one piece. */
  toolCallsIn(body: unknown): number;
  /** Where an answer can be gone on from: what the next request has to repeat of it. */
  readonly conversation?: Chained;
  /** Where system texts and tools stand in its JSON, if it has them. */
  readonly anatomy?: Anatomy;
  /** Where its requests show a loop of tool calls that the caller runs. */
  readonly loop?: LoopShape;
};
