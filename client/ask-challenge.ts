// Asks the gateway for one challenge for one call. What the gateway refuses here is its answer to
// the call, and is handed back as such; an answer that cannot be used is an error, never a guess.

import { err, ok, type Result } from '../core/result.ts';
import { abortable } from './abortable.ts';
import { type HeldChallenge, holdChallenge } from './held-challenge.ts';
import type { OutgoingCall } from './outgoing-call.ts';

const CHALLENGE_PATH = '.well-known/inference-proof/challenge';
const OPENING_BRACE = 0x7b;

export async function askChallenge(
  send: (input: string, init: RequestInit) => Promise<Response>,
  gateway: URL,
  call: OutgoingCall,
  jkt: string,
): Promise<Result<HeldChallenge, Response>> {
  const headers = new Headers({ 'Content-Type': 'application/json' });
  const authorization = call.headers.get('Authorization');
  if (authorization !== null) headers.set('Authorization', authorization);
  const model = modelOf(call);
  const { credentials } = call.rest;
  const response = await send(new URL(CHALLENGE_PATH, asFolder(gateway)).href, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      method: call.method,
      path: call.url.pathname,
      ...(jkt === '' ? {} : { jkt }),
      bodyBytes: call.body.length,
      ...(model === null ? {} : { model }),
    }),
    signal: call.signal,
    ...(credentials === undefined ? {} : { credentials }),
  });
  if (!response.ok) return err(response);
  const wire = firstChallenge(
    await abortable(
      response.json().catch(() => null),
      call.signal,
    ),
  );
  const held = holdChallenge(wire, jkt) ?? holdChallenge(wire, '');
  if (held === null) throw new TypeError('The gateway sent no challenge this client can answer.');
  return ok(held);
}

const asFolder = (gateway: URL): URL =>
  new URL(gateway.pathname.replace(/\/*$/, '/'), gateway.origin);

function firstChallenge(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('challenges' in answer)) return null;
  const first: unknown = Array.isArray(answer.challenges) ? answer.challenges[0] : null;
  return typeof first === 'string' ? first : null;
}

/** A hint, so that the challenge is priced for this call. A wrong one costs a retry, no money. */
function modelOf(call: OutgoingCall): string | null {
  if (call.body[0] !== OPENING_BRACE) return null;
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(call.body));
    const model = typeof body === 'object' && body !== null && 'model' in body ? body.model : null;
    return typeof model === 'string' ? model : null;
  } catch {
    return null;
  }
}
