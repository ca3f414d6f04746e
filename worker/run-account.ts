// The account of a run as the Worker reaches it: looks at it, ends it, adds what an origin reports.
// All of it is one object's, the one that the grant names.

import type { RunTicket } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  CLOSED_CAP,
  MONEY,
  reportLimits,
  REPORTS_MAX,
  runPrincipal,
  type RunStanding,
  SETTLED_CAP,
  standingOf,
} from '../core/run/account.ts';
import type { Report } from '../core/run/report.ts';
import type { Deps } from './env.ts';

export async function lookAtRun(ticket: RunTicket, deps: Deps): Promise<RunStanding> {
  const { home } = ticket;
  const principal = runPrincipal(ticket.id);
  const place = deps.ledgers.placeOf(home);
  const view = await deps.ledgers.at(home).view(place, principal, reportLimits(ticket));
  return standingOf(view);
}

/** `closed`: no step begins and none grows. `settled`: nor is a report taken. */
export async function endRun(
  ticket: RunTicket,
  mark: 'closed' | 'settled',
  deps: Deps,
): Promise<void> {
  const { home } = ticket;
  const principal = runPrincipal(ticket.id);
  const cap = mark === 'closed' ? CLOSED_CAP : SETTLED_CAP;
  await deps.ledgers.at(home).setCap(deps.ledgers.placeOf(home), { principal, ...MONEY, cap });
}

/**
 * Adds to what the run has used, once for each id. The run may be settled between the looks before
 * and behind it: then it may have come too late, and is refused as if it had.
 */
export async function reportTo(
  ticket: RunTicket,
  report: Report,
  deps: Deps,
): Promise<Result<'adjusted' | 'exists', Denial>> {
  const before = await lookAtRun(ticket, deps);
  if (before.isSettled) return err({ kind: 'grant-over' });
  if (before.reports >= REPORTS_MAX) {
    const sentence = `A run takes ${String(REPORTS_MAX)} reports at most.`;
    return err({ kind: 'request-invalid', sentence });
  }
  const { id, nanoUsd, inputTokens, outputTokens } = report;
  const place = deps.ledgers.placeOf(ticket.home);
  const status = await deps.ledgers.at(ticket.home).adjust(place, {
    id,
    principal: runPrincipal(ticket.id),
    amounts: { nanoUsd, inputTokens, outputTokens, requests: 1 },
    limits: reportLimits(ticket),
    atMs: deps.nowMs(),
    reason: 'reported by its origin',
  });
  if (status === 'exists') return ok(status);
  if (status !== 'adjusted') {
    const sentence = 'There is another report of this id, of another amount.';
    return err({ kind: 'request-invalid', sentence });
  }
  const after = await lookAtRun(ticket, deps);
  return after.isSettled ? err({ kind: 'grant-over' }) : ok(status);
}
