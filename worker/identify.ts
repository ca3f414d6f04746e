// Who is calling, from what cannot be forged: the address the edge saw and an API key whose tag is
// right. Device keys come later, with the signature that proves them. No header may name a
// principal.

import { ipPrincipal } from '../core/address.ts';
import { API_KEY_PREFIX } from '../core/api-key.ts';
import { toBase64Url } from '../core/bytes.ts';
import type { ApiKey, Call } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import { callKey, formatRequestId } from '../core/ledger/call-key.ts';
import type { Route } from '../core/policy/policy.ts';
import { err, ok, type Result } from '../core/result.ts';
import { incomingBody } from './adapters/incoming-body.ts';
import type { Deps } from './env.ts';

const ATTEMPT_BYTES = 6;
const NONCE_BYTES = 16;

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

/** A key of ours, or nothing. Something that looks like one and is not is refused. */
export function readBearer(headers: Headers, deps: Deps): Result<Bearer, Denial> {
  const header = headers.get('Authorization');
  if (header === null) return ok({ apiKey: null, seen: false });
  const token = header.replace(/^Bearer +/i, '');
  if (!token.startsWith(API_KEY_PREFIX)) return ok({ apiKey: null, seen: true });
  const apiKey = deps.apiKeys.read(token);
  return apiKey === null
    ? err({ kind: 'api-key-invalid', reason: 'forged' })
    : ok({ apiKey, seen: true });
}

/** The call before any gate has looked at it. */
export function identify(request: Request, route: Route, deps: Deps): Call {
  const receivedAtMs = deps.nowMs();
  const ip = ipPrincipal(callerAddress(request, deps.isLocal));
  const key = callKey(receivedAtMs, deps.randomBytes(NONCE_BYTES));
  const attempt = toBase64Url(deps.randomBytes(ATTEMPT_BYTES));
  return {
    requestId: formatRequestId({ key, attempt, ...deps.ledgers.shardOf(ip) }),
    key,
    attempt,
    receivedAtMs,
    route,
    method: request.method,
    headers: request.headers,
    incoming: incomingBody(request),
    ip,
    apiKey: null,
    bearerSeen: false,
    challenge: null,
    evidence: null,
    body: null,
    ask: null,
    price: null,
    outputTokensMax: null,
    forwarded: null,
    estimate: null,
  };
}
