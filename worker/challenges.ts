// Issues challenges: stateless, priced, bound to a realm, a route and a principal. What the caller
// will have to show is decided here, from the rules and from how suspicious the caller looks.
// Issuing stores nothing and asks nobody.

import { type Bytes, utf8 } from '../core/bytes.ts';
import type { Route } from '../core/policy/policy.ts';
import { PLAIN_ASK } from '../core/dialects/dialect.ts';
import { estimateCall } from '../core/pricing/estimate.ts';
import {
  ALGORITHM_SHA256,
  BIND_SEED,
  BIND_SIGNATURE,
  NONCE_BYTES,
  stampNonce,
} from '../core/proof/challenge.ts';
import { CHALLENGE_TTL_SECONDS } from '../core/proof/index.ts';
import { type CallerClass, requirementOf, requires, withPass } from '../core/proof/requirement.ts';
import { sha256 } from '../core/proof/sha256.ts';
import { SUB_PUZZLES, workBits, workHashes } from '../core/proof/work.ts';
import type { Deps } from './env.ts';

/** What a caller who has not shown a body yet is assumed to send. */
export const BODY_BYTES_ASSUMED = 2_048;
/** The next call of a conversation is a little longer than the last. */
const NEXT_PRICE_PERCENT = 150;

/**
 * Seconds a suspect has to wait before its challenge counts, by risk 0 to 4: time is the one thing
 * that no hardware compresses.
 */
const PACING_SECONDS = [0, 0, 0, 1, 3] as const;

export type ChallengeWish = {
  readonly route: Route;
  readonly principal: string;
  readonly caller: CallerClass;
  readonly risk: number;
  readonly jkt: string;
  readonly costNanoUsdMax: number;
  /** Solved ahead of the body, where the rules allow it. */
  readonly ahead: boolean;
  /** A human proof that has not been used up is at hand. */
  readonly hasPass: boolean;
  /** SHA-256 of the answer that the call will continue, or empty. */
  readonly conversationHash?: Bytes;
};

const NO_CONVERSATION = new Uint8Array(0);

/** A fresh challenge and what it asks for; null where the caller has to name a device key first. */
export type Issued = { readonly wire: string; readonly require: number };

export function issueChallenge(wish: ChallengeWish, deps: Deps): Issued | null {
  const { route, caller, risk, jkt, costNanoUsdMax } = wish;
  const { policy, keyring, ledgers } = deps;
  const asked = requirementOf(policy.proofRules, {
    route: route.id,
    caller,
    risk,
    hasDeviceKey: jkt !== '',
  });
  if (requires(asked.require, 'device') && jkt === '') return null;
  const require = wish.hasPass ? withPass(asked.require) : asked.require;
  const nowMs = deps.nowMs();
  const nowSeconds = Math.floor(nowMs / 1_000);
  const wire = keyring.seal({
    issuedAtSeconds: nowSeconds,
    notBeforeSeconds: nowSeconds + (PACING_SECONDS[risk] ?? 0),
    expiresAtSeconds: nowSeconds + CHALLENGE_TTL_SECONDS,
    nonce: stampNonce(ledgers.markNonce(deps.randomBytes(NONCE_BYTES)), nowMs),
    algorithm: ALGORITHM_SHA256,
    k: SUB_PUZZLES,
    bits: workBits(workHashes(costNanoUsdMax, policy.work, risk), SUB_PUZZLES),
    bind: wish.ahead && asked.mayBeSolvedAhead ? BIND_SIGNATURE : BIND_SEED,
    costNanoUsdMax,
    require,
    realm: policy.realm,
    route: route.id,
    principalHash: sha256(utf8(wish.principal)),
    jkt,
    conversationHash: wish.conversationHash ?? NO_CONVERSATION,
  });
  return { wire, require };
}

export type PriceHint = { readonly bodyBytes?: number; readonly model?: string };

/** A price for a body nobody has seen: the route's first model unless another is named. */
export function hintedPrice(route: Route, hint: PriceHint): number {
  if (route.run !== null) return route.run.nanoUsd;
  const [first] = route.plain === null ? route.models.values() : [route.plain];
  const model = route.app === null ? hint.model : route.defaultModel;
  const price = route.models.get(model ?? '') ?? first;
  if (price === undefined) return 0;
  const bodyBytes = Math.min(hint.bodyBytes ?? BODY_BYTES_ASSUMED, route.bodyBytesMax);
  return estimateCall(price, {
    // A body nobody has seen may have tools.
    ask: { ...PLAIN_ASK, model: price.model, body: {}, tools: route.toolsMax },
    // What we add on the way up (ceiling, identifier, usage option) is well below the constant.
    forwardedBytes: bodyBytes + 512 + (route.app?.addedBytesMax ?? 0),
    outputTokensMax: route.outputTokensMax,
    allowance: { inputTokens: 0, nanoUsd: 0 },
  }).totalNanoUsd;
}

/** The price for the call after one that was estimated at this. */
export const nextPrice = (estimateNanoUsd: number): number =>
  Math.ceil((estimateNanoUsd * NEXT_PRICE_PERCENT) / 100);
