// Whether a refusal is meant, or only noted: a policy tries its rules out before it enforces them.
// What is only noted goes on as the gate that refused says. A switch that somebody turned by hand,
// a body that nobody could weigh and a key that is forged are always meant.

import { type Call, primaryOf } from '../core/call.ts';
import { utf8 } from '../core/bytes.ts';
import type { Denial } from '../core/denial.ts';
import { isEnforced, isObservable, modeFor } from '../core/policy/mode.ts';
import { sha256 } from '../core/proof/sha256.ts';
import type { Deps } from './env.ts';
import type { Gate } from './gates/gate.ts';

/** From 0 to 99: one caller is not served by turns. */
function lotOf(call: Call): number {
  const [high = 0, low = 0] = sha256(utf8(primaryOf(call)));
  return (high * 256 + low) % 100;
}

export function isOnlyObserved(call: Call, { kind }: Denial, { policy }: Deps): boolean {
  if (!isObservable(kind) || call.run !== null) return false;
  const mode = modeFor(kind, call.route, policy);
  return mode !== 'enforce' && !isEnforced(mode, lotOf(call));
}

/** The call as it goes on after a gate's refusal, with the refusal noted; null if it does not. */
export function goesOn(call: Call, gate: Gate, denial: Denial, deps: Deps): Call | null {
  if (!isOnlyObserved(call, denial, deps)) return null;
  const next = gate.observed?.(call, denial, deps) ?? null;
  return next && noted(next, gate.name, denial);
}

/** A gate that judges a call once more says the same once. */
export function noted(call: Call, gate: string, denial: Denial): Call {
  const others = call.observed.filter(
    (one) => gate === 'reserve' || one.gate !== gate || one.denial.kind !== denial.kind,
  );
  return { ...call, observed: [...others, { gate, denial }] };
}
