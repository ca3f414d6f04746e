// How an ended call counts in the totals of its day and model.

import { dayOf } from '../reconcile/day.ts';
import type { Statement } from '../reconcile/statement.ts';
import type { Hold } from './hold.ts';

/** The UTC day in which the call was reserved. */
export const statementDay = (hold: Pick<Hold, 'reservedAtMs'>): string => dayOf(hold.reservedAtMs);

/** `label` is `provider/model`; a model's name may have slashes of its own. */
export function emptyStatement(day: string, label: string): Statement {
  const slash = label.indexOf('/');
  return {
    day,
    provider: label.slice(0, slash),
    model: label.slice(slash + 1),
    calls: 0,
    estimatedCalls: 0,
    nanoUsd: 0,
    estimatedNanoUsd: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    adjustmentsNanoUsd: 0,
  };
}

/**
 * Adds a hold that was settled or has expired. What a provider refused cost nothing, used nothing,
 * and is on no bill.
 */
export function addTo(statement: Statement, { charged, estimated }: Hold): Statement {
  const nanoUsd = charged.nanoUsd ?? 0;
  if (nanoUsd + (charged.inputTokens ?? 0) + (charged.outputTokens ?? 0) === 0) return statement;
  return {
    ...statement,
    calls: statement.calls + 1,
    estimatedCalls: statement.estimatedCalls + (estimated ? 1 : 0),
    nanoUsd: statement.nanoUsd + nanoUsd,
    estimatedNanoUsd: statement.estimatedNanoUsd + (estimated ? nanoUsd : 0),
    inputTokens: statement.inputTokens + (charged.inputTokens ?? 0),
    cachedInputTokens: statement.cachedInputTokens + (charged.cachedInputTokens ?? 0),
    cacheWriteTokens: statement.cacheWriteTokens + (charged.cacheWriteTokens ?? 0),
    outputTokens: statement.outputTokens + (charged.outputTokens ?? 0),
  };
}
