// Turnstile inside workerd: a site that knows for which challenge each token was solved, and a
// caller who shows one. Tokens are bought here, as a farm buys them.

import { toBase64Url, utf8 } from '../../core/bytes.ts';
import type { PolicySource } from '../../core/policy/schema.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import policySource from '../support/policy.ts';
import { type Gateway, policyWith } from './gateway-harness.ts';

const HOSTNAME = 'shop.example';

type Every = NonNullable<PolicySource['proof']['human']>['every'];

/** One human proof for each so much of spend, on every route. */
export const humanPolicy = (every: Every, changes: Partial<PolicySource> = {}) =>
  policyWith({
    ...changes,
    proof: {
      ...policySource.proof,
      human: { siteKey: '0x4AAA', secret: 'TURNSTILE_SECRET', hostnames: [HOSTNAME], every },
      rules: [
        { callers: ['device'], require: ['work', 'device', 'human'] },
        { require: ['work', 'human'] },
      ],
    },
  });

export type Solved = { readonly cdata: string; readonly action: string; readonly hostname: string };

/** A site where tokens can be had for a challenge, each good for one question. */
export function openSite(gateway: Gateway) {
  const tokens = new Map<string, Solved>();
  let sold = 0;
  gateway.siteAnswersWith((token) => {
    const solved = tokens.get(token);
    tokens.delete(token);
    return solved === undefined
      ? Response.json({ success: false, 'error-codes': ['timeout-or-duplicate'] })
      : Response.json({ success: true, ...solved, challenge_ts: '2026-11-21T00:00:00Z' });
  });
  return {
    sold: () => sold,
    /** A token solved for this challenge, or as `other` says. */
    buy(challengeWire: string, other: Partial<Solved> = {}): string {
      sold += 1;
      const token = `token-${String(sold)}`;
      const cdata = toBase64Url(sha256(utf8(challengeWire)));
      tokens.set(token, { cdata, action: 'app-chat', hostname: HOSTNAME, ...other });
      return token;
    },
  };
}

/** The evidence with one more member. */
export const alsoShowing = (
  headers: Record<string, string>,
  member: string,
  value: string,
): Record<string, string> => ({
  ...headers,
  'Inference-Proof': `${headers['Inference-Proof'] ?? ''}, ${member}="${value}"`,
});
