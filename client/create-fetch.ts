// A `fetch` that carries a fresh single-use proof on every protected call and sends everything else
// straight through. It decides which calls those are; it never reads an answer's stream.

import { createProvingSender, type ProofState, type ProvingSender } from './proving-sender.ts';
import { createProtection } from './protection.ts';
import { hasBody, isReplayable, readCall, targetUrl } from './outgoing-call.ts';
import { refusalCode } from './refusal-code.ts';
import type { SolverParts } from './solver.ts';

export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

export type FetchOptions = {
  /** Where the gateway is, e.g. `https://ai.example.com`. */
  readonly gateway: string | URL;
  /**
   * Path prefixes whose calls carry a proof from the first try. Without it: every request with a
   * body to the gateway's origin, or, with a `key`, none.
   */
  readonly protect?: readonly string[];
  /** An API key, sent as `Authorization: Bearer`. */
  readonly key?: string;
  /** What sends the requests. The platform's `fetch` by default. */
  readonly fetch?: Fetch;
};

/** What an entry knows about where it runs. */
export type Surroundings = SolverParts & { readonly onProof?: (state: ProofState) => void };

export function createFetch(options: FetchOptions, surroundings: Surroundings = {}): Fetch {
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);
  const protection = createProtection(options);
  const sender = createProvingSender({ send, gateway: protection.gateway, ...surroundings });
  const authorization = options.key === undefined ? null : `Bearer ${options.key}`;
  return async function provingFetch(input, init) {
    const url = targetUrl(input);
    const treatment = url === null ? 'pass' : protection.treatmentOf(url, hasBody(input, init));
    if (url === null || treatment === 'pass') return send(input, init);
    if (treatment === 'ask-first') {
      return sendThenProve({ send, sender, authorization }, url, input, init);
    }
    return sender.send(await readCall(url, input, init, authorization));
  };
}

type Senders = {
  readonly send: Fetch;
  readonly sender: ProvingSender;
  readonly authorization: string | null;
};

/** Without a proof first, and with one if the gateway asks and the body can be sent again. */
async function sendThenProve(
  { send, sender, authorization }: Senders,
  url: URL,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Promise<Response> {
  const spare = input instanceof Request ? input.clone() : input;
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
  if (authorization !== null) headers.set('Authorization', authorization);
  const response = await send(input, { ...init, headers });
  if ((await refusalCode(response)) === 'proof_required' && isReplayable(init?.body)) {
    return sender.retry(await readCall(url, spare, init, authorization), response);
  }
  if (spare instanceof Request) void spare.body?.cancel().catch(() => undefined);
  return response;
}
