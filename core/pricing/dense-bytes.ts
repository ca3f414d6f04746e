// Bytes of text that a tokenizer may take one by one: all that are not ASCII or Russian, also where
// JSON writes them in ASCII. Some scripts cost a token a byte (Cherokee, Linear B; o200k), where
// English costs a token for four or five.

const HIGH_BITS = 0x80808080 | 0;
const LOW_BITS = 0x01010101;
const BACKSLASH = 0x5c;
const BACKSLASHES = 0x5c5c5c5c;
const LETTER_U = 0x75;
/** `\u0950` stands for three bytes, `\ud808\udf45` for four. */
const ESCAPED_BYTES = 3;

/**
 * The two bytes of a letter from U+0410 to U+044F. Even random ones are half a token a byte (o200k,
 * cl100k), and without this Russian would be counted at seven times what it costs.
 */
const isRussian = (lead: number, second: number): boolean =>
  (lead === 0xd0 && second >= 0x90 && second <= 0xbf) ||
  (lead === 0xd1 && second >= 0x80 && second <= 0x8f);

/** One byte after the other; an escape that may go on in the next chunk counts as well. */
function denseAmong(bytes: Uint8Array, from: number, to: number): number {
  let dense = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if ((byte & 0x80) !== 0) {
      const isLetter = isRussian(byte, bytes[at + 1] ?? 0) || isRussian(bytes[at - 1] ?? 0, byte);
      if (!isLetter) dense += 1;
    }
    const isEscape = byte === BACKSLASH && (bytes[at + 1] ?? LETTER_U) === LETTER_U;
    if (isEscape) dense += ESCAPED_BYTES;
  }
  return dense;
}

/** Of a chunk of an answer, as it came. */
export function denseBytesIn(bytes: Uint8Array): number {
  const { length } = bytes;
  const aligned = -bytes.byteOffset & 3;
  // No word fits behind the next boundary, or there is none.
  if (length < aligned + 4) return denseAmong(bytes, 0, length);
  // Four at a time: most have neither a high bit nor a backslash.
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, (length - aligned) >> 2);
  let dense = denseAmong(bytes, 0, aligned);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as number;
    const zeroAtBackslash = word ^ BACKSLASHES;
    const hits = (word | ((zeroAtBackslash - LOW_BITS) & ~zeroAtBackslash)) & HIGH_BITS;
    if (hits === 0) continue;
    const at = aligned + (index << 2);
    dense += denseAmong(bytes, at, at + 4);
  }
  return dense + denseAmong(bytes, aligned + (words.length << 2), length);
}
