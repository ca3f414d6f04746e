// Who is calling, from what cannot be forged: the address the edge saw and an API key whose tag is
// right. Users, agents and device keys come later, with what proves them. No header may name a
// principal.

import { ipPrincipal } from '../core/address.ts';
import { API_KEY_PREFIX, isExpired } from '../core/api-key.ts';
import { toBase64Url } from '../core/bytes.ts';
import type { ApiKey, Call, RunTicket } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import { callKey, formatRequestId } from '../core/ledger/call-key.ts';
import { shardAt } from '../core/ledger/layout.ts';
import type { Route } from '../core/policy/policy.ts';
import { NONCE_BYTES } from '../core/proof/challenge.ts';
import { PRIVATE_TOKEN_SCHEME } from '../core/proof/private-token.ts';
import { err, ok, type Result } from '../core/result.ts';
import { incomingBody } from './adapters/incoming-body.ts';
import type { Deps } from './env.ts';

export const ATTEMPT_BYTES = 6;

/** With its question mark; nothing where there is none. */
export const queryOf = (url: string): string => /\?[^#]*/.exec(url)?.[0] ?? '';

/** `1.2.3.4:567` or `[::1]:567`, as the local runtime writes it. */
const withoutPort = (address: string): string =>
  address.startsWith('[') ? address.slice(1, address.indexOf(']')) : address.replace(/:\d+$/, '');

/**
 * The caller's address. At the edge only CF-Connecting-IP says it; locally only the socket does.
 */
export function callerAddress(request: Request, isLocal: boolean): string {
  if (!isLocal) return request.headers.get('CF-Connecting-IP') ?? '';
  const cf = request.cf as { clientIp?: unknown } | undefined;
  return typeof cf?.clientIp === 'string' ? withoutPort(cf.clientIp) : '';
}

export type Bearer = { readonly apiKey: ApiKey | null; readonly seen: boolean };

/** Where the SDKs of other providers put the key they are given. */
export const KEY_HEADERS = ['x-api-key', 'x-goog-api-key'] as const;

/** What was shown as a key: the first header that has one decides, and no other is looked at. */
export function shownKey(headers: Headers): string | null {
  const header = headers.get('Authorization');
  if (header !== null && !PRIVATE_TOKEN_SCHEME.test(header)) {
    return header.replace(/^Bearer +/i, '');
  }
  return KEY_HEADERS.map((name) => headers.get(name)).find((value) => value !== null) ?? null;
}

/** A key of ours, or nothing. What looks like one and is not, or is over, is refused. */
export function readBearer(headers: Headers, deps: Deps): Result<Bearer, Denial> {
  const token = shownKey(headers);
  if (token === null) return ok({ apiKey: null, seen: false });
  if (!token.startsWith(API_KEY_PREFIX)) return ok({ apiKey: null, seen: true });
  const apiKey = deps.apiKeys.read(token);
  if (apiKey === null) return err({ kind: 'api-key-invalid', reason: 'forged' });
  return isExpired(apiKey, deps.nowMs())
    ? err({ kind: 'api-key-invalid', reason: 'expired' })
    : ok({ apiKey, seen: true });
}

/** The route of a call, what its path says beyond it, and the run that it is a step of. */
export type Addressed = {
  readonly route: Route;
  readonly target?: string;
  readonly run?: RunTicket;
};

/** The call before any gate has looked at it. */
export function identify(
  request: Request,
  { route, target = '', run }: Addressed,
  deps: Deps,
): Call {
  const receivedAtMs = deps.nowMs();
  const ip = ipPrincipal(callerAddress(request, deps.isLocal));
  const key = callKey(receivedAtMs, deps.randomBytes(NONCE_BYTES));
  const attempt = toBase64Url(deps.randomBytes(ATTEMPT_BYTES));
  const place = (run === undefined ? null : shardAt(run.home)) ?? deps.ledgers.shardOf(ip);
  return {
    requestId: formatRequestId({ key, attempt, ...place }),
    key,
    attempt,
    receivedAtMs,
    route,
    method: request.method,
    url: request.url,
    target: target + queryOf(request.url),
    headers: request.headers,
    incoming: incomingBody(request),
    ip,
    apiKey: null,
    bearerSeen: false,
    user: null,
    agent: null,
    run: run ?? null,
    loop: null,
    talk: null,
    challenge: null,
    evidence: null,
    proofStrengthNanoUsd: 0,
    pass: null,
    plan: null,
    changes: [],
    observed: [],
    isUnproven: false,
    lifts: [],
    isNonceSpent: false,
    downgraded: null,
    body: null,
    ask: null,
    price: null,
    outputTokensMax: null,
    forwarded: null,
    estimate: null,
  };
}
