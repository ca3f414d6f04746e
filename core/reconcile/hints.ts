// Sentences about a comparison that a reader would otherwise have to find out: names that look like
// each other, rates that are not the standard one, estimates, roundings. A hint changes no figure.

import { dollars } from './dollars.ts';
import type { Line } from './line.ts';

const HINTS_MAX = 40;

/** Without spelling and without a date at its end: what two names of one model have in common. */
const kinship = (model: string): string =>
  model
    .toLowerCase()
    .replace(/[ ._]+/g, '-')
    .replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest)$/, '');

/** Names that a shell takes as they are between single quotes. */
const PLAIN_NAME = /^[\w .:/@-]+$/;

function lookAlike(theirs: string, ours: string): string {
  const likeness = `"${theirs}" there looks like "${ours}" here.`;
  if (!PLAIN_NAME.test(theirs) || !PLAIN_NAME.test(ours)) return likeness;
  return `${likeness} If they are one model, say so: --alias '${theirs}=${ours}'.`;
}

/** Unmatched names of theirs that look like an unmatched name of ours. */
function lookAlikes(lines: readonly Line[]): string[] {
  const ours = new Map<string, Set<string>>();
  for (const { model, reasons } of lines) {
    if (!reasons.includes('missing-there')) continue;
    const kin = ours.get(kinship(model)) ?? new Set();
    ours.set(kinship(model), kin.add(model));
  }
  const hints = new Set<string>();
  for (const { reasons, theirNames } of lines) {
    if (!reasons.includes('missing-here')) continue;
    for (const theirs of theirNames) {
      for (const model of ours.get(kinship(theirs)) ?? []) {
        if (hints.size >= HINTS_MAX) return [...hints];
        if (theirs !== model) hints.add(lookAlike(theirs, model));
      }
    }
  }
  return [...hints];
}

const many = (count: number, one: string): string =>
  `${String(count)} ${one}${count === 1 ? '' : 's'}`;

function notes(lines: readonly Line[]): string[] {
  const hints: string[] = [];
  const terms = lines.filter((line) => line.priced && line.terms.length > 0);
  if (terms.length > 0) {
    const names = [...new Set(terms.flatMap((line) => line.terms))].slice(0, 5).join(', ');
    hints.push(
      `${many(terms.length, 'line')} of theirs priced by us at the standard rate had other terms: ` +
        `${names}. A cost export says what was billed.`,
    );
  }
  const estimated = lines.reduce((total, line) => total + line.estimatedCalls, 0);
  if (estimated > 0) {
    const amount = dollars(lines.reduce((total, line) => total + line.estimatedNanoUsd, 0n));
    hints.push(
      `${many(estimated, 'call')} of ours, ${amount}, ${estimated === 1 ? 'was' : 'were'} ` +
        'estimated because no usage of the provider came: they can differ by nature.',
    );
  }
  const rounded = lines.filter((line) => line.rounded).length;
  if (rounded > 0) {
    hints.push(
      `${many(rounded, 'line')} of theirs came to a fraction of a nano-dollar and ` +
        `${rounded === 1 ? 'was' : 'were'} rounded to the nearest one.`,
    );
  }
  if (lines.some((line) => line.reasons.includes('no-cost'))) {
    hints.push(
      'no-cost: the export states costs for that day, but none under this name. ' +
        'Its usage and cost exports may name the model differently.',
    );
  }
  return hints;
}

export function hintsOf(
  lines: readonly Line[],
  aliases: ReadonlyMap<string, string>,
): readonly string[] {
  const named = new Set(lines.flatMap((line) => line.theirNames));
  const unused = [...aliases.keys()]
    .filter((theirs) => !named.has(theirs))
    .map((theirs) => `The alias "${theirs}" names nothing in the export.`);
  return [...lookAlikes(lines), ...notes(lines), ...unused].slice(0, HINTS_MAX);
}
