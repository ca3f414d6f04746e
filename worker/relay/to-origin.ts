// Sends a call on to a server of the app itself, with the grant that lets it spend what was held,
// signed, and hands its answer back. The origin hears what the caller said, except for what is ours
// or what a caller could forge: every Weighbridge header, the proof, and whatever claims to know
// the address.

import { API_KEY_PREFIX } from '../../core/api-key.ts';
import { type Call, callerClassOf } from '../../core/call.ts';
import { PRIVATE_TOKEN_SCHEME } from '../../core/proof/private-token.ts';
import { present } from '../../core/result.ts';
import { GRANT_HEADER } from '../../core/run/grant.ts';
import type { Deps } from '../env.ts';
import { grantFor } from '../grants.ts';
import { KEY_HEADERS, queryOf } from '../identify.ts';
import { lockedText, signOriginRequest } from '../origin-signature.ts';
import type { Reservation } from '../reserve.ts';
import {
  ANOTHER_METHOD,
  ANOTHER_PATH,
  CALLER_FAMILIES,
  CALLER_HEADERS,
  plainName,
} from './forgeable.ts';

/** RFC 9110, 7.6.1, and what belongs to one connection or one length of a body. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'content-encoding',
] as const;

/** For us: the origin cannot check them, because the body it gets is written anew. */
const OURS = ['host', 'expect', 'accept-encoding', 'content-type', 'content-digest', 'dpop'];
const OUR_FAMILIES = ['weighbridge-', 'inference-proof', 'signature'] as const;

const TO_ORIGIN_DROPPED = new Set<string>([...HOP_BY_HOP, ...OURS, ...CALLER_HEADERS]);
const TO_ORIGIN_FAMILIES = [
  ...OUR_FAMILIES,
  ...CALLER_FAMILIES,
  ...ANOTHER_PATH,
  ...ANOTHER_METHOD,
];

/** What the gateway says of an answer, nobody else does. */
const FROM_ORIGIN_DROPPED = new Set<string>(HOP_BY_HOP);
const FROM_ORIGIN_FAMILIES = ['weighbridge-', 'inference-proof', 'ratelimit', 'access-control-'];

/** Names that `Connection` declares to be of this hop alone. */
const declared = (headers: Headers): ReadonlySet<string> =>
  new Set((headers.get('Connection') ?? '').toLowerCase().split(/\s*,\s*/));

/** Some servers take `_` for `-`: what would be read as one of ours is one of ours. */
function passing(
  headers: Headers,
  dropped: ReadonlySet<string>,
  families: readonly string[],
): Headers {
  const ofHop = declared(headers);
  const kept = new Headers();
  for (const [name, value] of headers) {
    const plain = plainName(name);
    if (dropped.has(plain) || ofHop.has(name.toLowerCase())) continue;
    if (families.some((family) => plain.startsWith(family))) continue;
    kept.append(name, value);
  }
  return kept;
}

/** A key of ours is a secret between its holder and us; a token for the app is the app's. */
function withoutOurKeys(headers: Headers): void {
  for (const name of ['authorization', ...KEY_HEADERS]) {
    const value = headers.get(name) ?? '';
    const isOurs = value.replace(/^bearer +/i, '').startsWith(API_KEY_PREFIX);
    if (isOurs || PRIVATE_TOKEN_SCHEME.test(value)) headers.delete(name);
  }
}

/** Who calls, in our own words. */
function sayWho(headers: Headers, call: Call): void {
  headers.set('Weighbridge-Caller', callerClassOf(call));
  if (call.user !== null) headers.set('Weighbridge-User', lockedText(call.user.id));
  if (call.plan !== null) headers.set('Weighbridge-Plan', lockedText(call.plan.id));
}

/** The origin's answer. Rejects if there is none. A redirect is an answer, and is not followed. */
export async function forwardToOrigin(
  reservation: Reservation,
  signal: AbortSignal,
  deps: Deps,
): Promise<Response> {
  const { call } = reservation;
  const { method, route } = call;
  const origin = present(route.origin, 'origin');
  const { body, contentType } = present(call.forwarded, 'forwarded');
  const { baseUrl } = deps.appOrigin(origin);
  const url = new URL(`${baseUrl}${route.upstreamPath}${queryOf(call.url)}`);
  const headers = passing(call.headers, TO_ORIGIN_DROPPED, TO_ORIGIN_FAMILIES);
  withoutOurKeys(headers);
  headers.set('Accept-Encoding', 'identity');
  // A caller's own word where nothing looks at the bytes; what a signature cannot say is no loss.
  if (contentType !== '') headers.set('Content-Type', contentType.replace(/[^ -~]/g, ' '));
  headers.set('Weighbridge-Request-Id', call.requestId);
  if (route.run !== null) headers.set(GRANT_HEADER, grantFor(reservation, deps));
  sayWho(headers, call);
  const signed = await signOriginRequest({ origin, method, url, headers, body }, deps);
  return fetch(url, { method, headers: signed, body, redirect: 'manual', signal });
}

/** What of an origin's answer the caller gets: all but what belongs to the hop, or to us. */
export const originAnswerHeaders = (answer: Response): Headers =>
  passing(answer.headers, FROM_ORIGIN_DROPPED, FROM_ORIGIN_FAMILIES);
