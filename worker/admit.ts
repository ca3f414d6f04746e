// From the gates to a hold. Where the money says no, a route may have a cheaper model on its
// ladder, and a rule that is only tried out counts the call and lets it pass. Each try is a
// reservation of its own, under a key of its own: the nonce of the proof was spent by the first,
// whatever it said.

import type { Call } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import type { DowngradeReason } from '../core/policy/policy.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import type { WaitUntil } from './adapters/courier.ts';
import type { Deps } from './env.ts';
import { models, nextRung } from './gates/models.ts';
import { price } from './gates/price.ts';
import { shape } from './gates/shape.ts';
import { afresh, judge, judgeUnproven, type Refused } from './judge.ts';
import type { Trail } from './observe/record.ts';
import { isOnlyObserved, noted } from './observed.ts';
import { downgradedTo } from './reading.ts';
import { type Reservation, reserve } from './reserve.ts';

/** As many as a ladder has rungs, and some for limits that are only tried out. */
const TRIES_MAX = 24;

const NAME = 'reserve';

/** Why a cheaper model may be served in the place of this refusal; null if it may not. */
function reasonFor(denial: Denial): DowngradeReason | null {
  if (denial.kind === 'over-budget') return 'money';
  if (denial.kind !== 'switched-off') return null;
  // Of a model that is off, others are not.
  const isOther = denial.action === 'downgrade' || denial.principal.startsWith('model:');
  return isOther ? 'switch' : null;
}

/** The call with the next cheaper model, judged and priced anew; null if there is none. */
async function cheaper(call: Call, denial: Denial, deps: Deps): Promise<Call | null> {
  const because = reasonFor(denial);
  if (because === null) return null;
  const costs = ({ estimate }: Call): number => present(estimate, 'estimate').totalNanoUsd;
  // What was narrowed for the model before is narrowed for this one, and said once.
  const changes = call.changes.filter(({ field }) => field !== 'output-tokens');
  let from = call;
  for (;;) {
    const model = nextRung(from, because);
    const lower = model === null ? null : downgradedTo({ ...from, changes }, model, because);
    if (lower === null || !lower.ok) return null;
    const judged = await judge(lower.value, [shape, models, price], [], deps);
    // A proof pays for so much and no more, and a ladder that goes down for most goes up for some.
    if (judged.ok && costs(judged.value) <= costs(call)) return afresh(judged.value, deps);
    from = lower.value;
  }
}

type Tolerated = Result<Call, Refused> | null;

/** Refused by a rule that is only tried out: on without it, and without any other. */
async function tolerated(call: Call, denial: Denial, trail: Trail, deps: Deps): Promise<Tolerated> {
  if (!isOnlyObserved(call, denial, deps)) return null;
  const again = (): Call => noted(afresh(call, deps), NAME, denial);
  if (denial.kind === 'proof-rejected' || denial.kind === 'proof-required') {
    return call.isUnproven ? null : judgeUnproven(call, NAME, denial, trail, deps);
  }
  if (denial.kind === 'run-unknown' && call.loop?.mustExist === true) {
    return ok({ ...again(), loop: { ...call.loop, mustExist: false } });
  }
  // What all calls together may spend is always meant.
  if (!('counter' in denial) || denial.principal === 'global') return null;
  const { kind: status, principal } = denial;
  const isLifted = call.lifts.some(
    (lift) => lift.status === status && lift.principal === principal,
  );
  return isLifted ? null : ok({ ...again(), lifts: [...call.lifts, { status, principal }] });
}

export async function admit(
  call: Call,
  trail: Trail,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<Result<Reservation, Refused>> {
  let current = call;
  for (let tries = 1; ; tries += 1) {
    const reserved = await reserve(current, deps, waitUntil);
    if (reserved.ok) return reserved;
    const { denial, isHeard } = reserved.error;
    const refused = err({ call: current, gate: NAME, denial });
    // Where an object was silent, nobody knows whether the nonce is spent.
    if (!isHeard || tries >= TRIES_MAX) return refused;
    const lower = await cheaper(current, denial, deps);
    const next = lower === null ? await tolerated(current, denial, trail, deps) : ok(lower);
    if (next === null) return refused;
    if (!next.ok) return next;
    current = next.value;
  }
}
