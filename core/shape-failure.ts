// From a schema's complaint to a denial that a developer can act on: which field, and in a sentence
// what is wrong with it. An unknown field is named, never quietly dropped.

import type * as z from 'zod';
import type { Denial } from './denial.ts';

const PATH_CHARS_MAX = 120;

function pathOf(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${String(step)}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  if (text === '') return 'body';
  return text.length > PATH_CHARS_MAX ? `${text.slice(0, PATH_CHARS_MAX)}…` : text;
}

type Issue = z.core.$ZodIssue;

/** A union complains once per branch; the branch that got furthest is the one that was meant. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  let best: Issue | null = null;
  for (const branch of issue.errors) {
    for (const inner of branch) {
      const found = deepest(inner);
      if (best === null || found.path.length > best.path.length) best = found;
    }
  }
  if (best === null || best.path.length === 0) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

/** `Invalid input: expected array, received undefined`, as one would say it. */
export const inWords = (message: string): string =>
  message.replace(/^Invalid input: (.+), received undefined$/, 'is missing: $1');

type ShapeDenial = Extract<Denial, { kind: 'shape-refused' | 'field-unknown' }>;

export function shapeDenial(error: z.ZodError): ShapeDenial {
  const [first] = error.issues;
  if (first === undefined) return { kind: 'shape-refused', field: 'body', sentence: 'Not valid.' };
  const issue = deepest(first);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const parent = issue.path.length === 0 ? '' : `${pathOf(issue.path)}.`;
    return { kind: 'field-unknown', field: `${parent}${key}`.slice(0, PATH_CHARS_MAX) };
  }
  return { kind: 'shape-refused', field: pathOf(issue.path), sentence: inWords(issue.message) };
}
