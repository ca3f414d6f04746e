// Every mutant of some files. What is changed, and to what, is decided by Stryker's instrumenter;
// of its answer only the places and replacements are used, and each mutant is the plain source with
// one place replaced. So what is tested is exactly what a survivor's report shows.

import { Instrumenter } from '@stryker-mutator/instrumenter';
import { makeMutant, type Mutant } from './mutation-mutant.ts';

type InstrumenterLog = ConstructorParameters<typeof Instrumenter>[0];

const never = (): boolean => false;
const nothing = (): void => undefined;
const SILENT: InstrumenterLog = {
  isTraceEnabled: never,
  isDebugEnabled: never,
  isInfoEnabled: never,
  isWarnEnabled: never,
  isErrorEnabled: never,
  isFatalEnabled: never,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};

type Position = { readonly line: number; readonly column: number };

/** Lines and columns count from 0. */
function offsetOf(source: string, { line, column }: Position): number {
  let start = 0;
  for (let passed = 0; passed < line; passed += 1) start = source.indexOf('\n', start) + 1;
  return start + column;
}

/** Nothing that stands beside it can take a part of it. */
const ATOM = /^(?:;|[\w.]+|"[^"]*"|``|\["?[^"\]]*"?\]|\{\})$/;
const ENDED_BEFORE = /(?:[([,:;{]|[^?]\?|=>|[^=!<>]=|\breturn)\s*$/;
const ENDED_AFTER = /^\s*(?:[)\],;:}]|\?[^?.])/;

/** A replacement is an expression of its own, whatever operators stand around its place. */
function fitted(source: string, start: number, end: number, replacement: string): string {
  const replaced = source.slice(start, end);
  if (/^(?:\{|case\b|default\b)/.test(replaced) || ATOM.test(replacement)) return replacement;
  const apart = ENDED_BEFORE.test(source.slice(0, start)) && ENDED_AFTER.test(source.slice(end));
  return apart ? replacement : `(${replacement})`;
}

/** In the order of the files and of the places in them. */
export async function mutantsOf(sources: ReadonlyMap<string, string>): Promise<readonly Mutant[]> {
  const files = [...sources].map(([name, content]) => ({ name, content, mutate: true }));
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const instrumented = await new Instrumenter(SILENT).instrument(files, options);
  return instrumented.mutants.map(({ fileName, location, replacement, mutatorName }) => {
    const source = sources.get(fileName) ?? '';
    const start = offsetOf(source, location.start);
    const end = offsetOf(source, location.end);
    const text = fitted(source, start, end, replacement);
    return makeMutant(fileName, source, { start, end, text }, mutatorName);
  });
}
