// Reads what an event says of usage when the event is too large to be kept, from its first and last
// characters. What stands there as text of the model or the caller cannot pass for it.

import { type Json, parseRecord, record, text } from './json-value.ts';

const TYPE = /"type"\s*:\s*"([a-z_]{1,32}(?:\.[a-z_]{1,64}){0,3})"/;
const TYPE_AT_END = /"type"\s*:\s*"([a-z_.]{1,128})"\s*\}\s*$/;
const ERROR = /^\s*\{\s*"error"\s*:\s*[{"]/;
const USAGE = /"usage"\s*:\s*(?=\{)/g;

/** By the name of the event, or as its data says first or last. */
export const largeEventType = (event: string, head: string, tail: string): string =>
  event !== '' && event !== 'message'
    ? event
    : (TYPE_AT_END.exec(tail)?.[1] ?? TYPE.exec(head)?.[1] ?? '');

/** Its data begin with an error that says something: no text of a model stands there. */
export const beginsWithError = (head: string): boolean => ERROR.test(head);

/**
 * The record that holds `usage` and what follows it, so many levels deep. The last `usage` in the
 * text is taken, and only if the text behind it closes exactly those levels: a `usage` in a string
 * has its quotes escaped, and one inside another object does not close them.
 */
export function recordAtEnd(tail: string, levels: 1 | 2): Json {
  const start = [...tail.matchAll(USAGE)].at(-1)?.index;
  if (start === undefined) return {};
  const inner = tail.slice(start);
  if (levels === 1) return parseRecord(`{${inner}`) ?? {};
  return record(parseRecord(`{"it":{${inner}`)?.['it']);
}

/** A string field of the record that begins the event. */
export const fieldAtStart = (head: string, name: string): string =>
  text(new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]{1,256})"`).exec(head)?.[1]);
