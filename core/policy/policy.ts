// The policy as the gateway uses it: amounts as NanoUsd, limits as counters, names resolved. Total
// and frozen; nothing writes to it while it is in force. Which limits a principal is under is asked
// of `limits.ts`.

import type { Dialect } from '../dialects/dialect.ts';
import type { ShardLayout } from '../ledger/layout.ts';
import type { ModelPrice, ProviderKind } from '../pricing/rates.ts';
import type { AgentKey } from '../proof/agent-key.ts';
import type { IssuerKey } from '../proof/issuer-key.ts';
import type { CallerClass, ProofRule } from '../proof/requirement.ts';
import type { WorkLimits } from '../proof/work.ts';
import type { JwtIdentity, SessionIdentity } from './identity.ts';
import type { LimitTable } from './limits.ts';
import type { Mode, Rules } from './mode.ts';
import type { PathIndex } from './path-index.ts';
import type { RequirementSource } from './plan-schema.ts';
import type { Preview } from './previews.ts';
import type { AllowanceSource, RunSource } from './route-schema.ts';
import type { PolicySource, RouteSource } from './schema.ts';
import type { Scope } from './scope.ts';
import type { ShapeSource } from './shape-schema.ts';
import type {
  AppSource,
  LoopSource,
  RouteToolsSource,
  SystemSource,
  ToolSource,
} from './tool-schema.ts';

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
  | 'conversation'
  | 'plans'
  | 'defaultModel'
  | 'modelRequires'
  | 'downgrade'
  | 'requires'
  | 'shape'
  | 'tools'
  | 'system'
  | 'loop'
  | 'app'
  | 'mode'
  | 'rules';

export type Plan = { readonly id: string; readonly isPaid: boolean };

export type DowngradeReason = 'money' | 'plan' | 'risk' | 'switch';

/** Names from dear to cheap. */
export type Downgrade = {
  readonly ladder: readonly string[];
  readonly on: ReadonlySet<DowngradeReason>;
  readonly riskMin: number;
};

/** A tool as the policy knows it. */
export type Tool = Omit<ToolSource, 'usdPerCall'> & { readonly nanoUsdPerCall: number };

export type RouteTools = Omit<RouteToolsSource, 'names'> & {
  /** Null where every name is let through. */
  readonly names: ReadonlySet<string> | null;
  /** Those that the policy describes, by name. */
  readonly known: ReadonlyMap<string, Tool>;
};

export type Loop = Omit<LoopSource, 'usd' | 'seconds'> & {
  readonly seconds: number;
  readonly nanoUsd: number | null;
};

export type App = AppSource & {
  readonly definitions: readonly Tool[];
  readonly hoursMax: number;
  /** What goes up beside the message, at most: what the policy says, and what was said before. */
  readonly addedBytesMax: number;
};

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
  /** The plan whose terms these are; null for the route's own. */
  readonly plan: string | null;
  /** The route on the terms of each plan that has some. */
  readonly byPlan: ReadonlyMap<string, Route>;
  /** Plans that are served here; null where all callers are. */
  readonly offeredTo: readonly string[] | null;
  readonly requires: RequirementSource | null;
  /** What a caller of this model has to have. */
  readonly modelRequires: ReadonlyMap<string, RequirementSource>;
  readonly defaultModel: string | null;
  readonly downgrade: Downgrade | null;
  readonly shape: ShapeSource;
  readonly tools: RouteTools | null;
  readonly system: SystemSource | null;
  readonly loop: Loop | null;
  readonly app: App | null;
  readonly mode: Mode | null;
  readonly rules: Rules;
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
  readonly mode: Mode | null;
  readonly rules: Rules;
  readonly plans: ReadonlyMap<string, Plan>;
  /** The plan of a class of callers whose identity names none. */
  readonly planOfClass: ReadonlyMap<CallerClass, string>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly routes: readonly Route[];
  /** The same, by their paths. */
  readonly paths: PathIndex<Route>;
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
  /** Users by the app's own sessions; null where no origin is asked for them. */
  readonly session: SessionIdentity | null;
  readonly layout: ShardLayout;
  readonly leaseMs: number;
  readonly unprotected: 'pass' | 'refuse';
  readonly injectClient: InjectClient | null;
  readonly corsOrigins: ReadonlySet<string>;
  readonly previews: readonly Preview[];
  readonly docsUrl: string;
};

/** `weighbridge.config.ts` exports what this returns; it is checked when it is loaded. */
export const definePolicy = (source: PolicySource): PolicySource => source;
