// What a Turnstile token has to say to count for one challenge: solved for it (`cdata`), on its
// route (`action`), on a page of ours (`hostname`). Who solved it is between the widget and
// Cloudflare; this only compares what siteverify answered with what we asked for.

import { toHex } from '../bytes.ts';
import { sha256Base64Url } from './sha256.ts';

/** Cloudflare's own limit. */
export const HUMAN_TOKEN_CHARS_MAX = 2_048;
/** Cloudflare's limit for an action. */
const ACTION_CHARS_MAX = 32;

/** The widget's `action` on this route. */
export const humanAction = (routeId: string): string => routeId.slice(0, ACTION_CHARS_MAX);

/** The widget's `cData` for this challenge: 43 characters. */
export const humanCdata = (challengeWire: string): string => sha256Base64Url(challengeWire);

/** The nonce in the shape of a UUID (RFC 9562, version 8): one nonce, one question. */
export function idempotencyKeyOf(nonce: Uint8Array): string {
  const bytes = nonce.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = toHex(bytes);
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(1)
    .map((end, index) => hex.slice(cuts[index], end))
    .join('-');
}

/** What siteverify says of a token. */
export type SiteVerdict = {
  readonly isSuccess: boolean;
  readonly errorCodes: readonly string[];
  readonly hostname: string;
  readonly action: string;
  readonly cdata: string;
};

export type Expected = {
  readonly challengeWire: string;
  readonly routeId: string;
  readonly hostnames: readonly string[];
};

/** Null if the token is for this challenge, else what speaks against it, for the log. */
export function siteVerdictFlaw(verdict: SiteVerdict, expected: Expected): string | null {
  if (!verdict.isSuccess) return ['siteverify', ...verdict.errorCodes].join(' ');
  if (verdict.cdata !== humanCdata(expected.challengeWire)) return 'cdata';
  if (verdict.action !== humanAction(expected.routeId)) return 'action';
  return expected.hostnames.includes(verdict.hostname) ? null : 'hostname';
}
