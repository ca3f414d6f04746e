// What a caller who asks for it is told at the end of a call: the cost, where the figure comes
// from, and what is left of the budget. Opt-in by `Weighbridge-Receipt: 1`, because a stream is
// otherwise passed on byte for byte.

import { utf8 } from '../../core/bytes.ts';
import type { Call } from '../../core/call.ts';
import { scopeOf } from '../../core/policy/limits.ts';
import type { Actual } from '../../core/pricing/actual.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import type { Reservation } from '../reserve.ts';

/** What a run cost is known only when its caller has gone. */
export const wantsReceipt = (call: Call): boolean =>
  call.route.run === null && call.headers.get('Weighbridge-Receipt') === '1';

export function receiptJson(
  { call, heldNanoUsd: firstNanoUsd, counters }: Reservation,
  actual: Actual,
  heldNanoUsd: number,
  usage: Usage | null,
): string {
  const [budget] = counters;
  return JSON.stringify({
    requestId: call.requestId,
    costNanoUsd: actual.nanoUsd,
    heldNanoUsd,
    usageSource: actual.source,
    usage:
      usage === null ? null : { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens },
    budget:
      budget === undefined
        ? null
        : {
            name: `${scopeOf(budget.principal)}-${budget.window}`,
            capNanoUsd: budget.cap,
            leftNanoUsd: Math.max(
              0,
              budget.cap - budget.used - budget.held + firstNanoUsd - actual.nanoUsd,
            ),
            resetsAtMs: budget.resetsAtMs,
          },
  });
}

/** One more event behind the provider's own last one. */
export const receiptEvent = (json: string): Uint8Array =>
  utf8(`event: weighbridge-receipt\ndata: ${json}\n\n`);
