// Lowers a call's output ceiling to what its budgets pay for, in the body that goes up. It never
// raises one, and it takes nothing from a ledger.

import type { Call } from '../core/call.ts';
import type { PrincipalCounter } from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { affordableOutputTokens } from '../core/pricing/estimate.ts';
import { answerCallsMax } from '../core/run/amounts.ts';
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
  counters
    .filter(({ unit }) => unit === 'nanoUsd')
    .reduce(
      (least, { cap, used, held }) => Math.min(least, Math.max(0, cap - used - held)),
      Number.MAX_SAFE_INTEGER,
    );

/** Where no call of a tool is left, the model is told: it answers with what it has. */
export function withoutCalls(call: Call, granted: Amounts, deps: Deps): Call {
  const ask = present(call.ask, 'ask');
  const { loop } = call.route.dialect;
  const offers = ask.tools + ask.serverTools.length > 0;
  if (loop === undefined || !offers || answerCallsMax(call, granted) !== 0) return call;
  const told: Call = {
    ...call,
    ask: { ...ask, body: loop.withoutCalls(ask.body) },
    changes: [...call.changes, { field: 'tool-choice', from: null, to: 'none' }],
  };
  const tokens = present(call.outputTokensMax, 'outputTokensMax');
  return { ...told, forwarded: forwardedBody(told, tokens, deps.policy.realm) };
}

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
    changes: [
      ...call.changes,
      { field: 'output-tokens', from: estimate.outputTokensMax, to: tokens },
    ],
    forwarded: forwardedBody(call, tokens, deps.policy.realm),
  };
}
