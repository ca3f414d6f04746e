// The decision record: what every gate said of a call, what was held, what was charged and where
// the figure comes from. Facts only; no prompt, no answer, no proof.

import { type Call, primaryOf } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import type { Actual } from '../../core/pricing/actual.ts';
import { CATALOG_VERSION } from '../../core/pricing/catalog.ts';
import type { LoopFacts } from '../../core/run/loop.ts';
import { toolInputsOf } from '../../core/tools/inputs-of.ts';
import type { Deps } from '../env.ts';
import type { Reservation } from '../reserve.ts';
import type { Closing } from '../settle.ts';

export type GateVerdict = {
  readonly gate: string;
  readonly verdict: 'pass' | 'observe' | 'refuse';
  readonly denial?: Denial;
};

/** Every gate's verdict so far, in order. */
export type Trail = GateVerdict[];

const subject = (call: Call, deps: Deps): Readonly<Record<string, unknown>> => ({
  requestId: call.requestId,
  receivedAtMs: call.receivedAtMs,
  policyVersion: deps.policy.version,
  route: call.route.id,
  principal: primaryOf(call),
  ip: call.ip,
  model: call.ask?.model ?? null,
  plan: call.plan?.id ?? null,
  downgraded: call.downgraded,
  changes: call.changes,
  observed: call.observed,
});

/** Where the caller's loop stands behind this step. */
const loopRecord = (
  { id, step, toolCalls, left }: LoopFacts,
  closing: Pick<Closing, 'toolCalls'>,
): LoopFacts => ({ id, step, toolCalls: toolCalls + closing.toolCalls, left });

/** A call that was forwarded, at its end. */
export function decisionRecord(
  { call, addresses, grace, loop }: Reservation,
  closing: Closing,
  actual: Actual,
  trail: Trail,
  deps: Deps,
): Readonly<Record<string, unknown>> {
  return {
    ...subject(call, deps),
    decision: call.downgraded === null ? 'allow' : 'downgrade',
    grace,
    objects: addresses,
    gates: trail,
    priceVersion: CATALOG_VERSION,
    estimate: call.estimate,
    outputTokensMax: call.outputTokensMax,
    proofStrengthNanoUsd: call.proofStrengthNanoUsd,
    heldNanoUsd: closing.hold.lastNanoUsd,
    hold: closing.hold,
    settledNanoUsd: actual.nanoUsd,
    usageSource: actual.source,
    estimated: actual.estimated,
    usage: closing.usage,
    seen: closing.seen,
    toolCalls: closing.toolCalls,
    toolInputs: toolInputsOf(call, closing.calledTools),
    ...(loop === null ? {} : { loop: loopRecord(loop, closing) }),
    ending: closing.ending,
    originStatus: closing.originStatus,
    endedAtMs: deps.nowMs(),
  };
}

/** A call that was refused. */
export const refusalRecord = (
  call: Call,
  denial: Denial,
  trail: Trail,
  deps: Deps,
): Readonly<Record<string, unknown>> => ({
  ...subject(call, deps),
  decision: 'refuse',
  gates: trail,
  denial,
  estimate: call.estimate,
  heldNanoUsd: 0,
  settledNanoUsd: 0,
  endedAtMs: deps.nowMs(),
});
