// Which requests carry a proof. Only the gateway's origin is ever touched; a request to another
// origin, or one the caller did not put under protection, is sent exactly as it was given.

import { isUnder } from '../core/page/is-under.ts';

export type Treatment =
  /** Sent as it is. */
  | 'pass'
  /** Sent without a proof first; with one if the gateway asks. */
  | 'ask-first'
  /** Sent with a proof. */
  | 'prove';

export type ProtectionOptions = {
  readonly gateway: string | URL;
  readonly protect?: readonly string[];
  readonly key?: string;
};

export type Protection = {
  readonly gateway: URL;
  treatmentOf(url: URL, hasBody: boolean): Treatment;
};

export const PREFIXES_MAX = 64;

/** The gateway's own paths: they issue and operate, they serve no model. */
const OWN_PREFIXES = ['/.well-known/inference-proof', '/_weighbridge'];

export function createProtection(options: ProtectionOptions): Protection {
  const gateway = new URL(options.gateway, globalThis.location?.href);
  const keyed = options.key !== undefined;
  const prefixes = options.protect ?? (keyed ? [] : ['/']);
  if (prefixes.length > PREFIXES_MAX) {
    throw new TypeError(`createFetch: at most ${PREFIXES_MAX} protected paths`);
  }
  const listed = options.protect !== undefined;
  return {
    gateway,
    treatmentOf(url, hasBody) {
      if (url.origin !== gateway.origin) return 'pass';
      if (isUnder(url.pathname, OWN_PREFIXES)) return 'pass';
      if (isUnder(url.pathname, prefixes)) {
        if (hasBody) return 'prove';
        if (listed) return 'ask-first';
      }
      return keyed ? 'ask-first' : 'pass';
    },
  };
}
