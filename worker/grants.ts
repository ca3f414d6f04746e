// Grants as the gateway handles them: writes the one that goes to an origin with a call, and reads
// the one that comes back with a step or a report. A grant is a purse and no ticket: whoever has it
// may show it again and again, until its run is over or its money is gone.

import type { RunTicket } from '../core/call.ts';
import type { Denial, GrantFailure } from '../core/denial.ts';
import { isShardOf } from '../core/ledger/layout.ts';
import type { Route } from '../core/policy/policy.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import {
  type Grant,
  GRANT_BYTES_MAX,
  grantIssuedAtSeconds,
  isGenuine,
  readGrant,
  signGrant,
} from '../core/run/grant.ts';
import type { Deps } from './env.ts';
import { shownKey } from './identify.ts';
import type { Reservation } from './reserve.ts';

const sealsOf = (deps: Deps) => deps.keyring.sealer('grant', grantIssuedAtSeconds);

const nowSecondsOf = (deps: Deps): number => Math.floor(deps.nowMs() / 1_000);

/** The run that this call opens, with what was granted to it. */
export function ticketOf(reservation: Reservation, deps: Deps): RunTicket {
  const { call, granted, heldNanoUsd } = reservation;
  const run = present(call.route.run, 'run');
  return {
    id: call.key,
    home: deps.ledgers.addressOf(call.ip),
    nanoUsdMax: heldNanoUsd,
    outputTokensMax: run.outputTokensMax,
    stepsMax: granted.agentSteps ?? run.stepsMax,
    toolCallsMax: granted.toolCalls ?? run.toolCallsMax,
    expiresAtSeconds: Math.ceil(reservation.reservedAtMs / 1_000) + run.seconds,
  };
}

/** For the origin of the call's route, and for nobody else. */
export function grantFor(reservation: Reservation, deps: Deps): string {
  const { call, reservedAtMs } = reservation;
  const origin = present(call.route.origin, 'origin');
  const grant: Grant = {
    realm: deps.policy.realm,
    origin: origin.id,
    route: call.route.id,
    issuedAtSeconds: Math.floor(reservedAtMs / 1_000),
    ticket: ticketOf(reservation, deps),
  };
  return signGrant(grant, deps.appOrigin(origin).grantKey, sealsOf(deps));
}

export type Granted = {
  /** The route whose call the grant came with. */
  readonly route: Route;
  readonly ticket: RunTicket;
};

const refused = (reason: GrantFailure): Result<Granted, Denial> =>
  err({ kind: 'grant-invalid', reason });

/** The run that these headers may spend on, if they show a grant of ours that is in time. */
export function readShownGrant(headers: Headers, deps: Deps): Result<Granted, Denial> {
  const text = shownKey(headers);
  if (text === null || text === '') return refused('missing');
  const shown = text.length > GRANT_BYTES_MAX ? null : readGrant(text);
  if (shown === null) return refused('malformed');
  const { grant } = shown;
  const route = deps.policy.routes.find(({ id }) => id === grant.route);
  // The key is the route's own origin's: a name in the grant chooses nothing.
  if (route === undefined || route.origin === null || route.run === null) return refused('route');
  if (grant.origin !== route.origin.id) return refused('route');
  const { grantKey } = deps.appOrigin(route.origin);
  if (!isGenuine(shown, grantKey, sealsOf(deps))) return refused('forged');
  if (grant.realm !== deps.policy.realm) return refused('realm');
  const { ticket } = grant;
  if (nowSecondsOf(deps) >= ticket.expiresAtSeconds) return refused('expired');
  if (!isShardOf(ticket.home, deps.ledgers.layout)) return refused('home');
  return ok({ route, ticket });
}
