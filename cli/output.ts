// What a verb says, as JSON for programs and as text for people. Much of it was written by callers,
// by whoever wrote a policy or by a server: no character of theirs steers a terminal, and no float
// stands for money.

import { NANO_PER_USD } from '../core/money.ts';

/** What a verb found, in both forms. `code` 1: it found something wrong. */
export type Said = { readonly json: unknown; readonly text: string; readonly code?: 0 | 1 };

/** Control characters, what turns text round or hides in it, and halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

/** One line of somebody else's, as it can be shown. */
export const plain = (text: unknown): string =>
  (typeof text === 'string' ? text : (JSON.stringify(text) ?? 'undefined')).replace(
    UNSEEN,
    escaped,
  );

/** `JSON.stringify` leaves C1 controls and marks of direction as they are. */
export const jsonText = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped)}\n`;

const NANO_PER_MICRO = 1_000;

/** `$0.0025`: two to six decimals, by integers, rounded away from zero. */
export function dollars(nanoUsd: unknown): string {
  if (typeof nanoUsd !== 'number' || !Number.isSafeInteger(nanoUsd)) return '$?';
  const micros = Math.ceil(Math.abs(nanoUsd) / NANO_PER_MICRO);
  const perUsd = NANO_PER_USD / NANO_PER_MICRO;
  const fraction = String(micros % perUsd).padStart(6, '0');
  const decimals = `${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, '')}`;
  return `${nanoUsd < 0 ? '-' : ''}$${String(Math.floor(micros / perUsd))}.${decimals}`;
}

/** An amount of a counter's unit. */
export const amount = (unit: unknown, value: unknown): string =>
  unit === 'nanoUsd' ? dollars(value) : plain(value);

/** Columns as wide as what stands in them; the last one as long as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, [...cell].length);
    });
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

/** `2026-11-22 14:05 UTC` of a time as the gateway writes it, or a dash. */
export const minute = (iso: unknown): string =>
  typeof iso === 'string' ? `${plain(iso).slice(0, 16).replace('T', ' ')} UTC` : '–';
