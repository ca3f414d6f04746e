// Ends a run. The origin's answer is over, or the caller left, or the time was up: from now on no
// step begins. Then it waits for what is still open or unsaid, for a while and no longer, and says
// what the run came to. All of it is off the caller's path; if it does not come to an end, the
// lease of the call runs out and the whole hold is charged.

import type { RunTicket } from '../core/call.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import type { Actual } from '../core/pricing/actual.ts';
import { nanoUsd } from '../core/money.ts';
import { present } from '../core/result.ts';
import type { RunStanding } from '../core/run/account.ts';
import { isKnown, type RunEnd, weighRun } from '../core/run/weigh.ts';
import type { Deps } from './env.ts';
import { ticketOf } from './grants.ts';
import { logEvent } from './observe/log.ts';
import { renewAll } from './renew.ts';
import { endRun, lookAtRun } from './run-account.ts';
import { beatMsOf } from './relay/heartbeat.ts';
import type { Reservation } from './reserve.ts';
import type { Closing } from './settle.ts';

/** Between looks at the account: soon, then seldom. */
const LOOK_MS_FIRST = 20;
const LOOK_MS_MAX = 500;
/** A step's settlement travels for milliseconds; a provider may take its time to let go. */
const OPEN_STEP_MS_MAX = 5_000;

export type RunOutcome = {
  readonly actual: Actual;
  readonly amounts: Amounts;
  /** For the record. */
  readonly standing: RunStanding | null;
};

/** Keeps the call's own hold alive while we wait. */
class Lease {
  readonly #reservation: Reservation;
  readonly #deps: Deps;
  #renewedAtMs: number;

  constructor(reservation: Reservation, deps: Deps) {
    this.#reservation = reservation;
    this.#deps = deps;
    this.#renewedAtMs = 0;
  }

  /** An object that is silent charges the hold in the end. */
  async keep(): Promise<void> {
    const { leaseMs } = this.#deps.policy;
    const nowMs = this.#deps.nowMs();
    if (nowMs - this.#renewedAtMs < beatMsOf(leaseMs)) return;
    this.#renewedAtMs = nowMs;
    await renewAll(this.#reservation, {}, this.#deps);
  }
}

/** Looks until everything is said, or until it is time. */
async function waitForRest(
  ticket: RunTicket,
  end: RunEnd,
  reportSecondsMax: number,
  lease: Lease,
  deps: Deps,
): Promise<void> {
  const startedAtMs = deps.nowMs();
  for (let waitMs = LOOK_MS_FIRST; ; waitMs = Math.min(LOOK_MS_MAX, waitMs * 2)) {
    const standing = await lookAtRun(ticket, deps);
    if (isKnown(standing, end)) return;
    const isSaid = standing.steps + standing.reports > 0;
    const mostMs = isSaid ? OPEN_STEP_MS_MAX : reportSecondsMax * 1_000;
    if (deps.nowMs() - startedAtMs + waitMs > mostMs) return;
    await lease.keep();
    await scheduler.wait(waitMs);
  }
}

const unknown = (heldNanoUsd: number): RunOutcome => ({
  actual: { nanoUsd: nanoUsd(heldNanoUsd), source: 'hold', estimated: true },
  amounts: { nanoUsd: heldNanoUsd },
  standing: null,
});

/** What the call is charged for its run. Never throws. */
export async function runOutcome(
  reservation: Reservation,
  closing: Closing,
  deps: Deps,
): Promise<RunOutcome> {
  const { call, heldNanoUsd } = reservation;
  const run = present(call.route.run, 'run');
  const ticket = ticketOf(reservation, deps);
  const [price = null] = call.route.models.values();
  const end: RunEnd = {
    ending: closing.ending,
    originStatus: closing.originStatus,
    usage: closing.usage,
    price,
    heldNanoUsd,
    leastNanoUsd: run.nanoUsdMin,
  };
  try {
    await endRun(ticket, 'closed', deps);
    await waitForRest(ticket, end, run.reportSecondsMax, new Lease(reservation, deps), deps);
    await endRun(ticket, 'settled', deps);
    const standing = await lookAtRun(ticket, deps);
    const actual = weighRun(standing, end);
    const { steps, toolCalls, inputTokens, outputTokens } = standing;
    return {
      actual,
      amounts: {
        nanoUsd: actual.nanoUsd,
        inputTokens,
        outputTokens,
        agentSteps: steps,
        toolCalls,
      },
      standing,
    };
  } catch (cause) {
    // What it has used it has used on the hold, which is charged.
    logEvent('run-unreachable', { requestId: call.requestId, cause: String(cause) });
    return unknown(heldNanoUsd);
  }
}
