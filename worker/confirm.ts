// What has to ask the network before a call may go on: asked only now that the nonce is spent and
// the money is on hold, so that neither a replay nor a caller without a budget can make us ask. If
// it says no, the hold is released and the nonce stays spent. If it says nothing, callers whom we
// know may be served from their route's grace wallet; strangers are refused.

import type { Denial } from '../core/denial.ts';
import { requires } from '../core/proof/requirement.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import type { WaitUntil } from './adapters/courier.ts';
import type { Deps } from './env.ts';
import { lend, mayHaveGrace } from './grace.ts';
import { withSealedPass } from './human-pass.ts';
import { logEvent } from './observe/log.ts';
import { release, type Reservation } from './reserve.ts';
import { VERIFIERS } from './verifiers/index.ts';
import type { Verdict } from './verifiers/verifier.ts';

type Confirmed = Result<Reservation, Denial>;
type Refused = Extract<Verdict, { ok: false }>;

const refused = (verdict: Refused): Confirmed =>
  err({
    kind: 'proof-rejected',
    failure: verdict.error,
    ...(verdict.detail === undefined ? {} : { detail: verdict.detail }),
  });

/** Nobody could say whether there is a human: held in the wallet as well, or refused. */
async function onCredit(
  reservation: Reservation,
  verdict: Refused,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<Confirmed> {
  const { call, addresses, heldNanoUsd } = reservation;
  if (!mayHaveGrace(call)) return refused(verdict);
  const { requestId, route } = call;
  const lent = await lend(call, heldNanoUsd, deps, waitUntil);
  if (!lent.isHeld) {
    logEvent('grace-refused', { requestId, because: verdict.error });
    // The message may have arrived after all.
    waitUntil(release({ call, addresses: [lent.address] }, deps));
    return refused(verdict);
  }
  logEvent('grace-served', {
    requestId,
    route: route.id,
    nanoUsd: heldNanoUsd,
    because: verdict.error,
  });
  // No proof has held: there is no pass to give.
  return ok({
    ...reservation,
    call: { ...call, pass: null },
    addresses: [...addresses, lent.address],
    grace: true,
  });
}

export async function confirm(
  reservation: Reservation,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<Confirmed> {
  const { call } = reservation;
  const { challenge, evidence } = call;
  if (challenge === null) return ok(reservation);
  let unsaid: Refused | null = null;
  for (const verifier of VERIFIERS) {
    if (verifier.offline || !requires(challenge.require, verifier.id)) continue;
    const shown = { call, challenge, evidence: present(evidence, 'evidence') };
    const verdict = await verifier.verify(shown, deps);
    if (verdict.ok) continue;
    if (verdict.error !== 'human-unavailable') return refused(verdict);
    unsaid = verdict;
  }
  if (unsaid !== null) return onCredit(reservation, unsaid, deps, waitUntil);
  return ok({ ...reservation, call: withSealedPass(call, deps) });
}
