// What `doctor` looks at, and what a rule says of it. Facts are gathered beforehand, so that a rule
// is a function of them and asks nobody.

import type { Policy } from '../../core/policy/policy.ts';
import type { PolicySource } from '../../core/policy/schema.ts';
import type { Read } from '../../local/read-policy.ts';

/** `error`: nothing is deployed. `notice`: as it is, or what could not be looked at. */
export const SEVERITIES = ['error', 'warning', 'notice'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Finding = {
  /** Stable: scripts may leave some out. */
  readonly rule: string;
  readonly severity: Severity;
  /** A file, a route, a key. */
  readonly where: string;
  /** What it is and what it means. */
  readonly sentence: string;
  readonly fix: string;
};

/** A table of wrangler's file: the top, or one environment with what it inherits. */
export type Deployment = {
  readonly where: string;
  readonly settings: Readonly<Record<string, unknown>>;
};

export type ListedKey = {
  readonly id: string;
  readonly name: string;
  /** When its secret was made: created, or rotated since. */
  readonly madeAtMs: number;
};

export type GatewayFacts = {
  readonly url: string;
  readonly status: number | null;
  /** Why there is no status. */
  readonly silence: string | null;
  readonly policyVersion: string | null;
  /** Its clock before ours; null where it does not tell its time. */
  readonly skewMs: number | null;
  /** Good keys, or null where the operator API was not to be had, with the reason. */
  readonly keys: readonly ListedKey[] | null;
  readonly keysAreCut: boolean;
  /** `provider/model` of the last thirty days. */
  readonly seenModels: readonly { readonly kind: string; readonly model: string }[] | null;
  readonly closed: string | null;
};

/** What an origin said to a request that did not come from the gateway. */
export type Probe = {
  readonly url: string;
  /** Null: it refused the connection, or gave no answer. */
  readonly status: number | null;
  readonly isRefused: boolean;
};

export type Facts = {
  readonly nowMs: number;
  readonly deployments: readonly Deployment[];
  /** Wrangler's file cannot be read, or would not be the one that is taken. */
  readonly configFaults: readonly string[];
  /** Patterns that are set elsewhere: `--zone-route`. */
  readonly zoneRoutes: readonly string[];
  readonly policyFile: string;
  readonly policy: Read;
  /** Null where no file of secrets is looked at. */
  readonly secrets: {
    readonly file: string;
    readonly values: Readonly<Record<string, string>>;
  } | null;
  readonly gateway: GatewayFacts | null;
  readonly probes: readonly Probe[];
};

export type Rule = (facts: Facts) => readonly Finding[];

/** The policy, if it is one. */
export const loaded = ({
  policy,
}: Facts): { readonly policy: Policy; readonly source: PolicySource } | null =>
  policy.kind === 'policy' ? policy : null;
