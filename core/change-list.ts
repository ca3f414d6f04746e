// What was changed in a request, as one header field: a list of names with what was asked and what
// was put in its place (RFC 9651, lists of items with parameters).

import type { Change } from './call.ts';

export const CHANGES_SHOWN_MAX = 16;
const TEXT_CHARS_MAX = 64;
/** RFC 9651: an integer has at most 15 digits, a decimal at most three behind its point. */
const INTEGER_MAX = 999_999_999_999_999;

const plainText = (text: string): string =>
  text.replace(/[^\x20-\x7e]|["\\]/g, '?').slice(0, TEXT_CHARS_MAX);

function bareItem(value: NonNullable<Change['from']>): string {
  if (typeof value === 'boolean') return value ? '?1' : '?0';
  if (typeof value === 'string') return `"${plainText(value)}"`;
  if (Math.abs(value) > INTEGER_MAX || !Number.isFinite(value)) return `"${String(value)}"`;
  return String(Math.round(value * 1_000) / 1_000);
}

/** RFC 9651 keys and tokens: lower-case letters, digits and a few signs. */
const token = (name: string): string => {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9_.-]/g, '-')
    .slice(0, TEXT_CHARS_MAX);
  return /^[a-z]/.test(plain) ? plain : `x${plain}`;
};

const itemOf = ({ field, from, to }: Change): string =>
  [
    token(field),
    ...(from === null ? [] : [`from=${bareItem(from)}`]),
    ...(to === null ? [] : [`to=${bareItem(to)}`]),
  ].join(';');

export const changeList = (changes: readonly Change[]): string =>
  changes.slice(0, CHANGES_SHOWN_MAX).map(itemOf).join(', ');
