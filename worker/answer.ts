// What every answer of the gateway carries, whatever it says: the request id, the decision, where
// the caller's budget stands, and a fresh challenge. And a denial as the problem document it ends
// in.

import { type Call, primaryOf } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import { windowSeconds } from '../core/ledger/window.ts';
import { scopeOf } from '../core/policy/limits.ts';
import type { PrincipalCounter } from '../core/ledger/messages.ts';
import { problemFor } from '../core/problem.ts';
import { hintedPrice, issueChallenge, nextPrice } from './challenges.ts';
import type { Deps } from './env.ts';
import { needsProof } from './gates/envelope.ts';

/** RFC 9651: an integer has at most 15 digits. */
const FIELD_INTEGER_MAX = 999_999_999_999_999;

/** RateLimit fields (draft-ietf-httpapi-ratelimit-headers): money, never a name. */
export function rateLimitHeaders(
  counters: readonly PrincipalCounter[],
  givenBackNanoUsd: number,
  nowMs: number,
): Record<string, string> {
  const [first] = counters;
  const policies: string[] = [];
  const limits: string[] = [];
  for (const counter of counters) {
    const seconds = windowSeconds(counter.window);
    if (counter.principal !== first?.principal || seconds === null) continue;
    if (counter.cap > FIELD_INTEGER_MAX || counter.resetsAtMs === null) continue;
    const name = `"${scopeOf(counter.principal)}-${counter.window}"`;
    const left = Math.max(0, counter.cap - counter.used - counter.held + givenBackNanoUsd);
    const resets = Math.max(0, Math.ceil((counter.resetsAtMs - nowMs) / 1_000));
    policies.push(`${name};q=${String(counter.cap)};qu="nanousd";w=${String(seconds)}`);
    limits.push(`${name};r=${String(left)};t=${String(resets)}`);
  }
  if (policies.length === 0) return {};
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: limits.join(', ') };
}

/** The challenge for this caller's next call, or nothing for a caller who needs none. */
function nextChallenge(call: Call, deps: Deps): string | null {
  if (!needsProof(call)) return null;
  const bodyBytes = Number(call.headers.get('Content-Length') ?? Number.NaN);
  const hint = Number.isSafeInteger(bodyBytes) && bodyBytes > 0 ? { bodyBytes } : {};
  const costNanoUsdMax =
    call.estimate === null ? hintedPrice(call.route, hint) : nextPrice(call.estimate.totalNanoUsd);
  return issueChallenge(
    {
      route: call.route,
      principal: primaryOf(call),
      // A challenge is only in a call whose caller it names.
      ...(call.challenge === null ? {} : { principalHash: call.challenge.principalHash }),
      jkt: call.challenge !== null && call.apiKey === null ? call.challenge.jkt : '',
      costNanoUsdMax,
    },
    deps,
  );
}

/** Headers of any answer to this call. */
export function callHeaders(
  call: Call,
  decision: 'allow' | 'refuse',
  deps: Deps,
): Record<string, string> {
  const next = nextChallenge(call, deps);
  return {
    'Weighbridge-Request-Id': call.requestId,
    'Weighbridge-Decision': decision,
    'Cache-Control': 'no-store',
    ...(next === null ? {} : { 'Inference-Proof-Next': next }),
  };
}

/** The problem document of a denial. `headers` are those of the call, if there is one. */
export function refuse(
  denial: Denial,
  requestId: string,
  docsUrl: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const problem = problemFor(denial, requestId, docsUrl, Date.now());
  const next = headers['Inference-Proof-Next'];
  return new Response(JSON.stringify(problem.body), {
    status: problem.status,
    headers: {
      'Weighbridge-Request-Id': requestId,
      'Weighbridge-Decision': 'refuse',
      'Cache-Control': 'no-store',
      'Content-Type': 'application/problem+json',
      ...problem.headers,
      ...headers,
      ...(problem.retryAfterSeconds === null
        ? { 'x-should-retry': 'false' }
        : { 'Retry-After': String(problem.retryAfterSeconds) }),
      ...(denial.kind === 'proof-required' && next !== undefined
        ? { 'WWW-Authenticate': `Proof challenge="${next}"` }
        : {}),
    },
  });
}
