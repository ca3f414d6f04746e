// A mutant: one file of the project with one small thing wrong in it, and how to say which. Texts
// are put on one line and cut to where they differ, so that they can be read, listed and compared.

import { transform } from 'esbuild';

export type Mutant = {
  /** Path from the project's root. */
  readonly file: string;
  readonly line: number;
  /** The line of source it begins in, without its margins. */
  readonly within: string;
  readonly from: string;
  readonly to: string;
  /** What was done, in a word or in a sentence. */
  readonly says: string;
  /** The whole file as it is now. */
  readonly source: string;
};

export type Edit = { readonly start: number; readonly end: number; readonly text: string };

const SHOWN_CHARS_MAX = 160;
const SHOWN_CHARS_BEFORE = 40;

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function cut(text: string, differsAt: number): string {
  const from = differsAt > SHOWN_CHARS_BEFORE * 2 ? differsAt - SHOWN_CHARS_BEFORE : 0;
  const part = text.slice(from, from + SHOWN_CHARS_MAX);
  return `${from > 0 ? '…' : ''}${part}${from + part.length < text.length ? '…' : ''}`;
}

/** Makes the mutant that this edit of a file is. */
export function makeMutant(file: string, original: string, edit: Edit, says: string): Mutant {
  const before = original.slice(0, edit.start);
  const from = oneLine(original.slice(edit.start, edit.end));
  const to = oneLine(edit.text);
  let differsAt = 0;
  while (differsAt < from.length && from[differsAt] === to[differsAt]) differsAt += 1;
  const line = before.split('\n').length;
  return {
    file,
    line,
    within: (original.split('\n')[line - 1] ?? '').trim(),
    from: cut(from, differsAt),
    to: cut(to, differsAt),
    says,
    source: `${before}${edit.text}${original.slice(edit.end)}`,
  };
}

/** Throws for a mutant that is not a program: it would count as killed by tests that never ran. */
export async function parse({ file, line, to, source }: Mutant): Promise<void> {
  await transform(source, { loader: 'ts', logLevel: 'silent' }).catch((cause: unknown) => {
    throw new Error(`${file}:${String(line)} cannot become ${to}`, { cause });
  });
}
