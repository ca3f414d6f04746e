// One protected route as the operator writes it: what it speaks, where it goes, what it offers and
// how much of it.

import * as z from 'zod';
import { DIALECT_IDS } from '../dialects/index.ts';
import { RISK_MAX } from '../proof/requirement.ts';
import { routeLimits, termsLimits } from './limit-schema.ts';
import { mode, rules } from './mode.ts';
import { requirement } from './plan-schema.ts';
import { count, plainPath, slug, usd } from './schema-words.ts';
import { SCOPES } from './scope.ts';
import { shape } from './shape-schema.ts';
import { app, loop, routeTools, system } from './tool-schema.ts';

/** More often than this an answer is not continued by one who reads it. */
export const BRANCHES_MAX = 64;
export const CONVERSATION_HOURS_MAX = 720;

const modelName = z.string().min(1).max(128);

/** Whoever asks for a challenge names a path, and has 1,024 characters for it. */
export const ROUTE_PATH_CHARS_MAX = 512;

const TOKENS_MAX = 10_000_000;
const tokens = z.int().min(0).max(TOKENS_MAX);

/** Held for every call that asks for it, on top of what its bytes come to. */
const more = z.strictObject({ inputTokensMax: tokens.optional(), usd: usd.optional() });

/** At most so many, each of at most so many tokens. */
const pieces = z.strictObject({ most: z.int().min(1).max(100), tokensEach: tokens });

/** What bytes do not bound is refused unless its price is here. */
const allowance = z.strictObject({
  /** As data in the request. gpt-4o-mini takes up to 48,169 tokens for one. */
  images: pieces.optional(),
  files: pieces.optional(),
  /** Seconds follow from the bytes, at the lowest rate that a recording here can have. */
  audio: z
    .strictObject({
      most: z.int().min(1).max(100),
      bytesPerSecondMin: count,
      tokensPerSecond: tokens,
    })
    .optional(),
  serverTools: more.extend({ names: z.array(z.string().min(1).max(64)).min(1).max(32) }).optional(),
  serverState: more.optional(),
  /** Thoughts that are sent back as they were sealed: bytes bounded 107 of 108 recorded calls. */
  sealedReasoning: more.optional(),
  remoteMedia: more.optional(),
  audioOutput: more.optional(),
  imageOutput: more.optional(),
  proMode: more.optional(),
  background: more.optional(),
});

const plainPrice = z.strictObject({
  usdPerRequest: usd,
  usdPerMegabyteIn: usd,
  usdPerMegabyteOut: usd,
  answerBytesMax: z.int().min(1).max(1_073_741_824),
});

/** Ceilings of one call's model calls, whoever asks for them and however often. */
const run = z.strictObject({
  usd,
  /** Where less than `usd` is left of a budget, a run may have what is left, down to this. */
  usdMin: usd.optional(),
  stepsMax: z.int().min(1).max(1_000),
  toolCallsMax: z.int().min(0).max(10_000),
  /** Of one step. */
  outputTokensMax: z.int().min(16).max(1_000_000),
  inputBytesMax: z.int().min(1).max(8_388_608),
  seconds: z.int().min(1).max(3_600),
  /** Providers that its steps may call, and the models of `models` there. */
  providers: z.array(slug).max(20),
  /** After the answer: how long to wait for a report where there was no step. */
  reportSecondsMax: z.int().min(0).max(25).optional(),
});

/** What callers we know may spend while something that checks them is away. */
const grace = z.strictObject({
  graceUsdPerHour: usd,
  /** Of one call, at its worst; $0.01 unless it is said. */
  callUsdMax: usd.optional(),
});

/** A name instead of another, cheaper ones behind dearer. */
const downgrade = z.strictObject({
  ladder: z.array(modelName).min(2).max(8),
  /** `plan`: a model the plan does not have. `risk`: a suspicious caller. `switch`: by hand. */
  on: z.array(z.enum(['money', 'plan', 'risk', 'switch'])).min(1),
  /** With `risk`: from this level on, 3 unless it is said. */
  riskMin: z.int().min(1).max(RISK_MAX).optional(),
});

const modelRequirement = z.strictObject({
  models: z.array(modelName).min(1).max(100),
  needs: requirement,
});

/** What a plan may change of it. */
const TERMS = {
  models: true,
  defaultModel: true,
  bodyBytesMax: true,
  promptCharsMax: true,
  outputTokensMax: true,
  choicesMax: true,
  toolsMax: true,
  callSecondsMax: true,
  allow: true,
  shape: true,
  tools: true,
  system: true,
  loop: true,
  downgrade: true,
} as const;

const ownRoute = z.strictObject({
  id: slug,
  method: z.literal('POST'),
  path: plainPath.max(ROUTE_PATH_CHARS_MAX),
  dialect: z.enum(DIALECT_IDS),
  /** Either a provider of `providers`, or a server of the app in `origins`. */
  provider: slug.optional(),
  origin: slug.optional(),
  /** The dialect's own unless it is said; for an origin the route's. */
  upstreamPath: plainPath.optional(),
  /** `anonymous`: callers without an API key show a proof. `always`: everybody does. */
  proof: z.enum(['anonymous', 'always']),
  /** Exact names. The first one prices a challenge that is asked for without naming one. */
  models: z.array(modelName).max(100),
  /** For a request that names none. */
  defaultModel: modelName.optional(),
  modelRequires: z.array(modelRequirement).max(32).optional(),
  downgrade: downgrade.optional(),
  /** Of whoever calls it. */
  requires: requirement.optional(),
  shape: shape.optional(),
  tools: routeTools.optional(),
  system: system.optional(),
  loop: loop.optional(),
  app: app.optional(),
  /** In place of the policy's own. */
  mode: mode.optional(),
  rules: rules.optional(),
  /** Names beside these: refused, or held and charged at the dearest price of the provider. */
  unknownModels: z.enum(['refuse', 'dearest']).optional(),
  bodyBytesMax: z.int().min(1).max(8_388_608),
  promptCharsMax: z.int().min(1).max(8_388_608),
  outputTokensMax: z.int().min(16).max(1_000_000),
  choicesMax: z.int().min(1).max(16),
  toolsMax: z.int().min(0).max(128),
  /** How long the provider may take to begin its answer. */
  firstByteSecondsMax: z.int().min(1).max(600),
  /** How long a whole call may take. */
  callSecondsMax: z.int().min(1).max(3_600),
  /** What becomes of a call whose caller leaves: stopped at once, or read to its end. */
  onDisconnect: z.enum(['abort', 'drain']).optional(),
  allow: allowance.optional(),
  /** Values of `anthropic-beta` that may go up. */
  betas: z
    .array(z.string().regex(/^[a-z0-9.-]{1,64}$/))
    .max(64)
    .optional(),
  /** Fields of the app's own in the body of an `ai-sdk-ui` route. */
  extraFields: z.array(z.string().min(1).max(64)).max(32).optional(),
  /** Of a `plain` route: what its bytes cost. */
  plain: plainPrice.optional(),
  /** Of an origin's route: what one call may set in motion. */
  run: run.optional(),
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

const planTerms = ownRoute.pick(TERMS).partial().extend({ limits: termsLimits.optional() });

/** Where plans are named, only callers on one of them are served, each on its terms. */
export const route = ownRoute.extend({ plans: z.record(slug, planTerms).optional() });

export type PlanTermsSource = z.input<typeof planTerms>;
export type RunSource = z.input<typeof run>;
export type AllowanceSource = z.input<typeof allowance>;
