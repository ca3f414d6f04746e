// One AI request on its way through the gates. A value: each gate returns a new one with its part
// filled in and never touches what an earlier gate decided.

import type { KeyTerms } from './api-key-id.ts';
import type { Bytes } from './bytes.ts';
import type { Ask, FormField } from './dialects/dialect.ts';
import type { Outgoing } from './dialects/outgoing.ts';
import type { Denial } from './denial.ts';
import type { LedgerAddress } from './ledger/layout.ts';
import type { OverStatus } from './ledger/ledger.ts';
import type { DowngradeReason, Origin, Plan, Provider, Route } from './policy/policy.ts';
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
  /** The plan that the app's word names; null where it names none that the policy has. */
  readonly plan: string | null;
  /** The app knows that the account is somebody's: a mail address that was answered from. */
  readonly isVerified: boolean;
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

/** What the caller of an app's own route said, and in which conversation. */
export type Talk = {
  readonly message: string;
  /** Null until a new one is paid for. */
  readonly conversationId: string | null;
  readonly isNew: boolean;
};

/** A step of a loop that the caller runs. */
export type LoopCall = {
  /** The hash of all up to the last message of a user. */
  readonly beginning: string;
  /** Tools were called since. */
  readonly isContinuation: boolean;
  /** The run has to have begun here. */
  readonly mustExist: boolean;
};

/** `from` is null where there was nothing. */
export type Change = {
  readonly field: string;
  readonly from: string | number | boolean | null;
  readonly to: string | number | boolean | null;
};

export type Observed = { readonly gate: string; readonly denial: Denial };

/** A limit that refused it: of its own accounts all of this kind, of shared ones that account's. */
export type Lift = { readonly status: OverStatus; readonly principal: string };

export type Downgraded = {
  readonly from: string;
  readonly to: string;
  readonly because: DowngradeReason;
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
  /** Of a route that counts its callers' loops. */
  readonly loop: LoopCall | null;
  /** Of a route with a shape of the app's own. */
  readonly talk: Talk | null;
  readonly challenge: Challenge | null;
  readonly evidence: Evidence | null;
  /** What the proofs that were accepted cost at the least who has to buy them. */
  readonly proofStrengthNanoUsd: number;
  /** What a human proof allows to spend; the call is charged to it as well. */
  readonly pass: HumanPass | null;
  /** What the caller is entitled to; null where no plan is its. */
  readonly plan: Plan | null;
  /** What was put in the place of what it asked for. */
  readonly changes: readonly Change[];
  /** What would have been refused where it is enforced. */
  readonly observed: readonly Observed[];
  /** Its proof was missing or bad, and that was only observed: nothing of it is believed. */
  readonly isUnproven: boolean;
  /** Limits that it is over, which are only tried out: counted, and never refused. */
  readonly lifts: readonly Lift[];
  /** An earlier reservation of this call has spent it, and was refused. */
  readonly isNonceSpent: boolean;
  /** Another model than the one that was asked for. */
  readonly downgraded: Downgraded | null;
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
export const needsProof = ({
  route,
  apiKey,
  isUnproven,
}: Pick<Call, 'route' | 'apiKey'> & { readonly isUnproven?: boolean }): boolean =>
  !route.isStep &&
  isUnproven !== true &&
  (apiKey === null || (route.proof === 'always' && apiKey.purpose !== 'ci'));

/** Who answers it: a provider, or a server of the app. */
export const upstreamOf = ({ route }: Pick<Call, 'route'>): Provider | Origin =>
  present(route.provider ?? route.origin, 'upstream');
