/**
 * What a provider says its counts are: the truth, nothing, or, when a script asks for it, nonsense
 * of three kinds in turn. What is told here never changes what is billed.
 */
import type { Fault } from './script.ts';

export type Tell = (tokens: number) => number | string;

/** Undefined where usage is not to be reported at all. */
export function tellerOf(fault: Fault, callsBefore: number): Tell | undefined {
  if (fault === 'no-usage') return undefined;
  if (fault !== 'wrong-usage') return (tokens) => tokens;
  return DISTORTIONS[callsBefore % DISTORTIONS.length];
}

/** Negative for the first call of a script, then strings, then fractions, and round again. */
const DISTORTIONS: readonly Tell[] = [
  (tokens) => -tokens - 1,
  (tokens) => String(tokens),
  (tokens) => tokens + 0.5,
];
