// Sends a call through gates, one after the other. A refusal that is only tried out is noted, and
// the call goes on as its gate says. A call whose proof did not hold is judged anew from its plan
// on: what it asked for was judged on the terms of a name that nobody has proven.

import { toBase64Url } from '../core/bytes.ts';
import type { Call } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import { callKey, formatRequestId } from '../core/ledger/call-key.ts';
import { NONCE_BYTES } from '../core/proof/challenge.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import type { Deps } from './env.ts';
import { type Gate, unproven } from './gates/gate.ts';
import { GATES } from './gates/index.ts';
import { plan } from './gates/plan.ts';
import { ATTEMPT_BYTES } from './identify.ts';
import type { Trail } from './observe/record.ts';
import { goesOn, noted } from './observed.ts';

export type Refused = { readonly call: Call; readonly gate: string; readonly denial: Denial };

const PLAN = GATES.indexOf(plan);

/** The same call for another reservation. Nothing of it can be spent twice: its nonce is spent. */
export function afresh(call: Call, deps: Deps): Call {
  const key = callKey(call.receivedAtMs, deps.randomBytes(NONCE_BYTES));
  const attempt = toBase64Url(deps.randomBytes(ATTEMPT_BYTES));
  const requestId = formatRequestId({ key, attempt, ...deps.ledgers.shardOf(call.ip) });
  return { ...call, key, attempt, requestId, isNonceSpent: true };
}

/** As it was received, from whoever is left when no proof is believed. */
function asStranger(call: Call, deps: Deps): Call {
  const route = deps.policy.routes.find(({ id }) => id === call.route.id);
  const behind = GATES.slice(PLAN).map(({ name }): string => name);
  return {
    ...unproven(afresh(call, deps)),
    route: present(route, 'route'),
    plan: null,
    changes: [],
    observed: call.observed.filter(({ gate }) => !behind.includes(gate)),
    loop: null,
    talk: null,
    downgraded: null,
    ask: null,
    price: null,
    outputTokensMax: null,
    forwarded: null,
    estimate: null,
  };
}

/** The call as its gates left it, or the first refusal that is meant. */
export async function judge(
  first: Call,
  gates: readonly Gate[],
  trail: Trail,
  deps: Deps,
): Promise<Result<Call, Refused>> {
  let call = first;
  for (const gate of gates) {
    const verdict = await gate.check(call, deps);
    if (verdict.ok) {
      trail.push({ gate: gate.name, verdict: 'pass' });
      call = verdict.value;
      continue;
    }
    const denial = verdict.error;
    const next = goesOn(call, gate, denial, deps);
    if (next === null) return err({ call, gate: gate.name, denial });
    trail.push({ gate: gate.name, verdict: 'observe', denial });
    const isLate = next.isUnproven && !call.isUnproven && GATES.indexOf(gate) > PLAN;
    if (isLate) return judgeUnproven(call, gate.name, denial, trail, deps);
    call = next;
  }
  return ok(call);
}

/** The call as if it had shown no proof, on the terms of whoever it is then. */
export const judgeUnproven = (
  call: Call,
  gate: string,
  denial: Denial,
  trail: Trail,
  deps: Deps,
): Promise<Result<Call, Refused>> =>
  judge(noted(asStranger(call, deps), gate, denial), GATES.slice(PLAN), trail, deps);
