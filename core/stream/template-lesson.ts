// Makes a template of an event that a dialect calls plain, and believes in it only after it was
// tried out: filled with other text, the dialect must count exactly that text, and padding must
// change nothing.

import { utf8 } from '../bytes.ts';
import type { PlainEvents } from './event.ts';
import type { Framer } from './framer.ts';
import { TEMPLATE_BYTES_MAX } from './limits.ts';
import { type Hole, Template } from './template.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const BLANK = 0x20;
const CR = 0x0d;
const CLOSE_OBJECT = 0x7d;

/** `.`, `E` and `e`. */
const NUMBER_GOES_ON = new Set([0x2e, 0x45, 0x65]);

const decoder = new TextDecoder();

type Gap = { readonly from: number; readonly to: number; readonly hole: Hole };

/** Behind the closing quote of the string that begins at `at`. */
function stringEnd(bytes: Uint8Array, at: number): number {
  for (let i = at + 1; i < bytes.length; i += 1) {
    if (bytes[i] === BACKSLASH) i += 1;
    else if (bytes[i] === QUOTE) return i + 1;
  }
  return bytes.length;
}

function skipBlanks(bytes: Uint8Array, at: number): number {
  let after = at;
  while (bytes[after] === BLANK) after += 1;
  return after;
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** The value at `at` as a gap, if a member of this name may vary. */
function gapAt(bytes: Uint8Array, at: number, name: string, plain: PlainEvents): Gap | null {
  const shows = plain.shown.includes(name);
  if (!shows && !plain.varying.includes(name)) return null;
  if (bytes[at] === QUOTE) {
    return { from: at + 1, to: stringEnd(bytes, at) - 1, hole: shows ? 'shown' : 'string' };
  }
  let to = at;
  while (isDigit(bytes[to])) to += 1;
  // Only whole numbers: what it says of others would be wrong.
  const isWhole = to > at && !NUMBER_GOES_ON.has(bytes[to] ?? 0);
  return shows || !isWhole ? null : { from: at, to, hole: 'number' };
}

/** Where this event may differ from the next. */
function gapsIn(bytes: Uint8Array, dataAt: number, plain: PlainEvents): Gap[] {
  const gaps: Gap[] = [];
  let at = dataAt;
  while (at < bytes.length) {
    if (bytes[at] !== QUOTE) {
      at += 1;
      continue;
    }
    const end = stringEnd(bytes, at);
    const colon = skipBlanks(bytes, end);
    if (bytes[colon] !== COLON) {
      at = end;
      continue;
    }
    const name = decoder.decode(bytes.subarray(at + 1, end - 1));
    const gap = gapAt(bytes, skipBlanks(bytes, colon + 1), name, plain);
    if (gap !== null) gaps.push(gap);
    at = gap === null ? colon + 1 : gap.hole === 'number' ? gap.to : gap.to + 1;
  }
  // Anthropic pads most of its events with blanks before the last brace.
  const brace = bytes.lastIndexOf(CLOSE_OBJECT);
  let from = brace;
  while (bytes[from - 1] === BLANK) from -= 1;
  const last = gaps.at(-1);
  if (from < brace && (last === undefined || last.to < from)) {
    gaps.push({ from, to: brace, hole: 'blanks' });
  }
  return gaps;
}

const NOTHING = utf8('');
const TRIAL_TEXT = utf8('x\\n\\"\u00e9\u20ac\u{1f600}');
/** As UTF-8, unescaped. */
const TRIAL_BYTES = 12;

const EMPTY: Readonly<Record<Hole, Uint8Array>> = {
  shown: NOTHING,
  string: NOTHING,
  number: utf8('0'),
  blanks: NOTHING,
};
const TRIAL: Readonly<Record<Hole, Uint8Array>> = {
  shown: TRIAL_TEXT,
  string: TRIAL_TEXT,
  number: utf8('1234567890'),
  blanks: utf8('   '),
};

/** The template of this whole event; null if it cannot be trusted to be one. */
export function templateOf(bytes: Uint8Array, framer: Framer, plain: PlainEvents): Template | null {
  // A CRLF that came in two halves: the event of a template ends where the next one begins.
  if (bytes.length > TEMPLATE_BYTES_MAX || bytes.at(-1) === CR) return null;
  const dataAt = framer.dataAt(bytes);
  if (dataAt < 0) return null;
  const gaps = gapsIn(bytes, dataAt, plain);
  const shown = gaps.filter(({ hole }) => hole === 'shown').length;
  if (shown === 0 || (shown > 1 && plain.wantsText !== undefined)) return null;
  const edges = [0, ...gaps.map(({ to }) => to)];
  const literals = edges.map((from, i) => bytes.subarray(from, gaps[i]?.from));
  const template = new Template(
    literals,
    gaps.map(({ hole }) => hole),
  );
  const weigh = (fill: Readonly<Record<Hole, Uint8Array>>): number | null => {
    const event = framer.read(template.filled((hole) => fill[hole]));
    return event === null ? null : plain.weigh(event);
  };
  const isTrue =
    weigh(EMPTY) === 0 &&
    weigh(TRIAL) === shown * TRIAL_BYTES &&
    weigh({ ...EMPTY, shown: TRIAL_TEXT }) === shown * TRIAL_BYTES;
  return isTrue ? template : null;
}
