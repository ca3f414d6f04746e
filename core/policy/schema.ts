// The operator's policy as a closed schema. Amounts are dollars in strings, so that no float ever
// stands for money; unknown keys are refused, so that a typing error is never a missing limit.

import * as z from 'zod';
import { parseUsd } from '../money.ts';

const usd = z.string().refine((text) => parseUsd(text) !== null, {
  message: 'write dollars as a string such as "0.40", with at most nine decimals',
});
const count = z.int().min(1).max(1_000_000_000);
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and -');

/** As a browser writes an `Origin`. A path, or a name before an `@`, would change its meaning. */
const origin = z
  .string()
  .regex(
    /^https?:\/\/(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:]+\])(?::\d{1,5})?$/,
    'write an origin: https://host, with a port if it needs one, and nothing behind it',
  );

const limits = z.strictObject({
  dayUsd: usd,
  monthUsd: usd,
  dayRequests: count,
  monthRequests: count,
  concurrentCalls: z.int().min(1).max(4_000),
});

const provider = z.strictObject({
  id: slug,
  /** Never taken from a request. */
  baseUrl: origin,
  /** The secret that holds the provider's API key. */
  apiKeySecret: z.string().regex(/^[A-Z][A-Z0-9_]{0,62}$/),
  /** An environment variable that may replace `baseUrl`, for local work. */
  baseUrlVariable: z.string().regex(/^[A-Z][A-Z0-9_]{0,62}$/),
});

const route = z.strictObject({
  id: slug,
  method: z.literal('POST'),
  path: z.string().regex(/^\/[A-Za-z0-9/_.-]*$/, 'a plain absolute path'),
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
});

export const policySchema = z.strictObject({
  /** Names this deployment inside proofs: a proof for staging is nothing in production. */
  realm: z.string().min(1).max(128),
  providers: z.array(provider).min(1).max(20),
  routes: z.array(route).min(1).max(100),
  limits: z.strictObject({ key: limits, device: limits, ip: limits, ipWithKey: limits }),
  proof: z.strictObject({
    floorHashes: z
      .int()
      .min(32)
      .max(2 ** 24),
    capHashes: z
      .int()
      .min(32)
      .max(2 ** 24),
  }),
  /** Fixed ledgers for what anybody can mint: about peak requests per second ÷ 200. */
  edgeShards: z.int().min(1).max(1_024),
  /** A hold not heard of for this long is charged. */
  leaseSeconds: z.int().min(2).max(60),
  /** Origins whose pages may call the protected routes from elsewhere. */
  /** Paths without a route: on to the origin behind this host, or refused. */
  unprotected: z.enum(['pass', 'refuse']),
  corsOrigins: z.array(origin).max(100),
  docsUrl: z.url({ protocol: /^https?$/ }),
});

export type PolicySource = z.input<typeof policySchema>;
export type LimitsSource = PolicySource['limits']['key'];
