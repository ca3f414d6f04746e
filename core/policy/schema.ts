// The operator's policy as a closed schema. Amounts are dollars in strings, so that no float ever
// stands for money; unknown keys are refused, so that a typing error is never a missing limit. What
// contradicts itself although every part is well formed is told in `load.ts`.

import * as z from 'zod';
import { alert, ALERTS_MAX } from './alert-schema.ts';
import { identitySchema } from './identity-schema.ts';
import { list } from './limit-schema.ts';
import { mode, rules } from './mode.ts';
import { plan, PLANS_MAX } from './plan-schema.ts';
import { preview } from './preview-schema.ts';
import { priceOverride } from './price-schema.ts';
import { proofSchema } from './proof-schema.ts';
import { route } from './route-schema.ts';
import { origin, plainPath } from './schema-words.ts';
import { tool, TOOLS_MAX } from './tool-schema.ts';
import { appOrigin, provider } from './upstream-schema.ts';

export const SHARDS_MAX = 1_024;
export const EPOCH_MAX = 255;
export const ROUTES_MAX = 1_000;
export const PREVIOUS_SETS_MAX = 8;
/** The SDK takes as many and no more. */
export const INJECTED_PATHS_MAX = 64;

const PREVIEWS_MAX = 20;

const limits = z.strictObject({
  /** A user of the app, by the app's own word for them. */
  user: list.optional(),
  key: list,
  /** A named server or agent of `proof.agents`; those of a key if it is left out. */
  agent: list.optional(),
  device: list,
  /** An IPv4 address or the /64 of an IPv6 one. */
  ip: list,
  /** The same counters for calls with an API key. */
  ipWithKey: list,
  /** The second tier: the /24 or /48 around it. */
  ipWide: list.optional(),
  ipWideWithKey: list.optional(),
  /** All device keys that first appeared in one wide network on one UTC day. */
  cohort: list.optional(),
  /** All API keys of one tenant. */
  tenant: list.optional(),
  /** All calls for one model, by the model's name. */
  model: z.record(z.string().min(1).max(128), list).optional(),
  /** All calls of this gateway. */
  global: list.optional(),
});

/** Pages of the origin that get the SDK's script tag on their way through. */
const injectClient = z.strictObject({
  /** Paths of routes, for `data-protect`. */
  protect: z.array(z.string().min(1).max(256)).min(1).max(INJECTED_PATHS_MAX),
  /** Of pages, by their prefixes; all of them unless named. */
  paths: z.array(plainPath).min(1).max(INJECTED_PATHS_MAX).optional(),
  prepare: z.enum(['intent', 'load']).optional(),
});

const shardCount = z.int().min(1).max(SHARDS_MAX);
const epoch = z.int().min(1).max(EPOCH_MAX);

const shardSet = z.strictObject({ epoch, count: shardCount });

const edgeShards = z.union(
  [
    shardCount,
    z.strictObject({
      epoch,
      count: shardCount,
      /** The sets that may still keep accounts, newest first. */
      previous: z.union([shardSet, z.array(shardSet).max(PREVIOUS_SETS_MAX)]).optional(),
    }),
  ],
  {
    error: 'write a number of shards, or { epoch, count } with the previous pair if there was one',
  },
);

export const policySchema = z.strictObject({
  /** Names this deployment inside proofs: a proof for staging is nothing in production. */
  realm: z.string().min(1).max(128),
  providers: z.array(provider).max(20),
  /** Servers of the app itself, for routes that are not a provider's. */
  origins: z.array(appOrigin).max(20).optional(),
  /** Rows of the operator's own; they win over the catalogue. */
  prices: z.array(priceOverride).max(500).optional(),
  /**
   * Whether its rules refuse, or only note what they would have refused; they refuse unless said.
   */
  mode: mode.optional(),
  rules: rules.optional(),
  plans: z.array(plan).max(PLANS_MAX).optional(),
  /** Tools that routes may name. */
  tools: z.array(tool).max(TOOLS_MAX).optional(),
  routes: z.array(route).min(1).max(ROUTES_MAX),
  limits,
  /** Shares of limits at which an operator is told. */
  alerts: z.array(alert).max(ALERTS_MAX).optional(),
  proof: proofSchema,
  /** Whose word about users counts; without it there are none. */
  identities: identitySchema.optional(),
  /** Fixed ledgers for what anybody can mint: about peak requests per second ÷ 200. */
  edgeShards,
  /** A hold not heard of for this long is charged. */
  leaseSeconds: z.int().min(2).max(60),
  /** Paths without a route: on to the origin behind this host, or refused. */
  unprotected: z.enum(['pass', 'refuse']),
  injectClient: injectClient.optional(),
  /** Origins whose pages may call the protected routes from elsewhere. */
  corsOrigins: z.array(origin).max(100),
  /** Deployments whose pages may call as well, on a budget of their own. */
  previews: z.array(preview).max(PREVIEWS_MAX).optional(),
  docsUrl: z.url({ protocol: /^https?$/ }),
});

export type PolicySource = z.input<typeof policySchema>;
export type RouteSource = PolicySource['routes'][number];
export type LimitsSource = PolicySource['limits'];
export type LimitSource = LimitsSource['key'][number];
/** The part of an entry that says what is counted. */
export type UnitKey = Exclude<keyof LimitSource, 'window'>;
