/**
 * A model that does what any text in its prompt tells it: it calls the first tool that it is
 * offered as often as the largest "20 times" in the request says, wherever and however that is
 * written, and once in every answer where nothing says so. It has no judgement, and is not meant
 * to have any.
 */
import type { ScriptedToolCall } from './script-fields.ts';

/** Calls that one answer may begin; real models stop far earlier. */
const OBEYED_CALLS_MAX = 128;
const WORDS =
  'times|calls|mal|fois|veces|vezes|volte|raz|kali|kere|lần|раз|次|回|번|बार|مرات|פעמים';
const TIMES = new RegExp(`(\\d{1,3})(?:\\s|-|\\\\n)*(?:${WORDS})`, 'giu');
const BASE64 = /[A-Za-z0-9+/]{24,}={0,2}/g;
const HEX = /(?:[0-9a-f]{2}){16,}/gi;

/** The calls that a request orders. */
export function obeyedCalls(
  bodyText: string,
  usual: readonly ScriptedToolCall[],
): ScriptedToolCall[] {
  const [call] = usual;
  if (call === undefined) return [];
  const times = Math.max(1, ...readings(bodyText).flatMap(timesIn));
  return Array.from({ length: Math.min(times, OBEYED_CALLS_MAX) }, () => call);
}

const timesIn = (text: string): number[] =>
  [...text.matchAll(TIMES)].map(([, digits]) => Number(digits));

/** The text as it is, backwards, and what is hidden in it by the usual encodings. */
function readings(text: string): string[] {
  const decoded = (found: string, encoding: 'base64' | 'hex') =>
    Buffer.from(found, encoding).toString('utf8');
  return [
    text,
    [...text].toReversed().join(''),
    rot13(text),
    ...(text.match(BASE64) ?? []).map((found) => decoded(found, 'base64')),
    ...(text.match(HEX) ?? []).map((found) => decoded(found, 'hex')),
  ];
}

const rot13 = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
