// A grant: the gateway's word to one server of the app that it may spend one hold, as a compact JWS
// (RFC 7515) with HS256. It carries two tags. The signature is by the secret that the origin shares
// with us, and tells the origin that the call came through the gateway. The seal is by a key of our
// own, and tells us that the ceilings are ours: an origin cannot write itself a larger grant. This
// file judges words; whether the run is still open is the ledger's to say.

import * as z from 'zod';
import { type Bytes, concatBytes, equalBytes, fromBase64Url, toBase64Url, utf8 } from '../bytes.ts';
import type { RunTicket } from '../call.ts';
import { readCompactJws } from '../compact-jws.ts';
import type { SealedTokens } from '../proof/sealed-token.ts';
import { hmacSha256, sha256 } from '../proof/sha256.ts';

export const GRANT_HEADER = 'Weighbridge-Grant';
/** RFC 8725, 3.11: a token of another kind is never taken for one of these. */
export const GRANT_TYPE = 'weighbridge-grant+jwt';
export const GRANT_BYTES_MAX = 2_048;

const HEADER = toBase64Url(utf8(JSON.stringify({ alg: 'HS256', typ: GRANT_TYPE })));
const TIME_BYTES = 4;

const amount = z.int().min(0);
const name = z.string().min(1).max(128);

const claimsSchema = z.strictObject({
  /** The gateway's realm. */
  iss: name,
  /** The origin it is for. */
  aud: name,
  /** The run: the parent call's key. */
  sub: z.string().regex(/^[0-9a-z]{7}_[A-Za-z0-9_-]{22}$/),
  iat: amount,
  exp: amount,
  route: name,
  /** The object that keeps the run's account. */
  home: name,
  nano_usd: amount,
  /** Of one step. */
  output_tokens: amount,
  steps: amount,
  tool_calls: amount,
  seal: z.string().max(128),
});

type Claims = z.infer<typeof claimsSchema>;

export type Grant = {
  readonly realm: string;
  readonly origin: string;
  readonly route: string;
  readonly issuedAtSeconds: number;
  readonly ticket: RunTicket;
};

/** A grant as it was shown. Nothing in it is believed before `isGenuine`. */
export type ShownGrant = { readonly grant: Grant; readonly seal: string; readonly text: string };

const grantOf = (claims: Claims): Grant => ({
  realm: claims.iss,
  origin: claims.aud,
  route: claims.route,
  issuedAtSeconds: claims.iat,
  ticket: {
    id: claims.sub,
    home: claims.home,
    nanoUsdMax: claims.nano_usd,
    outputTokensMax: claims.output_tokens,
    stepsMax: claims.steps,
    toolCallsMax: claims.tool_calls,
    expiresAtSeconds: claims.exp,
  },
});

const claimsOf = ({ realm, origin, route, issuedAtSeconds, ticket }: Grant) => ({
  iss: realm,
  aud: origin,
  sub: ticket.id,
  iat: issuedAtSeconds,
  exp: ticket.expiresAtSeconds,
  route,
  home: ticket.home,
  nano_usd: ticket.nanoUsdMax,
  output_tokens: ticket.outputTokensMax,
  steps: ticket.stepsMax,
  tool_calls: ticket.toolCallsMax,
});

/** What the seal covers: when it was made, so that a retired key seals nothing, and every claim. */
function sealedBody(grant: Grant): Bytes {
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setUint32(0, grant.issuedAtSeconds);
  return concatBytes<Bytes>([time, sha256(utf8(JSON.stringify(claimsOf(grant))))]);
}

/** For `Keyring.sealer('grant', …)`. */
export const grantIssuedAtSeconds = (body: Bytes): number =>
  body.length < TIME_BYTES ? 0 : new DataView(body.buffer, body.byteOffset).getUint32(0);

const tagOf = (signed: string, key: Bytes): Bytes => hmacSha256(key)(utf8(signed));

export function signGrant(grant: Grant, key: Bytes, seals: SealedTokens): string {
  const claims = { ...claimsOf(grant), seal: seals.seal(sealedBody(grant)) };
  const signed = `${HEADER}.${toBase64Url(utf8(JSON.stringify(claims)))}`;
  return `${signed}.${toBase64Url(tagOf(signed, key))}`;
}

/** Null for anything that is not written as a grant is. */
export function readGrant(text: string): ShownGrant | null {
  const jws = readCompactJws(text, GRANT_BYTES_MAX);
  if (jws === null || jws.header['alg'] !== 'HS256' || jws.header['typ'] !== GRANT_TYPE) {
    return null;
  }
  const claims = claimsSchema.safeParse(jws.claims);
  if (!claims.success) return null;
  return { grant: grantOf(claims.data), seal: claims.data.seal, text };
}

/** Did we make this grant, for the origin with this key? */
export function isGenuine(
  { grant, seal, text }: ShownGrant,
  key: Bytes,
  seals: SealedTokens,
): boolean {
  const dot = text.lastIndexOf('.');
  const tag = fromBase64Url(text.slice(dot + 1));
  if (tag === null || !equalBytes(tagOf(text.slice(0, dot), key), tag)) return false;
  const sealed = seals.open(seal);
  return sealed.ok && equalBytes(sealed.value, sealedBody(grant));
}
