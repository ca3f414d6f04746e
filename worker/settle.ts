// Closes what `reserve` opened, exactly once: weighs what the call cost, tells every object, and
// makes the decision record. The second closing of a call is ignored here and a status in the
// ledger.

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
};

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
  );
  return { actual, told };
}
