// The other side of a reconciliation: one row of a provider's usage or cost export in one shape for
// all formats, what is wrong with an export, and the limits on what is read. No format is known
// here.

import type { ExactUsd } from './exact-usd.ts';

export type Provider = 'openai' | 'anthropic';

export type ProviderTokens = {
  /** Neither read from a cache nor written to one. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  /** All writes to a cache, those kept for an hour among them. */
  readonly cacheWriteTokens: number;
  readonly cacheWriteHourTokens: number;
  readonly outputTokens: number;
};

export type ProviderRow = {
  readonly provider: Provider;
  /** UTC, `2026-11-21`. */
  readonly day: string;
  /** As the export names it; of a cost that is no model's, what the cost is for. */
  readonly model: string;
  /** Null where the format does not count them. */
  readonly requests: number | null;
  /** Null in a cost export. */
  readonly tokens: ProviderTokens | null;
  /** Null in a usage export; below zero for a credit. */
  readonly exactUsd: ExactUsd | null;
  /** What is not the standard rate about it, such as `batch`; null where nothing is. */
  readonly terms: string | null;
};

export type ExportError = {
  readonly file: string;
  /** `line 12`, `data[0].results[3]`, or `file`. */
  readonly where: string;
  readonly sentence: string;
};

export const TEXT_CHARS_MAX = 16 * 1_024 * 1_024;
export const FILES_MAX = 100;
/** Of all files together. */
export const ROWS_MAX = 100_000;
export const STATEMENTS_MAX = 100_000;
/** Of one row: the sum over all rows stays an exact integer. */
export const COUNT_MAX = 50_000_000_000;
export const ERRORS_MAX = 50;
export const MODEL_CHARS_MAX = 200;

export type ErrorList = {
  readonly say: (where: string, sentence: string) => void;
  /** At most `ERRORS_MAX`, and one that counts the rest. */
  readonly all: () => readonly ExportError[];
};

export function errorsOf(file: string): ErrorList {
  const errors: ExportError[] = [];
  let unsaid = 0;
  return {
    say: (where, sentence) => {
      if (errors.length < ERRORS_MAX) errors.push({ file, where, sentence });
      else unsaid += 1;
    },
    all: () =>
      unsaid === 0
        ? errors
        : [...errors, { file, where: 'file', sentence: `has ${String(unsaid)} more errors` }],
  };
}

const SHOWN_CHARS_MAX = 60;

/** What a file says, safe to show: cut short, and control characters written out. */
export const quoted = (text: string): string =>
  JSON.stringify(
    text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text,
  ).replace(/\p{C}/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
