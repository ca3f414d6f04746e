// Lowers a call's output ceiling to what its budgets pay for, in the body that goes up. It never
// raises one, and it takes nothing from a ledger.

import type { Call } from '../core/call.ts';
import type { PrincipalCounter } from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { affordableOutputTokens } from '../core/pricing/estimate.ts';
import { present } from '../core/result.ts';
import type { Deps } from './env.ts';
import { forwardedBody } from './gates/price.ts';

export type Grants = {
  readonly granted: Amounts;
  /** After the hold. */
  readonly counters: readonly PrincipalCounter[];
};

/** What the counters of the call could still give, as far as they were told to us. */
const leftIn = (counters: readonly PrincipalCounter[]): number =>
  counters.reduce(
    (least, { cap, used, held }) => Math.min(least, Math.max(0, cap - used - held)),
    Number.MAX_SAFE_INTEGER,
  );

/**
 * The call with the output ceiling that its budgets pay for: a model that knows where it has to
 * stop answers better than one that is cut.
 */
export function narrowTo(call: Call, { granted, counters }: Grants, deps: Deps): Call {
  const estimate = present(call.estimate, 'estimate');
  const { nanoUsd = 0, outputTokens = 0 } = granted;
  const isSlice = nanoUsd < estimate.totalNanoUsd && nanoUsd >= estimate.firstNanoUsd;
  const reachable = isSlice ? Math.min(estimate.totalNanoUsd, nanoUsd + leftIn(counters)) : nanoUsd;
  const affordable = affordableOutputTokens(estimate, reachable);
  // A first slice that was granted whole can grow: the ceiling stays what it is.
  const counted =
    outputTokens >= estimate.outputTokensFirst
      ? estimate.outputTokensMax
      : Math.floor(outputTokens / estimate.choices);
  const tokens = Math.min(affordable, counted);
  if (tokens >= estimate.outputTokensMax) return call;
  return {
    ...call,
    outputTokensMax: tokens,
    forwarded: forwardedBody(call, tokens, deps.policy.realm),
  };
}
