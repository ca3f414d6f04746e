// Limits as the operator writes them: at most so much of one unit within one window.

import * as z from 'zod';
import { WINDOWS } from '../ledger/window.ts';
import { count, usd } from './schema-words.ts';

/** Of one list. A call is counted in every entry of every list it meets. */
export const LIST_ENTRIES_MAX = 32;
/** A ledger object holds some thousands of open calls and no more. */
export const CONCURRENT_CALLS_MAX = 4_000;

const units = {
  usd: usd.optional(),
  requests: count.optional(),
  inputTokens: count.optional(),
  outputTokens: count.optional(),
  toolCalls: count.optional(),
  agentSteps: count.optional(),
  runs: count.optional(),
  retrievedDocuments: count.optional(),
  files: count.optional(),
  fileBytes: count.optional(),
  images: count.optional(),
  audioSeconds: count.optional(),
  concurrentCalls: z.int().min(1).max(CONCURRENT_CALLS_MAX).optional(),
};
/** What an entry may be counted in. */
export const LIMIT_UNITS = Object.keys(units) as (keyof typeof units)[];

/** At most this much of exactly one unit within this window. */
const limit = z.strictObject({ window: z.enum(WINDOWS), ...units });

export const list = z
  .array(limit, {
    error: ({ code }) =>
      code === 'invalid_type'
        ? 'write a list of limits, such as [{ window: "day", usd: "4" }]'
        : undefined,
  })
  .min(1, 'an empty list limits nothing: write a limit, or leave the list away if it may be absent')
  .max(LIST_ENTRIES_MAX);

/** Counted for one route alone, beside the limits above. */
const ofRoute = {
  user: list.optional(),
  key: list.optional(),
  agent: list.optional(),
  device: list.optional(),
  ip: list.optional(),
  ipWide: list.optional(),
  tenant: list.optional(),
};

export const routeLimits = z.strictObject({
  ...ofRoute,
  /** All calls of this route. */
  route: list.optional(),
});

/** What all callers of a route share is not a plan's to change. */
export const termsLimits = z.strictObject(ofRoute);
