// Most events of a stream differ from the one before in a few places: the text, random padding, a
// running number. A template is one event with holes there. Bytes that fit it are the same JSON but
// for what fills the holes, so they are counted without being read. Whatever it is not sure of
// (a broken character, a number with a leading zero) does not fit.

/** What fills a hole: a string that shows, a string, a number, blanks between two braces. */
export type Hole = 'shown' | 'string' | 'number' | 'blanks';

/** Bytes, and the same in words: comparing eight at a time is five times as fast. */
type Literal = {
  readonly bytes: Uint8Array;
  readonly words: BigInt64Array;
  /** The last eight bytes, which may overlap the words before; of a shorter one none. */
  readonly last: bigint;
};

const WORD_BYTES = 8;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const ZERO = 0x30;
const DIGITS_MAX = 15;
/** Up to here a loop is quicker than the way into the decoder and back. */
const SHORT_BYTES_MAX = 32;

const decoder = new TextDecoder();

function literal(bytes: Uint8Array): Literal {
  const kept = bytes.slice();
  const view = new DataView(kept.buffer);
  const words = new BigInt64Array(Math.floor(kept.length / WORD_BYTES));
  for (let i = 0; i < words.length; i += 1) words[i] = view.getBigInt64(i * WORD_BYTES, true);
  const last = words.length === 0 ? 0n : view.getBigInt64(kept.length - WORD_BYTES, true);
  return { bytes: kept, words, last };
}

function isAt(
  { bytes, words, last }: Literal,
  among: Uint8Array,
  view: DataView,
  at: number,
): boolean {
  const { length } = words;
  if (length === 0) {
    for (let i = 0; i < bytes.length; i += 1) if (among[at + i] !== bytes[i]) return false;
    return true;
  }
  let from = at;
  for (let i = 0; i < length; i += 1) {
    if (view.getBigInt64(from, true) !== words[i]) return false;
    from += WORD_BYTES;
  }
  return view.getBigInt64(at + bytes.length - WORD_BYTES, true) === last;
}

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x80 && byte < 0xc0;

/** Bytes of the well-formed UTF-8 sequence at `at` (RFC 3629 §4) beyond ASCII; 0 if none. */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  const second = bytes[at + 1];
  if (lead < 0xc2 || lead > 0xf4 || second === undefined || !isContinuation(second)) return 0;
  if (lead < 0xe0) return 2;
  if (!isContinuation(bytes[at + 2])) return 0;
  if (lead < 0xf0) {
    return (lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f) ? 0 : 3;
  }
  if (!isContinuation(bytes[at + 3])) return 0;
  return (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f) ? 0 : 4;
}

function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i += 1) {
    const byte = (bytes[i] ?? 0) | 0x20;
    const digit = byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : (bytes[i] ?? 0) - ZERO;
    if (digit < 0 || digit > 15 || (digit > 9 && byte < 0x61)) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** `"\/bfnrt` */
const isShortEscape = (byte: number | undefined): boolean =>
  byte === QUOTE ||
  byte === BACKSLASH ||
  byte === 0x2f ||
  byte === 0x62 ||
  byte === 0x66 ||
  byte === 0x6e ||
  byte === 0x72 ||
  byte === 0x74;

/** The string that stands between these quotes. */
const quoted = (bytes: Uint8Array, from: number, to: number): string =>
  JSON.parse(decoder.decode(bytes.subarray(from - 1, to + 1))) as string;

function blanksEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === BLANK) at += 1;
  return at;
}

export class Template {
  readonly #literals: readonly Literal[];
  readonly #holes: readonly Hole[];
  /** Of the bytes that fitted last: what showed, as UTF-8; and the number in them. */
  visibleBytes = 0;
  number: number | null = null;
  /** Of the string that was looked at last: its bytes as UTF-8. */
  #size = 0;
  /** Where in the bytes that fitted last the text is that shows. */
  #textFrom = 0;
  #textTo = 0;

  /** One literal more than holes. */
  constructor(literals: readonly Uint8Array[], holes: readonly Hole[]) {
    this.#literals = literals.map(literal);
    this.#holes = holes;
  }

  /** What it occupies: each byte twice. */
  get heldBytes(): number {
    return this.#literals.reduce((sum, { bytes }) => sum + 2 * bytes.length, 0);
  }

  /** The index behind the event that begins at `at` and fits, and ends before `to`; else -1. */
  fit(bytes: Uint8Array, view: DataView, at: number, to: number): number {
    const literals = this.#literals;
    const holes = this.#holes;
    const first = literals[0] as Literal;
    let from = at + first.bytes.length;
    if (from > to || !isAt(first, bytes, view, at)) return -1;
    let visible = 0;
    for (let i = 0; i < holes.length; i += 1) {
      const hole = holes[i] as Hole;
      const end =
        hole === 'blanks'
          ? blanksEnd(bytes, from, to)
          : hole === 'number'
            ? this.#digits(bytes, from, to)
            : this.#string(bytes, from, to);
      if (end < 0) return -1;
      if (hole === 'shown') {
        visible += this.#size;
        this.#textFrom = from;
        this.#textTo = end;
      }
      const next = literals[i + 1] as Literal;
      from = end + next.bytes.length;
      if (from > to || !isAt(next, bytes, view, end)) return -1;
    }
    this.visibleBytes = visible;
    return from;
  }

  /** What showed of the bytes that fitted last. */
  text(bytes: Uint8Array): string {
    const from = this.#textFrom;
    const to = this.#textTo;
    let text = '';
    if (to - from > SHORT_BYTES_MAX) return quoted(bytes, from, to);
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] as number;
      if (byte >= 0x80 || byte === BACKSLASH) return quoted(bytes, from, to);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** This template with its holes filled: how it is tried out. */
  filled(fill: (hole: Hole) => Uint8Array): Uint8Array {
    const parts: number[] = [];
    for (const [i, { bytes }] of this.#literals.entries()) {
      parts.push(...bytes);
      const hole = this.#holes[i];
      if (hole !== undefined) parts.push(...fill(hole));
    }
    return Uint8Array.from(parts);
  }

  #digits(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    let value = 0;
    while (at < to) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at += 1;
    }
    const digits = at - from;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && bytes[from] === ZERO)) return -1;
    this.number = value;
    return at;
  }

  /** Where a string has its closing quote, if all before it is well-formed; else -1. */
  #string(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    let size = 0;
    while (at < to) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#size = size;
        return at;
      }
      if (byte < BLANK) return -1;
      let step = 1;
      if (byte === BACKSLASH) {
        step = this.#escape(bytes, at);
        size += this.#size;
      } else {
        if (byte >= 0x80) step = sequenceAt(bytes, at);
        size += step;
      }
      if (step === 0) return -1;
      at += step;
    }
    return -1;
  }

  /** Bytes of the escape at `at`, 0 if it is none; what it stands for has `#size` bytes. */
  #escape(bytes: Uint8Array, at: number): number {
    this.#size = 1;
    if (isShortEscape(bytes[at + 1])) return 2;
    if (bytes[at + 1] !== 0x75) return 0;
    const code = hexAt(bytes, at + 2);
    if (code < 0) return 0;
    this.#size = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
    if (code < 0xd800 || code > 0xdfff) return 6;
    // Half of a pair: only with the other half.
    const isPair = code < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75;
    const low = isPair ? hexAt(bytes, at + 8) : -1;
    if (low < 0xdc00 || low > 0xdfff) return 0;
    this.#size = 4;
    return 12;
  }
}
