// Corrections by hand: what an operator may send, and what the ledger's answer means. A correction
// is a row of its own with an id of the operator's choosing, so sending it twice is harmless.

import * as z from 'zod';
import type { AdjustStatus } from '../../core/ledger/status.ts';
import type { AppContext } from '../app.ts';
import { say } from './admin-answers.ts';

const id = z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/, 'letters, digits and . _ : -, at most 64');
const reason = z.string().min(1).max(256);

/** Signed: what is added to, or taken off, the money counters of a principal. */
export const adjustment = z.strictObject({
  id,
  nanoUsd: z.int().refine((amount) => amount !== 0, 'nothing to adjust'),
  reason,
  /** When it counts; now, unless said. */
  at: z.iso.datetime().optional(),
});

/** What is given back of one call. */
export const refund = z.strictObject({ id, nanoUsd: z.int().min(1), reason });

const SENTENCES: Readonly<Record<Exclude<AdjustStatus, 'adjusted' | 'exists'>, string>> = {
  'exists-with-different-amount': 'There is another adjustment of this id, of another amount.',
  unknown: 'There is no such call here.',
  'still-held': 'The call is not over yet.',
  'exceeds-charge': 'That is more than the call was charged, earlier refunds counted.',
  'exceeds-used': 'A counter would fall below zero.',
};

export function adjusted(
  c: AppContext,
  status: AdjustStatus,
  facts: Readonly<Record<string, unknown>>,
): Response {
  if (status === 'adjusted' || status === 'exists') return c.json({ ...facts, status });
  if (status === 'unknown') return say(c, { kind: 'not-found', what: 'request' });
  return say(c, { kind: 'request-invalid', sentence: SENTENCES[status] });
}
