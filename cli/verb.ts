// What every verb has in common: the options that all of them take, and how its answer gets to the
// program that runs it.

import { type Command, InvalidArgumentError } from 'commander';
import { misused } from './ending.ts';
import type { Common, Ground } from './ground.ts';
import type { Said } from './output.ts';

/** Runs what a verb does, prints what it says, and keeps the code to end with. */
export type Runner = (common: Common, act: (ground: Ground) => Promise<Said>) => Promise<void>;

/** Adds verbs to the program. */
export type Verb = (program: Command, run: Runner) => void;

const output = (command: Command): Command =>
  command
    .option('--json', 'as JSON, also on a terminal')
    .option('--text', 'as text, also where nobody reads it');

/** Options of a verb that reads or writes files only. */
export const local = (command: Command): Command =>
  output(command).option('--yes', 'do it without asking');

/** Options of a verb that asks a gateway. */
export const remote = (command: Command): Command =>
  output(command)
    .option('--gateway <url>', 'which one: else $WEIGHBRIDGE_URL, else what npm start runs here')
    .option('--state <dir>', 'the state folder of npm start, if it has another')
    .option('--token-stdin', 'the operator token is the first line of stdin');

/** The same, of a verb that changes something there. */
export const changing = (command: Command): Command =>
  remote(command).option('--yes', 'do it without asking');

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};

/** `30m` as seconds. */
export function seconds(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,8})([smhdw])$/.exec(text) ?? [];
  if (count === '') throw new InvalidArgumentError('Write 90s, 30m, 12h, 7d or 2w.');
  return Number(count) * (SECONDS[unit] ?? 1);
}

export function wholeNumber(text: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new InvalidArgumentError('Write a whole number.');
  return number;
}

export function day(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  if (!isDay) throw new InvalidArgumentError('Write a day, such as 2026-11-22.');
  return text;
}

/**
 * Commander would miss an option before it says that another one is misspelt, which it was meant to
 * be.
 */
export function needed(value: string | undefined, option: string): string {
  if (value === undefined || value.trim() === '') throw misused(`Say --${option}.`);
  return value;
}

/** For options that may be said again. */
export const listed = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];
