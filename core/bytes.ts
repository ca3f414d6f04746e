// Byte strings and their two text forms. Base64url is decoded canonically: padding, the other
// alphabet and stray trailing bits are refused, so one byte string has exactly one spelling
// (a proof that could be respelled could be replayed).

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const STANDARD = ALPHABET.slice(0, 62) + '+/';

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** Up to here a loop is quicker than the way into the encoder and back; names are this short. */
const SHORT_CHARS_MAX = 64;

/** A text of ASCII only as its bytes; null if there is anything else in it. */
function asciiBytes(text: string): Bytes | null {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return null;
    bytes[i] = code;
  }
  return bytes;
}

export const utf8 = (text: string): Bytes =>
  (text.length > SHORT_CHARS_MAX ? null : asciiBytes(text)) ?? (encoder.encode(text) as Bytes);

/** UTF-8 bytes of a text, without making them. */
export function utf8Length(string: string): number {
  let bytes = string.length;
  for (let at = 0; at < string.length; at += 1) {
    const code = string.charCodeAt(at);
    if (code < 0x80) continue;
    // Half of a surrogate pair is two bytes of four.
    bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return bytes;
}

const codesOf = (alphabet: string): Uint8Array =>
  Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));

// Marked as pure: a script that never decodes or encodes one form leaves its table out.
const urlCodes = /* @__PURE__ */ codesOf(ALPHABET);
const standardCodes = /* @__PURE__ */ codesOf(STANDARD);

/** Without padding. */
function encodeWith(codes: Uint8Array, bytes: Uint8Array): string {
  const code = (word: number, shift: number): number => codes[(word >> shift) & 63] as number;
  const last = bytes.length % 3;
  const whole = bytes.length - last;
  let text = '';
  for (let i = 0; i < whole; i += 3) {
    const word =
      ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    text += String.fromCharCode(code(word, 18), code(word, 12), code(word, 6), code(word, 0));
  }
  if (last === 0) return text;
  const word = ((bytes[whole] as number) << 16) | ((bytes[whole + 1] ?? 0) << 8);
  text += String.fromCharCode(code(word, 18), code(word, 12));
  return last === 1 ? text : text + String.fromCharCode(code(word, 6));
}

function lookup(alphabet: string): Int8Array {
  const table = new Int8Array(128).fill(-1);
  for (let i = 0; i < 64; i += 1) table[alphabet.charCodeAt(i)] = i;
  return table;
}

const urlTable = /* @__PURE__ */ lookup(ALPHABET);
const standardTable = /* @__PURE__ */ lookup(STANDARD);

function decodeWith(table: Int8Array, text: string): Bytes | null {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (table[code] ?? -1) : -1;
    if (value < 0) return null;
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (word >> bits) & 0xff;
      at += 1;
    }
  }
  return (word & ((1 << bits) - 1)) === 0 ? bytes : null;
}

/** RFC 4648 §5 without padding. */
export const toBase64Url = (bytes: Uint8Array): string => encodeWith(urlCodes, bytes);

/** The one spelling of a byte string, or null. */
export const fromBase64Url = (text: string): Bytes | null => decodeWith(urlTable, text);

/** RFC 4648 §4 with padding: the form of RFC 9651 byte sequences. */
export const toBase64 = (bytes: Uint8Array): string =>
  encodeWith(standardCodes, bytes) + '='.repeat((3 - (bytes.length % 3)) % 3);

/** Padded and canonical, or null. */
export function fromBase64(text: string): Bytes | null {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) return null;
  return decodeWith(standardTable, text.slice(0, text.length - padding));
}

export const toHex = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += (byte + 256).toString(16).slice(1);
  return text;
};

/** The four bytes at `at` as a big-endian word. */
export const wordAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0;

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** The parts, one after another. A single part is returned as it is, not copied. */
export function concatBytes<Part extends Uint8Array>(parts: readonly Part[]): Part | Bytes {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `u32be length ‖ x` for each part: two different lists never encode to the same bytes. */
export function lengthPrefixed(prefix: Uint8Array, parts: readonly Uint8Array[]): Bytes {
  let total = prefix.length;
  for (const part of parts) total += 4 + part.length;
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  out.set(prefix, 0);
  let at = prefix.length;
  for (const part of parts) {
    view.setUint32(at, part.length);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}
