// Sends one call with a proof: a challenge from the stock or the gateway, the work, the request,
// and once more on a fresh challenge if the gateway asks for that. It never retries for any other
// reason, and what the gateway answers is handed back as it is.

import { abortable } from './abortable.ts';
import { askChallenge } from './ask-challenge.ts';
import { createChallengeStock } from './challenge-stock.ts';
import { createDeviceKeyLoader } from './device-key.ts';
import { type HeldChallenge, holdChallenge } from './held-challenge.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { proveCall } from './prove-call.ts';
import { refusalCode } from './refusal-code.ts';
import { createSolver, type SolverParts } from './solver.ts';

export type ProvingSender = {
  send(call: OutgoingCall): Promise<Response>;
  /** After a refusal of the same call: the one retry. */
  retry(call: OutgoingCall, refusal: Response): Promise<Response>;
};

export type ProofState = {
  readonly state: 'challenge' | 'solving' | 'sent' | 'retry';
  readonly path: string;
  /** With `sent`: what the proof cost. */
  readonly hashes?: number;
  readonly milliseconds?: number;
};

export type SenderParts = SolverParts & {
  readonly send: (input: string, init: RequestInit) => Promise<Response>;
  readonly gateway: URL;
  readonly onProof?: (state: ProofState) => void;
};

/** An answer, and the device key its challenge named: none for a caller with an API key. */
type Attempted = { readonly response: Response; readonly jkt: string };

const NEXT_CHALLENGE = 'Inference-Proof-Next';

export function createProvingSender(parts: SenderParts): ProvingSender {
  const stock = createChallengeStock();
  const loadDeviceKey = createDeviceKeyLoader(parts.gateway.origin);
  const solve = createSolver(parts);
  const report = parts.onProof ?? (() => undefined);

  async function send(call: OutgoingCall): Promise<Response> {
    const attempted = await attempt(call, () => stock.take(call));
    if ((await refusalCode(attempted.response)) !== null) return retry(call, attempted.response);
    return keepNext(call, attempted);
  }

  async function retry(call: OutgoingCall, refusal: Response): Promise<Response> {
    report({ state: 'retry', path: call.url.pathname });
    void refusal.body?.cancel().catch(() => undefined);
    const offered = refusal.headers.get(NEXT_CHALLENGE);
    return keepNext(call, await attempt(call, (jkt) => holdChallenge(offered, jkt)));
  }

  async function attempt(
    call: OutgoingCall,
    atHand: (jkt: string) => HeldChallenge | null,
  ): Promise<Attempted> {
    const path = call.url.pathname;
    const deviceKey = await abortable(loadDeviceKey(), call.signal);
    const jkt = deviceKey?.jkt ?? '';
    let held = atHand(jkt);
    if (held === null) {
      report({ state: 'challenge', path });
      const asked = await askChallenge(parts.send, parts.gateway, call, jkt);
      if (!asked.ok) return { response: asked.error, jkt };
      held = asked.value;
    }
    report({ state: 'solving', path });
    const unspent = held;
    const proven = await proveCall(solve, call, held, deviceKey).catch((error: unknown) => {
      // Nothing was sent: a caller who left has not used its challenge up.
      if (call.signal?.aborted === true) stock.put(call, unspent);
      throw error;
    });
    report({ state: 'sent', path, hashes: proven.hashes, milliseconds: proven.milliseconds });
    const { url, method, rest, signal } = call;
    const body = call.hasBody ? { body: call.body } : {};
    const init = { ...rest, method, headers: proven.headers, ...body, signal };
    return { response: await parts.send(url.href, init), jkt: held.challenge.jkt };
  }

  /** Keeps the next challenge if it names what the last one named; the answer stays untouched. */
  function keepNext(call: OutgoingCall, { response, jkt }: Attempted): Response {
    stock.put(call, holdChallenge(response.headers.get(NEXT_CHALLENGE), jkt));
    return response;
  }

  return { send, retry };
}
