// Signs what the gateway sends to a server of the app, so that the server can refuse everything
// else: an HTTP message signature (RFC 9421) by a key that the two share, over method, path, query,
// the very body (RFC 9530), and each header in which we speak. It says nothing about headers of the
// caller's own, which pass as they came.

import { type Bytes, toBase64, toBase64Url } from '../core/bytes.ts';
import type { Origin } from '../core/policy/policy.ts';
import { signatureBase } from '../core/proof/http-signature.ts';
import { purposeKey } from '../core/proof/purpose.ts';
import { hmacSha256 } from '../core/proof/sha256.ts';
import {
  type BareItem,
  formatItem,
  formatMember,
  type Item,
} from '../core/proof/structured-field.ts';
import { Fault } from '../core/result.ts';
import type { Deps } from './env.ts';

/** How long a server has to remember nonces. */
export const LOCK_SECONDS = 60;
const NONCE_BYTES = 16;
const LABEL = 'weighbridge';
const TAG = 'weighbridge-origin';
const COVERED = ['@method', '@path', '@query', 'content-digest'];

/** Keys of the secrets in use, derived once for each. */
const macs = new WeakMap<Bytes, ReturnType<typeof hmacSha256>>();

function macOf(secret: Bytes): ReturnType<typeof hmacSha256> {
  const known = macs.get(secret);
  if (known !== undefined) return known;
  const made = hmacSha256(purposeKey(secret, 'origin-lock'));
  macs.set(secret, made);
  return made;
}

const text = (value: string): BareItem => ({ as: 'string', value });
const item = (bare: BareItem): Item => ({ bare, parameters: new Map() });

/** A value of ours as a structured string (RFC 9651). */
export const lockedText = (value: string): string => formatItem(item(text(value)));

const isSpoken = (name: string): boolean =>
  name === 'content-type' || name.startsWith('weighbridge-');

export type OriginRequest = {
  readonly origin: Origin;
  readonly method: string;
  /** As it is fetched. */
  readonly url: URL;
  /** What is sent; of it `Content-Type` and every `Weighbridge-` header are signed. */
  readonly headers: Headers;
  /** Null and empty are the same. */
  readonly body: Bytes | null;
};

/** The headers with what proves that they are ours. Good for one request, and for a minute. */
export async function signOriginRequest(
  { origin, method, url, headers: sent, body }: OriginRequest,
  deps: Pick<Deps, 'appOrigin' | 'nowMs' | 'randomBytes'>,
): Promise<Headers> {
  const headers = new Headers(sent);
  const digest = await crypto.subtle.digest('SHA-256', body ?? new Uint8Array(0));
  headers.set('Content-Digest', `sha-256=:${toBase64(new Uint8Array(digest))}:`);
  const created = Math.floor(deps.nowMs() / 1_000);
  const input = {
    items: [...COVERED, ...[...headers.keys()].filter(isSpoken)].map((name) => item(text(name))),
    parameters: new Map<string, BareItem>([
      ['created', { as: 'integer', value: created }],
      ['expires', { as: 'integer', value: created + LOCK_SECONDS }],
      ['nonce', text(toBase64Url(deps.randomBytes(NONCE_BYTES)))],
      ['keyid', text(origin.id)],
      ['alg', text('hmac-sha256')],
      ['tag', text(TAG)],
    ]),
  };
  const derived = new Map([
    ['@method', method],
    ['@path', url.pathname],
    ['@query', url.search === '' ? '?' : url.search],
  ]);
  const base = signatureBase(
    { label: LABEL, keyId: origin.id, input },
    {
      derived: (name) => derived.get(name) ?? null,
      field: (name) => headers.get(name),
    },
  );
  // Whoever writes such a header has let something in that no header can say.
  if (!base.ok) throw new Fault('a request to an origin that cannot be signed');
  headers.set('Signature-Input', `${LABEL}=${formatMember(input)}`);
  headers.set(
    'Signature',
    `${LABEL}=:${toBase64(macOf(deps.appOrigin(origin).grantKey)(base.value))}:`,
  );
  return headers;
}
