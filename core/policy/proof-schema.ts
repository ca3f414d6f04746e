// The part of the policy's schema that says what callers have to show: how much work, which proofs
// in which case, and the facts of each verifier that has any.

import * as z from 'zod';
import { CALLER_CLASSES, RISK_MAX, VERIFIER_IDS } from '../proof/requirement.ts';
import { base64Url, environmentName, slug, usd } from './schema-words.ts';

const PROOF_RULES_MAX = 64;
export const AGENTS_MAX = 256;

const askCount = z.int().min(1).max(1_000_000);

/** Turnstile, or what speaks as it does. */
const human = z.strictObject({
  /** It stands between quotes in a header. */
  siteKey: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,128}$/, 'a site key has letters, digits, ".", "_", "-"'),
  /** The secret that holds the key for siteverify. */
  secret: environmentName,
  /** Where a widget may have been solved: names of pages' hosts, without a port. */
  hostnames: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.-]*$/))
    .min(1)
    .max(32),
  /** One proof for each call, or for each so many dollars of spend. */
  every: z.union([z.literal('call'), z.strictObject({ usd })], {
    error: 'write "call", or { usd: "0.002" }',
  }),
});

/** Publicly verifiable tokens of RFC 9578, token type 2. */
const privateToken = z.strictObject({
  /** The issuer's name as it stands in its challenges, e.g. `issuer.example`. */
  issuer: z.string().min(1).max(256),
  /** Its public keys as SubjectPublicKeyInfo, base64url; two while it rotates them. */
  publicKeys: z.array(z.string().min(1).max(2_048)).min(1).max(4),
  /** Whose tokens count here: this site's name. */
  origin: z.string().min(1).max(256),
});

/** A named server or agent that signs its requests (RFC 9421). */
const agent = z.strictObject({
  id: slug,
  /** Its public key as a JWK: Ed25519, or P-256. */
  publicKey: z.union([
    z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64Url }),
    z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64Url, y: base64Url }),
  ]),
});

/** The first rule that applies to a call decides what its caller has to show. */
const proofRule = z.strictObject({
  routes: z.array(slug).min(1).optional(),
  callers: z.array(z.enum(CALLER_CLASSES)).min(1).optional(),
  /** 0 to 4; only callers who look at least this suspicious. */
  riskMin: z.int().min(0).max(RISK_MAX).optional(),
  require: z.array(z.enum(VERIFIER_IDS)).min(1).max(VERIFIER_IDS.length),
  /** Refuse work that was solved before the body was known. */
  bind: z.literal('seed').optional(),
});

export const proofSchema = z.strictObject({
  floorHashes: z
    .int()
    .min(32)
    .max(2 ** 24),
  capHashes: z
    .int()
    .min(32)
    .max(2 ** 24),
  /** How often one address may ask for challenges; without it 2,000 at once, then 50 a second. */
  asks: z.strictObject({ atOnce: askCount, perSecond: askCount }).optional(),
  rules: z.array(proofRule).max(PROOF_RULES_MAX).optional(),
  human: human.optional(),
  privateToken: privateToken.optional(),
  agents: z.array(agent).max(AGENTS_MAX).optional(),
});
