/**
 * The text this provider "generates": words from a fixed list, or the script's text cut in short
 * tokens. Deterministic: the same wish gives the same tokens. It refuses randomness and models.
 */

/** `count` tokens from the word list, each 3 to 7 bytes with its leading space. */
export function generateWordTokens(count: number): string[] {
  const tokens: string[] = [];
  for (let index = 0; index < count; index += 1) {
    tokens.push(` ${WORDS[index % WORDS.length] ?? 'word'}`);
  }
  return tokens;
}

/** The text cut in tokens of TOKEN_CHARACTERS characters, never inside a code point. */
export function splitTextTokens(text: string): string[] {
  const tokens: string[] = [];
  const characters = Array.from(text);
  for (let start = 0; start < characters.length; start += TOKEN_CHARACTERS) {
    tokens.push(characters.slice(start, start + TOKEN_CHARACTERS).join(''));
  }
  return tokens;
}

/** Exactly `count` of the tokens: cut short, or begun again as often as it takes. */
export function cycleTokens(tokens: readonly string[], count: number): string[] {
  const cycled: string[] = [];
  for (let index = 0; index < count; index += 1) cycled.push(tokens[index % tokens.length] ?? '');
  return cycled;
}

const TOKEN_CHARACTERS = 4;

const WORDS = [
  'the',
  'scale',
  'rests',
  'and',
  'each',
  'load',
  'comes',
  'to',
  'be',
  'read',
  'before',
  'it',
  'may',
  'pass',
  'under',
  'open',
  'sky',
  'where',
  'carts',
  'wait',
  'their',
  'turn',
  'with',
  'grain',
  'stone',
  'or',
  'salt',
  'so',
  'every',
  'ounce',
  'counts',
];

const DEFAULT_ANSWER =
  'Hello! I am happy to help you with that. Here is a short answer, one word at a time, so ' +
  'that you can watch it arrive. Ask me for more and I will gladly say some more. Good luck!';

/** What an unscripted call answers: one word a token. */
export const DEFAULT_ANSWER_TOKENS: readonly string[] = DEFAULT_ANSWER.match(/\s?\S+/g) ?? [];
