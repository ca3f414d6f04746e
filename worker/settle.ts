// Closes what `reserve` opened, exactly once: weighs what the call cost, tells every object, and
// makes the decision record. The second closing of a call is ignored here and a status in the
// ledger.

import type { Call } from '../core/call.ts';
import { givenAnswer } from '../core/conversation.ts';
import type { CollectedAnswer } from '../core/dialects/dialect.ts';
import type { GivenAnswer } from '../core/ledger/messages.ts';
import { type Actual, type Ending, weighActual } from '../core/pricing/actual.ts';
import type { Sighting, Usage } from '../core/pricing/usage.ts';
import { present } from '../core/result.ts';
import { usedAmounts } from './charges.ts';
import type { Deps } from './env.ts';
import { decisionRecord, type Trail } from './observe/record.ts';
import { logJson } from './observe/log.ts';
import { type Reservation, tellAll } from './reserve.ts';

export type Closing = {
  readonly ending: Ending;
  readonly streamed: boolean;
  readonly usage: Usage | null;
  readonly seen: Sighting;
  readonly originStatus: number | null;
  /** What of the answer came, where it may be continued. */
  readonly answer: CollectedAnswer | null;
};

/**
 * What the ledger hears of the answer: nothing, or its hashes, or null where not a byte of one got
 * through. Of one that cannot be told (it was too long) it hears nothing.
 */
function answerOf(call: Call, closing: Closing): GivenAnswer | null | undefined {
  const { conversation } = call.route;
  if (conversation === null) return undefined;
  const { answer, ending, streamed, seen } = closing;
  const isComplete = ending === 'complete';
  if (!isComplete && !(streamed && seen.visibleBytes > 0)) return null;
  return answer === null ? undefined : givenAnswer(answer, isComplete, conversation.keptMs);
}

/** What is charged, and the work that carries it to the ledgers. */
export function settle(
  reservation: Reservation,
  closing: Closing,
  trail: Trail,
  deps: Deps,
): { readonly actual: Actual; readonly told: Promise<void> } {
  const { call, heldNanoUsd } = reservation;
  const actual = weighActual({
    price: present(call.price, 'price'),
    estimate: present(call.estimate, 'estimate'),
    heldNanoUsd,
    ...closing,
  });
  const record = JSON.stringify(decisionRecord(reservation, closing, actual, trail, deps));
  logJson('call', record);
  if (actual.nanoUsd > heldNanoUsd) logJson('estimate-overrun', record);
  const recordAddress = deps.ledgers.addressOf(call.ip);
  const told = tellAll(
    reservation,
    {
      kind: 'settle',
      amounts: usedAmounts(actual.nanoUsd, closing.usage),
      estimated: actual.estimated,
    },
    (address) => (address === recordAddress ? record : null),
    deps,
    answerOf(call, closing),
  );
  return { actual, told };
}
