// Asks the gateway for one challenge for one call, made or foreseen. What the gateway refuses here
// is its answer, and is handed back as such; an answer that cannot be used is an error, never a
// guess.

import { err, ok, type Result } from '../core/result.ts';
import { abortable } from './abortable.ts';
import { type HeldChallenge, holdChallenge } from './held-challenge.ts';
import { humanParametersOf } from './human-challenge.ts';

export type Send = (input: string, init: RequestInit) => Promise<Response>;

export type ChallengeWish = {
  readonly method: string;
  readonly url: URL;
  readonly jkt: string;
  /** Hints for the price. A wrong one costs a retry, no money. */
  readonly bodyBytes: number | null;
  readonly model: string | null;
  readonly pass: string | null;
  /** To be solved before the body is known. */
  readonly isAhead: boolean;
  readonly authorization: string | null;
  /** How to send it: credentials and the like. */
  readonly rest: RequestInit;
  readonly signal: AbortSignal | null;
};

const CHALLENGE_PATH = '.well-known/inference-proof/challenge';

export async function askChallenge(
  send: Send,
  gateway: URL,
  wish: ChallengeWish,
): Promise<Result<HeldChallenge, Response>> {
  const { jkt, authorization, bodyBytes, model, pass, signal } = wish;
  const headers = new Headers({ 'Content-Type': 'application/json' });
  if (authorization !== null) headers.set('Authorization', authorization);
  const { credentials, keepalive } = wish.rest;
  const response = await send(new URL(CHALLENGE_PATH, asFolder(gateway)).href, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      method: wish.method,
      path: wish.url.pathname,
      ...(jkt === '' ? {} : { jkt }),
      ...(bodyBytes === null ? {} : { bodyBytes }),
      ...(model === null ? {} : { model }),
      ...(wish.isAhead && jkt !== '' ? { bind: 'signature' } : {}),
      ...(pass === null ? {} : { pass }),
    }),
    signal,
    ...(credentials === undefined ? {} : { credentials }),
    ...(keepalive === undefined ? {} : { keepalive }),
  });
  if (!response.ok) return err(response);
  const answer: unknown = await abortable(
    response.json().catch(() => null),
    signal,
  );
  const wire = firstChallenge(answer);
  const human = humanParametersOf(answer);
  const held = holdChallenge(wire, jkt, human) ?? holdChallenge(wire, '', human);
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
