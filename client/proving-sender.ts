// Sends one call with a proof, and once more on a fresh challenge if the gateway asks for that. It
// never retries for any other reason, and what the gateway answers is handed back as it is.

import type { Send } from './ask-challenge.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import type { OnProof } from './proof-state.ts';
import type { Prover } from './prover.ts';
import { refusalCode } from './refusal-code.ts';

export type ProvingSender = {
  send(call: OutgoingCall): Promise<Response>;
  /** After a refusal of the same call: the one retry. */
  retry(call: OutgoingCall, refusal: Response): Promise<Response>;
};

export function createProvingSender(send: Send, prover: Prover, onProof: OnProof): ProvingSender {
  /** `isSettled`: is this answer the caller's, whose next challenge may be kept? */
  async function attempt(
    call: OutgoingCall,
    refusal: Headers | undefined,
    isSettled: (response: Response) => Promise<boolean>,
  ): Promise<{ response: Response; settled: boolean }> {
    const proven = await prover.prove(call, refusal);
    if (!proven.ok) return { response: proven.error, settled: true };
    const { headers, jkt, prepared } = proven.value;
    const { url, method, rest, signal } = call;
    const body = call.hasBody ? { body: call.body } : {};
    const init = { ...rest, method, headers, ...body, signal };
    try {
      const response = await send(url.href, init);
      const settled = await isSettled(response);
      if (settled) prover.learn(call, response.headers, jkt);
      return { response, settled };
    } catch (error) {
      // Without a network nothing has arrived anywhere. Otherwise nobody knows.
      const isOnline = globalThis.navigator?.onLine ?? true;
      if (!isOnline && call.signal?.aborted !== true) prover.preparations.giveBack(call, prepared);
      throw error;
    }
  }

  async function retry(call: OutgoingCall, refusal: Response): Promise<Response> {
    const path = call.url.pathname;
    onProof({ state: 'retry', path });
    void refusal.body?.cancel().catch(() => undefined);
    const { response } = await attempt(call, refusal.headers, async (answer) => {
      if ((await refusalCode(answer)) !== null) onProof({ state: 'refused', path, by: 'gateway' });
      return true;
    });
    return response;
  }

  async function sendAndRetry(call: OutgoingCall): Promise<Response> {
    const isTaken = async (answer: Response) => (await refusalCode(answer)) === null;
    const { response, settled } = await attempt(call, undefined, isTaken);
    return settled ? response : retry(call, response);
  }

  return {
    send: (call) => prover.preparations.expect(call, () => sendAndRetry(call)),
    retry: (call, refusal) => prover.preparations.expect(call, () => retry(call, refusal)),
  };
}
