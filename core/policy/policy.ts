// The policy as the gateway uses it: amounts as NanoUsd, limits as counters, names resolved. Total
// and frozen; nothing writes to it while it is in force. Which limits a principal is under is asked
// of `limits.ts`.

import type { Dialect } from '../dialects/dialect.ts';
import type { ShardLayout } from '../ledger/layout.ts';
import type { ModelPrice, ProviderKind } from '../pricing/rates.ts';
import type { AgentKey } from '../proof/agent-key.ts';
import type { IssuerKey } from '../proof/issuer-key.ts';
import type { ProofRule } from '../proof/requirement.ts';
import type { WorkLimits } from '../proof/work.ts';
import type { JwtIdentity } from './identity.ts';
import type { LimitTable } from './limits.ts';
import type { AllowanceSource, RunSource } from './route-schema.ts';
import type { PolicySource, RouteSource } from './schema.ts';
import type { Scope } from './scope.ts';

export type PolicyError = { readonly path: string; readonly sentence: string };

export type Provider = PolicySource['providers'][number] & { readonly kind: ProviderKind };

/** A server of the app itself. */
export type Origin = NonNullable<PolicySource['origins']>[number];

/** Ceilings of everything that one call of an origin's route sets in motion. */
export type Run = Omit<RunSource, 'usd' | 'usdMin'> & {
  readonly nanoUsd: number;
  /** Less than this is not worth a run. */
  readonly nanoUsdMin: number;
  readonly reportSecondsMax: number;
};

type Resolved =
  | 'dialect'
  | 'provider'
  | 'origin'
  | 'upstreamPath'
  | 'models'
  | 'unknownModels'
  | 'onDisconnect'
  | 'allow'
  | 'betas'
  | 'extraFields'
  | 'plain'
  | 'run'
  | 'scopes'
  | 'limits'
  | 'whenLedgerUnreachable'
  | 'conversation';

/** How often an answer may be gone on from, and for how long. */
export type ConversationRule = { readonly branchesMax: number; readonly keptMs: number };

export type Route = Omit<RouteSource, Resolved> & {
  readonly dialect: Dialect;
  /** Exactly one of these two answers. */
  readonly provider: Provider | null;
  readonly origin: Origin | null;
  readonly upstreamPath: string;
  readonly models: ReadonlyMap<string, ModelPrice>;
  /** The price of every name beside these; null where they are refused. */
  readonly unknownModels: ModelPrice | null;
  readonly onDisconnect: 'abort' | 'drain';
  readonly allow: AllowanceSource;
  readonly betas: ReadonlySet<string>;
  readonly extraFields: readonly string[];
  /** What the bytes of a `plain` route cost. */
  readonly plain: ModelPrice | null;
  readonly answerBytesMax: number | null;
  readonly run: Run | null;
  /** Of a run: what its steps may call, by path. */
  readonly steps: ReadonlyMap<string, Route>;
  /** It is a step of some route's run, and is called with a grant. */
  readonly isStep: boolean;
  /** What a call here is charged in. */
  readonly scopes: ReadonlySet<Scope>;
  /** The principal of the grace is `grace:<id>`. */
  readonly whenLedgerUnreachable:
    | 'refuse'
    | {
        readonly graceNanoUsdPerHour: number;
        /** Dearer calls are refused. */
        readonly callNanoUsdMax: number;
      };
  /** Null where a request may bring any history. */
  readonly conversation: ConversationRule | null;
};

/** Which pages of the origin get the script tag, and what it says. */
export type InjectClient = {
  readonly protect: readonly string[];
  /** Prefixes of pages. */
  readonly paths: readonly string[];
  readonly prepare: 'intent' | 'load' | null;
};

/** Challenges that one address may ask for. */
export type AskLimit = { readonly atOnce: number; readonly perSecond: number };

type ProofSource = PolicySource['proof'];
type HumanSource = NonNullable<ProofSource['human']>;
type PrivateTokenSource = NonNullable<ProofSource['privateToken']>;

export type PrivateTokens = Pick<PrivateTokenSource, 'issuer' | 'origin'> & {
  /** At least one; the first is the one to ask for tokens with. */
  readonly keys: readonly IssuerKey[];
};

export type Agent = AgentKey & { readonly id: string };

export type Human = Omit<HumanSource, 'every'> & {
  /** What one proof allows to spend; null where every call needs its own. */
  readonly everyNanoUsd: number | null;
};

export type Policy = {
  /** Short hash of the source; every decision names it. */
  readonly version: string;
  readonly realm: string;
  readonly routes: readonly Route[];
  readonly limits: LimitTable;
  readonly work: WorkLimits;
  readonly asks: AskLimit;
  readonly proofRules: readonly ProofRule[];
  readonly human: Human | null;
  readonly privateToken: PrivateTokens | null;
  /** By the thumbprint of the key. */
  readonly agents: ReadonlyMap<string, Agent>;
  /** Users by signed tokens; null where no identity provider is named. */
  readonly jwt: JwtIdentity | null;
  readonly layout: ShardLayout;
  readonly leaseMs: number;
  readonly unprotected: 'pass' | 'refuse';
  readonly injectClient: InjectClient | null;
  readonly corsOrigins: ReadonlySet<string>;
  readonly docsUrl: string;
};

/** `weighbridge.config.ts` exports what this returns; it is checked when it is loaded. */
export const definePolicy = (source: PolicySource): PolicySource => source;
