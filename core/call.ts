// One AI request on its way through the gates. A value: each gate returns a new one with its part
// filled in and never touches what an earlier gate decided.

import type { Bytes } from './bytes.ts';
import type { Ask } from './dialects/dialect.ts';
import type { Denial } from './denial.ts';
import type { Route } from './policy/policy.ts';
import type { ModelPrice } from './pricing/catalog.ts';
import type { Estimate } from './pricing/estimate.ts';
import type { Challenge } from './proof/challenge.ts';
import type { Evidence } from './proof/evidence.ts';
import type { Result } from './result.ts';

/** The body that has not been read yet. It can be read once. */
export type IncomingBody = {
  read(bytesMax: number): Promise<Result<Bytes, Denial>>;
};

/** The caller by API key: the public id, and the hash the ledger compares. */
export type ApiKey = {
  readonly id: string;
  readonly hash: string;
  /** Whose key it is, if it was issued for a tenant. */
  readonly tenant: string | null;
};

export type Call = {
  readonly requestId: string;
  /** The ledger's key for this call and which HTTP request of it this is. */
  readonly key: string;
  readonly attempt: string;
  readonly receivedAtMs: number;
  readonly route: Route;
  readonly method: string;
  readonly headers: Headers;
  readonly incoming: IncomingBody;
  /** `ip:…`, folded to the prefix that is charged. */
  readonly ip: string;
  readonly apiKey: ApiKey | null;
  /** A bearer token was sent that is not ours. */
  readonly bearerSeen: boolean;
  readonly challenge: Challenge | null;
  readonly evidence: Evidence | null;
  readonly body: { readonly bytes: Bytes; readonly digest: Bytes; readonly json: unknown } | null;
  readonly ask: Ask | null;
  readonly price: ModelPrice | null;
  readonly outputTokensMax: number | null;
  /** The JSON that goes up, as long as the ceiling is what it is. */
  readonly forwarded: string | null;
  readonly estimate: Estimate | null;
};

/** Whom the call charges first: the principal that challenges name. */
export function primaryOf(call: Pick<Call, 'apiKey' | 'challenge' | 'ip'>): string {
  if (call.apiKey !== null) return `key:${call.apiKey.id}`;
  if (call.challenge !== null && call.challenge.jkt !== '') return `device:${call.challenge.jkt}`;
  return call.ip;
}
