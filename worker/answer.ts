// What every answer of the gateway carries, whatever it says: the request id, the decision, where
// the caller's budget stands, and a fresh challenge. And a denial as the problem document it ends
// in.

import { changeList } from '../core/change-list.ts';
import { type Call, callerClassOf, needsProof, primaryOf } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import type { DialectFamily } from '../core/dialects/dialect.ts';
import { windowSeconds } from '../core/ledger/window.ts';
import { scopeOf } from '../core/policy/limits.ts';
import type { PrincipalCounter } from '../core/ledger/messages.ts';
import { problemFor } from '../core/problem.ts';
import { shapeProblem } from '../core/problem-shape.ts';
import { hintedPrice, type Issued, issueChallenge, nextPrice } from './challenges.ts';
import type { Deps } from './env.ts';
import { isGoodForNext } from './human-pass.ts';
import { proofScheme } from './parameters.ts';
import { riskOf } from './risk.ts';
import { withRememberedUser } from './signed-in.ts';

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

export type Decision = 'allow' | 'refuse';

/** What was put in the place of what was asked for (RFC 9651 list), and by which model. */
function narrowedHeaders({ changes, downgraded }: Call): Record<string, string> {
  const model = downgraded === null ? {} : { 'Weighbridge-Model-Served': downgraded.to };
  return changes.length === 0 ? model : { ...model, 'Weighbridge-Narrowed': changeList(changes) };
}

/** The challenge for this caller's next call, or nothing for a caller who needs none. */
function nextChallenge(judged: Call, decision: Decision, deps: Deps): Issued | null {
  if (!needsProof(judged)) return null;
  // One for an address is nothing to a user whose token has not been looked at.
  const call = withRememberedUser(judged, deps);
  if (call === null) return null;
  const { challenge, estimate, user } = call;
  const bodyBytes = Number(call.headers.get('Content-Length') ?? Number.NaN);
  const hint = Number.isSafeInteger(bodyBytes) && bodyBytes > 0 ? { bodyBytes } : {};
  const costNanoUsdMax =
    estimate === null ? hintedPrice(call.route, hint) : nextPrice(estimate.totalNanoUsd);
  return issueChallenge(
    {
      route: call.route,
      principal: primaryOf(call),
      caller: callerClassOf(call),
      risk: riskOf(call, deps),
      jkt: call.apiKey === null ? user?.jkt || (challenge?.jkt ?? '') : '',
      costNanoUsdMax,
      // Whoever signs as our client does is kept one ahead (DPoP alone ties no work to a body); a
      // refused call is tried again with its bytes.
      ahead: decision === 'allow' && call.evidence?.bytes['s'] !== undefined,
      hasPass: isGoodForNext(call.pass, costNanoUsdMax, deps),
    },
    deps,
  );
}

/** Headers of any answer to this call. */
export function callHeaders(call: Call, decision: Decision, deps: Deps): Record<string, string> {
  const next = nextChallenge(call, decision, deps);
  const sealed = call.pass?.sealed ?? null;
  const id = call.talk?.conversationId ?? null;
  return {
    'Weighbridge-Request-Id': call.requestId,
    'Weighbridge-Decision':
      decision === 'allow' && call.downgraded !== null ? 'downgrade' : decision,
    'Cache-Control': 'no-store',
    ...(decision === 'allow' ? narrowedHeaders(call) : {}),
    ...(decision === 'allow' && id !== null ? { 'Weighbridge-Conversation': id } : {}),
    ...(next === null ? {} : { 'Inference-Proof-Next': next.wire }),
    ...(next === null || decision === 'allow'
      ? {}
      : { 'WWW-Authenticate': proofScheme(next, call.route, deps) }),
    ...(sealed === null ? {} : { 'Inference-Proof-Pass': sealed }),
  };
}

/**
 * What a 401 asks for: a private token for the challenge it presented, or any fresh proof. A 403
 * for a proof says the same (RFC 9110, 11.6.1: other statuses may); no other refusal asks.
 */
function asksFor(
  { kind }: Denial,
  said: Readonly<Record<string, string>>,
  fresh: string | undefined,
): Record<string, string> {
  if (kind === 'proof-required') return { 'WWW-Authenticate': fresh ?? 'Proof' };
  if (kind === 'proof-rejected') return fresh === undefined ? {} : { 'WWW-Authenticate': fresh };
  if (kind !== 'private-token-required') return {};
  return { 'WWW-Authenticate': `${said['WWW-Authenticate'] ?? ''}, ${fresh ?? 'Proof'}` };
}

/**
 * The problem document of a denial, in the clothes of the dialect that was spoken. `headers` are
 * those of the call, if there is one.
 */
export function refuse(
  denial: Denial,
  requestId: string,
  docsUrl: string,
  headers: Readonly<Record<string, string>>,
  family: DialectFamily = 'plain',
): Response {
  const problem = problemFor(denial, requestId, docsUrl, Date.now());
  const { body, contentType } = shapeProblem(problem, family);
  const { 'WWW-Authenticate': fresh, ...others } = headers;
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: {
      'Weighbridge-Request-Id': requestId,
      'Weighbridge-Decision': 'refuse',
      'Cache-Control': 'no-store',
      'Content-Type': contentType,
      ...problem.headers,
      ...others,
      ...(problem.retryAfterSeconds === null
        ? { 'x-should-retry': 'false' }
        : { 'Retry-After': String(problem.retryAfterSeconds) }),
      ...asksFor(denial, problem.headers, fresh),
    },
  });
}
