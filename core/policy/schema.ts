// The operator's policy as a closed schema. Amounts are dollars in strings, so that no float ever
// stands for money; unknown keys are refused, so that a typing error is never a missing limit. What
// contradicts itself although every part is well formed is told in `load.ts`.

import * as z from 'zod';
import { WINDOWS } from '../ledger/window.ts';
import { identitySchema } from './identity-schema.ts';
import { proofSchema } from './proof-schema.ts';
import { count, environmentName, origin, slug, usd } from './schema-words.ts';
import { SCOPES } from './scope.ts';

/** Of one list. A call is counted in every entry of every list it meets. */
export const LIST_ENTRIES_MAX = 32;
/** A ledger object holds some thousands of open calls and no more. */
export const CONCURRENT_CALLS_MAX = 4_000;
export const SHARDS_MAX = 1_024;
export const EPOCH_MAX = 255;
export const PREVIOUS_SETS_MAX = 8;
/** More often than this an answer is not continued by one who reads it. */
export const BRANCHES_MAX = 64;
export const CONVERSATION_HOURS_MAX = 720;
/** The SDK takes as many and no more. */
export const INJECTED_PATHS_MAX = 64;

/** At most this much of exactly one unit within this window. */
const limit = z.strictObject({
  window: z.enum(WINDOWS),
  usd: usd.optional(),
  requests: count.optional(),
  inputTokens: count.optional(),
  outputTokens: count.optional(),
  toolCalls: count.optional(),
  agentSteps: count.optional(),
  retrievedDocuments: count.optional(),
  files: count.optional(),
  fileBytes: count.optional(),
  images: count.optional(),
  audioSeconds: count.optional(),
  concurrentCalls: z.int().min(1).max(CONCURRENT_CALLS_MAX).optional(),
});

const list = z
  .array(limit, {
    error: ({ code }) =>
      code === 'invalid_type'
        ? 'write a list of limits, such as [{ window: "day", usd: "4" }]'
        : undefined,
  })
  .min(1, 'an empty list limits nothing: write a limit, or leave the list away if it may be absent')
  .max(LIST_ENTRIES_MAX);

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

/** Counted for one route alone, beside the limits above. */
const routeLimits = z.strictObject({
  user: list.optional(),
  key: list.optional(),
  agent: list.optional(),
  device: list.optional(),
  ip: list.optional(),
  ipWide: list.optional(),
  tenant: list.optional(),
  /** All calls of this route. */
  route: list.optional(),
});

const provider = z.strictObject({
  id: slug,
  /** Never taken from a request. */
  baseUrl: origin,
  /** The secret that holds the provider's API key. */
  apiKeySecret: environmentName,
  /** An environment variable that may replace `baseUrl`, for local work. */
  baseUrlVariable: environmentName,
});

const plainPath = z.string().regex(/^\/[A-Za-z0-9/_.-]*$/, 'a plain absolute path');

/** What callers we know may spend while something that checks them is away. */
const grace = z.strictObject({
  graceUsdPerHour: usd,
  /** Of one call, at its worst; $0.01 unless it is said. */
  callUsdMax: usd.optional(),
});

const route = z.strictObject({
  id: slug,
  method: z.literal('POST'),
  path: plainPath,
  dialect: z.enum(['openai-chat']),
  provider: slug,
  upstreamPath: z.string().regex(/^\/[A-Za-z0-9/_.-]*$/),
  /** `anonymous`: callers without an API key show a proof. `always`: everybody does. */
  proof: z.enum(['anonymous', 'always']),
  models: z.array(z.string().min(1).max(128)).min(1).max(100),
  bodyBytesMax: z.int().min(1).max(8_388_608),
  promptCharsMax: z.int().min(1).max(8_388_608),
  outputTokensMax: z.int().min(16).max(1_000_000),
  choicesMax: z.int().min(1).max(16),
  toolsMax: z.int().min(0).max(128),
  /** How long the provider may take to begin its answer. */
  firstByteSecondsMax: z.int().min(1).max(600),
  /** How long a whole call may take. */
  callSecondsMax: z.int().min(1).max(3_600),
  /** Which scopes a call on this route is charged in; all of them unless named. */
  scopes: z.array(z.enum(SCOPES)).min(1).optional(),
  limits: routeLimits.optional(),
  /** Refuse, which is the default, or serve on from a purse of its own. */
  whenLedgerUnreachable: z
    .union([z.literal('refuse'), grace], {
      error: 'write "refuse", or { graceUsdPerHour: "1" }',
    })
    .optional(),
  /**
   * History cannot be invented: what a request repeats as the last answer was given to this caller,
   * by this gateway, within these hours, and may be gone on from so many times.
   */
  conversation: z
    .strictObject(
      {
        branchesMax: z.int().min(1).max(BRANCHES_MAX).optional(),
        hoursMax: z.int().min(1).max(CONVERSATION_HOURS_MAX).optional(),
      },
      {
        error: ({ code }) =>
          code === 'invalid_type'
            ? 'write { branchesMax: 2, hoursMax: 24 }, or {} for the same'
            : undefined,
      },
    )
    .optional(),
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
  providers: z.array(provider).min(1).max(20),
  routes: z.array(route).min(1).max(100),
  limits,
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
  docsUrl: z.url({ protocol: /^https?$/ }),
});

export type PolicySource = z.input<typeof policySchema>;
export type RouteSource = PolicySource['routes'][number];
export type LimitsSource = PolicySource['limits'];
export type LimitSource = LimitsSource['key'][number];
/** The part of an entry that says what is counted. */
export type UnitKey = Exclude<keyof LimitSource, 'window'>;
