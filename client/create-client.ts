// Puts a client together: which requests it takes care of, what proves them, and a `fetch` that
// sends them. A page patches more than `fetch` with the same parts.

import type { Fetch, FetchOptions, Surroundings } from './create-fetch.ts';
import type { AskHuman } from './human-asker.ts';
import { hasBody, isReplayable, readCall, targetUrl } from './outgoing-call.ts';
import { createProtection, type Protection } from './protection.ts';
import { Prover } from './prover.ts';
import { createProvingSender, type ProvingSender } from './proving-sender.ts';
import type { OnProof } from './proof-state.ts';
import { refusalCode } from './refusal-code.ts';

export type Client = {
  readonly fetch: Fetch;
  /** Resolves when a call to this path, or the likeliest one, will only have to be signed. */
  prepare(path?: string): Promise<void>;
  readonly prover: Prover;
  readonly protection: Protection;
  readonly onProof: OnProof;
};

export function createClient(options: FetchOptions, surroundings: Surroundings): Client {
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);
  const protection = createProtection(options);
  const onProof = careful(options.onProof);
  const authorization = options.key === undefined ? null : `Bearer ${options.key}`;
  const askHuman = humanAsker(options, surroundings);
  const { gateway } = protection;
  const parts = { ...surroundings, send, gateway, askHuman, onProof, authorization };
  const prover = new Prover(parts);
  const senders = { send, sender: createProvingSender(send, prover, onProof), authorization };
  let lastUrl: URL | null = null;

  return {
    prover,
    protection,
    onProof,
    // Its `length` is 1, as the platform's.
    async fetch(input, ...[init]) {
      const url = targetUrl(input);
      const treatment = url === null ? 'pass' : protection.treatmentOf(url, hasBody(input, init));
      if (url === null || treatment === 'pass') return send(input, init);
      if (treatment === 'ask-first') return sendThenProve(senders, url, input, init);
      lastUrl = url;
      return senders.sender.send(await readCall(url, input, init, authorization));
    },
    async prepare(path) {
      const likely = lastUrl ?? options.protect?.[0];
      const url = path === undefined ? likely : path;
      if (url === undefined) return;
      const target = new URL(url, gateway);
      if (protection.treatmentOf(target, true) !== 'prove') return;
      await prover.preparations.prepare({ method: 'POST', url: target });
    },
  };
}

function humanAsker(options: FetchOptions, { openHumanAsker }: Surroundings): AskHuman {
  let opening: Promise<AskHuman> | null = null;
  return async (...question) => {
    const mine = (opening ??= openHumanAsker(options));
    // What could not be loaded now may be there for the next call.
    mine.catch(() => (opening = null));
    return (await mine)(...question);
  };
}

/** Who listens badly does not stop a call. */
function careful(listener: OnProof | undefined): OnProof {
  return (state) => {
    try {
      listener?.(state);
    } catch (error) {
      globalThis.reportError?.(error);
    }
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
