// The request path, top to bottom. Read this first.
//
//   identify → api-key → envelope → token → signer → subject    who calls, by what cannot be forged
//     → plan → read → edit → shape → models → price → proof     judge and narrow
//     → admit                   money on hold in every ledger of the call, nonce spent; or nothing
//     → confirm                 what has to ask the network, and only now; or all is given back
//     → hydrate                 of an app's own route: what was said before, paid for already
//     → forward → meter         the provider hears of it; bytes pass, usage is counted
//     → settle → record         exactly once, whoever ends the call
//
// A gate that says no ends the call with a problem document, and nothing was held. After `reserve`
// something is owed: from there on only the passage ends the call.

import type { Denial } from '../core/denial.ts';
import type { WaitUntil } from './adapters/courier.ts';
import { admit } from './admit.ts';
import { callHeaders, refuse } from './answer.ts';
import { confirm } from './confirm.ts';
import type { Deps } from './env.ts';
import { GATES } from './gates/index.ts';
import { hydrate } from './hydrate.ts';
import { type Addressed, identify } from './identify.ts';
import { judge, type Refused } from './judge.ts';
import { logEvent } from './observe/log.ts';
import { refusalRecord, type Trail } from './observe/record.ts';
import { rememberRefusal } from './observe/refusals.ts';
import { Passage } from './relay/passage.ts';
import { relay } from './relay/relay.ts';
import { release, type Reservation } from './reserve.ts';

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
  const judged = await judge(identify(request, addressed, deps), GATES, trail, deps);
  if (!judged.ok) return deny(judged.error, trail, deps);

  const reserved = await admit(judged.value, trail, deps, waitUntil);
  if (!reserved.ok) return deny(reserved.error, trail, deps);
  trail.push({ gate: 'reserve', verdict: 'pass' });
  // Not the call as it was judged: it may be held under another key.
  const { call } = reserved.value;
  const giveBack = (held: Reservation, gate: string, denial: Denial): Response => {
    waitUntil(release(held, deps));
    return deny({ call, gate, denial }, trail, deps);
  };

  const confirmed = await confirm(reserved.value, deps, waitUntil).catch((cause: unknown) => {
    waitUntil(release(reserved.value, deps));
    throw cause;
  });
  if (!confirmed.ok) return giveBack(reserved.value, 'confirm', confirmed.error);
  trail.push({ gate: 'confirm', verdict: 'pass' });
  deps.risk.saw(call.ip, { kind: 'good', jkt: call.challenge?.jkt ?? '' }, call.receivedAtMs);

  const hydrated = await hydrate(confirmed.value, deps);
  if (!hydrated.ok) return giveBack(confirmed.value, 'hydrate', hydrated.error);

  // The caller may have left while the money was being reserved: nobody has heard of the call yet.
  if (request.signal.aborted) {
    return giveBack(confirmed.value, 'reserve', { kind: 'caller-left' });
  }
  const passage = new Passage(hydrated.value, trail, { signal: request.signal, waitUntil }, deps);
  return relay(passage, deps);
}

/** Says no: in the log with its facts, to the caller in words. */
function deny({ call, gate, denial }: Refused, trail: Trail, deps: Deps): Response {
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
