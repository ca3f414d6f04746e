// The request path, top to bottom. Read this first.
//
//   identify → api-key → envelope → token → signer → subject    who calls, by what cannot be forged
//     → read → shape → models → price → proof                   judge and narrow
//     → reserve                 money on hold in every ledger of the call, nonce spent; or nothing
//     → confirm                 what has to ask the network, and only now; or all is given back
//     → forward → meter         the provider hears of it; bytes pass, usage is counted
//     → settle → record         exactly once, whoever ends the call
//
// A gate that says no ends the call with a problem document, and nothing was held. After `reserve`
// something is owed: from there on only the passage ends the call.

import type { Call } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import type { WaitUntil } from './adapters/courier.ts';
import { callHeaders, refuse } from './answer.ts';
import { confirm } from './confirm.ts';
import type { Deps } from './env.ts';
import { GATES } from './gates/index.ts';
import { type Addressed, identify } from './identify.ts';
import { logEvent } from './observe/log.ts';
import { refusalRecord, type Trail } from './observe/record.ts';
import { rememberRefusal } from './observe/refusals.ts';
import { Passage } from './relay/passage.ts';
import { relay } from './relay/relay.ts';
import { release, type Reservation, reserve } from './reserve.ts';

export type Incoming = {
  readonly request: Request;
  readonly waitUntil: WaitUntil;
};

export async function protect(
  incoming: Incoming,
  addressed: Addressed,
  deps: Deps,
): Promise<Response> {
  const { request, waitUntil } = incoming;
  const trail: Trail = [];
  let call = identify(request, addressed, deps);

  for (const gate of GATES) {
    const verdict = await gate.check(call, deps);
    if (!verdict.ok) return deny(call, gate.name, verdict.error, trail, deps);
    trail.push({ gate: gate.name, verdict: 'pass' });
    call = verdict.value;
  }

  const reserved = await reserve(call, deps, waitUntil);
  if (!reserved.ok) return deny(call, 'reserve', reserved.error, trail, deps);
  trail.push({ gate: 'reserve', verdict: 'pass' });
  const giveBack = (held: Reservation): void => {
    waitUntil(release(held, deps));
  };

  const confirmed = await confirm(reserved.value, deps, waitUntil).catch((cause: unknown) => {
    giveBack(reserved.value);
    throw cause;
  });
  if (!confirmed.ok) {
    giveBack(reserved.value);
    return deny(call, 'confirm', confirmed.error, trail, deps);
  }
  trail.push({ gate: 'confirm', verdict: 'pass' });
  deps.risk.saw(call.ip, { kind: 'good', jkt: call.challenge?.jkt ?? '' }, call.receivedAtMs);

  // The caller may have left while the money was being reserved: nobody has heard of the call yet.
  if (request.signal.aborted) {
    giveBack(confirmed.value);
    return deny(call, 'reserve', { kind: 'caller-left' }, trail, deps);
  }
  const passage = new Passage(confirmed.value, trail, { signal: request.signal, waitUntil }, deps);
  return relay(passage, deps);
}

/** Says no: in the log with its facts, to the caller in words. */
function deny(call: Call, gate: string, denial: Denial, trail: Trail, deps: Deps): Response {
  trail.push({ gate, verdict: 'refuse', denial });
  if (denial.kind === 'proof-rejected') {
    deps.risk.saw(call.ip, { kind: 'failed', failure: denial.failure }, call.receivedAtMs);
  }
  const record = refusalRecord(call, denial, trail, deps);
  logEvent('refusal', record);
  rememberRefusal(call.requestId, record);
  // Whose human proof is used up needs a new one.
  const next = denial.kind === 'proof-required' ? { ...call, pass: null } : call;
  const { family } = call.route.dialect;
  const headers = callHeaders(next, 'refuse', deps);
  return refuse(denial, call.requestId, deps.policy.docsUrl, headers, family);
}
