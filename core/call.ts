// One AI request on its way through the gates. A value: each gate returns a new one with its part
// filled in and never touches what an earlier gate decided.

import type { KeyTerms } from './api-key-id.ts';
import type { Bytes } from './bytes.ts';
import type { Ask, FormField } from './dialects/dialect.ts';
import type { Outgoing } from './dialects/outgoing.ts';
import type { Denial } from './denial.ts';
import type { LedgerAddress } from './ledger/layout.ts';
import type { Origin, Provider, Route } from './policy/policy.ts';
import type { ModelPrice } from './pricing/rates.ts';
import type { Estimate } from './pricing/estimate.ts';
import type { Challenge } from './proof/challenge.ts';
import type { Evidence } from './proof/evidence.ts';
import type { CallerClass } from './proof/requirement.ts';
import { present, type Result } from './result.ts';

/** The body that has not been read yet. It can be read once. */
export type IncomingBody = {
  read(bytesMax: number): Promise<Result<Bytes, Denial>>;
};

/** The caller by API key: the public id with what it says, and the hash the ledger compares. */
export type ApiKey = KeyTerms & {
  readonly id: string;
  readonly hash: string;
  /** Whose key it is, if it was issued for a tenant. */
  readonly tenant: string | null;
};

/** A user of the app, by the app's own word. */
export type UserIdentity = {
  readonly id: string;
  /** Thumbprint of the key that the token is bound to (`cnf.jkt`), or empty. */
  readonly jkt: string;
};

export type AgentIdentity = { readonly id: string; readonly keyId: string };

/** A purse that one proof of being human opened: `pass:<id>`. */
export type HumanPass = {
  readonly id: string;
  readonly capNanoUsd: number;
  readonly expiresAtSeconds: number;
  /** Opened by this call, if its human proof holds. */
  readonly isNew: boolean;
  /** What the caller shows from then on; null until its proof has held. */
  readonly sealed: string | null;
  /** After the hold; null before it. */
  readonly leftNanoUsd: number | null;
};

/** The body as it was received, and as its route's dialect reads it. */
export type RequestBody = {
  readonly bytes: Bytes;
  readonly digest: Bytes;
  readonly json: unknown;
  readonly form: readonly FormField[];
  readonly contentType: string;
};

/** The run that a step belongs to, as its grant says: whoever shows it may spend what is left. */
export type RunTicket = {
  /** The parent's key in the ledger: the run's account is `run:<id>`. */
  readonly id: string;
  /** The object that keeps it. */
  readonly home: LedgerAddress;
  readonly nanoUsdMax: number;
  readonly outputTokensMax: number;
  readonly stepsMax: number;
  readonly toolCallsMax: number;
  readonly expiresAtSeconds: number;
};

export type Call = {
  readonly requestId: string;
  /** The ledger's key for this call and which HTTP request of it this is. */
  readonly key: string;
  readonly attempt: string;
  readonly receivedAtMs: number;
  readonly route: Route;
  readonly method: string;
  /** As the caller addressed it: what a signature may cover. */
  readonly url: string;
  /** What stands in the path behind the route's own, with the query; mostly nothing. */
  readonly target: string;
  readonly headers: Headers;
  readonly incoming: IncomingBody;
  /** `ip:…`, folded to the prefix that is charged. */
  readonly ip: string;
  readonly apiKey: ApiKey | null;
  /** A bearer token was sent that is not ours. */
  readonly bearerSeen: boolean;
  /** By a token that an identity provider of the policy signed. */
  readonly user: UserIdentity | null;
  /** A named server or agent: what it says it is, until its signature is checked. */
  readonly agent: AgentIdentity | null;
  /** Of a step: the run that pays for it. */
  readonly run: RunTicket | null;
  readonly challenge: Challenge | null;
  readonly evidence: Evidence | null;
  /** What the proofs that were accepted cost at the least who has to buy them. */
  readonly proofStrengthNanoUsd: number;
  /** What a human proof allows to spend; the call is charged to it as well. */
  readonly pass: HumanPass | null;
  readonly body: RequestBody | null;
  readonly ask: Ask | null;
  readonly price: ModelPrice | null;
  readonly outputTokensMax: number | null;
  /** What goes up, as long as the ceiling is what it is. */
  readonly forwarded: Outgoing | null;
  readonly estimate: Estimate | null;
};

type Named = Pick<Call, 'apiKey' | 'user' | 'agent' | 'ip'> & {
  readonly run?: RunTicket | null;
  readonly challenge: Pick<Challenge, 'jkt'> | null;
};

/** Whom the call charges first: the principal that challenges name. */
export function primaryOf({ run, apiKey, agent, user, challenge, ip }: Named): string {
  if (run !== null && run !== undefined) return `run:${run.id}`;
  if (apiKey !== null) return `key:${apiKey.id}`;
  if (agent !== null) return `agent:${agent.id}`;
  if (user !== null) return `user:${user.id}`;
  if (challenge !== null && challenge.jkt !== '') return `device:${challenge.jkt}`;
  return ip;
}

/** The most telling thing that is known of the caller. */
export function callerClassOf({ apiKey, agent, user, challenge }: Named): CallerClass {
  if (apiKey !== null) return 'key';
  if (agent !== null) return 'agent';
  if (user !== null) return 'user';
  return challenge !== null && challenge.jkt !== '' ? 'device' : 'address';
}

/** Does this route ask this caller for a proof? A capped, expiring key for tests is spared. */
export const needsProof = ({ route, apiKey }: Pick<Call, 'route' | 'apiKey'>): boolean =>
  !route.isStep && (apiKey === null || (route.proof === 'always' && apiKey.purpose !== 'ci'));

/** Who answers it: a provider, or a server of the app. */
export const upstreamOf = ({ route }: Pick<Call, 'route'>): Provider | Origin =>
  present(route.provider ?? route.origin, 'upstream');
