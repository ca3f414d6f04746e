// Our side of a reconciliation: what the ledger says a day of a model came to. Reads a list of
// statements as the gateway answers it, and refuses one that contradicts itself; it adds nothing up
// and prices nothing.

import * as z from 'zod';
import { parseStrictJson } from '../json.ts';
import { err, ok, type Result } from '../result.ts';
import { isDay } from './day.ts';
import {
  COUNT_MAX,
  type ExportError,
  MODEL_CHARS_MAX,
  quoted,
  STATEMENTS_MAX,
  TEXT_CHARS_MAX,
} from './export.ts';

export type Statement = {
  /** UTC, `2026-11-21`. */
  readonly day: string;
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  /** Of `calls`, those whose charge is not from the provider's own usage. */
  readonly estimatedCalls: number;
  /** What the calls were charged, estimates included, adjustments not. */
  readonly nanoUsd: number;
  readonly estimatedNanoUsd: number;
  /** All input tokens: those read from and those written to a cache are among them. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** What was corrected afterwards; below zero where we had charged too much. */
  readonly adjustmentsNanoUsd: number;
};

const amount = z.int('must be a whole number').min(0, 'must not be negative');
const count = amount.max(COUNT_MAX, `must not be more than ${String(COUNT_MAX)}`);
const name = z
  .string('must be text')
  .min(1, 'must not be empty')
  .max(MODEL_CHARS_MAX, `must have at most ${String(MODEL_CHARS_MAX)} characters`)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must not have control characters');

const statementSchema = z
  .object({
    day: z.string('must be text').refine(isDay, 'must be a day such as 2026-11-21'),
    provider: name,
    model: name,
    calls: count,
    estimatedCalls: count,
    nanoUsd: amount,
    estimatedNanoUsd: amount,
    inputTokens: count,
    cachedInputTokens: count,
    cacheWriteTokens: count,
    outputTokens: count,
    adjustmentsNanoUsd: z.int('must be a whole number'),
  })
  .refine((one) => one.cachedInputTokens + one.cacheWriteTokens <= one.inputTokens, {
    path: ['inputTokens'],
    error: 'must include the cached and the cache-write tokens, and is less than they are',
  })
  .refine((one) => one.estimatedCalls <= one.calls, {
    path: ['estimatedCalls'],
    error: 'must not be more than calls',
  })
  .refine((one) => one.estimatedNanoUsd <= one.nanoUsd, {
    path: ['estimatedNanoUsd'],
    error: 'must not be more than nanoUsd',
  });

const list = z
  .array(statementSchema, 'must be a list of statements')
  .max(STATEMENTS_MAX, `must have at most ${String(STATEMENTS_MAX)} statements`);

const DEPTH_MAX = 12;

const answerSchema = z.object({ statements: list });

/** `{"statements":[…]}`, or everything that is wrong with it. */
export function readStatements(
  file: string,
  text: string,
): Result<readonly Statement[], readonly ExportError[]> {
  const refuse = (where: string, sentence: string) => err([{ file, where, sentence }]);
  if (text.length > TEXT_CHARS_MAX) {
    return refuse('file', `is longer than ${String(TEXT_CHARS_MAX)} characters`);
  }
  const parsed = parseStrictJson(text, { depthMax: DEPTH_MAX, keysMax: STATEMENTS_MAX * 20 });
  if (!parsed.ok) {
    const { reason, what } = parsed.error;
    return refuse('file', `is not JSON we take (${reason}): ${quoted(what)}`);
  }
  const checked = answerSchema.safeParse(parsed.value);
  if (checked.success) return ok(checked.data.statements);
  return err(
    checked.error.issues.map((issue) => ({
      file,
      where: issue.path.map(String).join('.') || 'file',
      sentence: issue.message,
    })),
  );
}
