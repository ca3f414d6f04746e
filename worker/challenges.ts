// Issues challenges: stateless, priced, bound to a realm, a route and a principal. Issuing stores
// nothing and asks nobody.

import { type Bytes, utf8 } from '../core/bytes.ts';
import type { Route } from '../core/policy/policy.ts';
import { estimateCall } from '../core/pricing/estimate.ts';
import { ALGORITHM_SHA256, BIND_SEED, NONCE_BYTES, REQUIRE } from '../core/proof/challenge.ts';
import { CHALLENGE_TTL_SECONDS } from '../core/proof/index.ts';
import { sha256 } from '../core/proof/sha256.ts';
import { SUB_PUZZLES, workBits, workHashes } from '../core/proof/work.ts';
import type { Deps } from './env.ts';

/** What a caller who has not shown a body yet is assumed to send. */
export const BODY_BYTES_ASSUMED = 2_048;
/** The next call of a conversation is a little longer than the last. */
const NEXT_PRICE_PERCENT = 150;

export type ChallengeWish = {
  readonly route: Route;
  readonly principal: string;
  /** The hash of the principal's name, where it is known already. */
  readonly principalHash?: Bytes;
  readonly jkt: string;
  readonly costNanoUsdMax: number;
};

/** The wire form of a fresh challenge. */
export function issueChallenge(wish: ChallengeWish, deps: Deps): string {
  const nowSeconds = Math.floor(deps.nowMs() / 1_000);
  const hashes = workHashes(wish.costNanoUsdMax, deps.policy.work);
  return deps.keyring.seal({
    issuedAtSeconds: nowSeconds,
    notBeforeSeconds: nowSeconds,
    expiresAtSeconds: nowSeconds + CHALLENGE_TTL_SECONDS,
    nonce: deps.ledgers.markNonce(deps.randomBytes(NONCE_BYTES)),
    algorithm: ALGORITHM_SHA256,
    k: SUB_PUZZLES,
    bits: workBits(hashes, SUB_PUZZLES),
    bind: BIND_SEED,
    costNanoUsdMax: wish.costNanoUsdMax,
    require: wish.jkt === '' ? REQUIRE.work : REQUIRE.work | REQUIRE.device,
    realm: deps.policy.realm,
    route: wish.route.id,
    principalHash: wish.principalHash ?? sha256(utf8(wish.principal)),
    jkt: wish.jkt,
    conversationHash: new Uint8Array(0),
  });
}

export type PriceHint = { readonly bodyBytes?: number; readonly model?: string };

/** A price for a body nobody has seen: the route's first model unless another is named. */
export function hintedPrice(route: Route, hint: PriceHint): number {
  const [first] = route.models.values();
  const price = (hint.model === undefined ? undefined : route.models.get(hint.model)) ?? first;
  if (price === undefined) return 0;
  const bodyBytes = Math.min(hint.bodyBytes ?? BODY_BYTES_ASSUMED, route.bodyBytesMax);
  return estimateCall(price, {
    // What we add on the way up (ceiling, identifier, usage option) is well below the constant.
    forwardedBytes: bodyBytes + 512,
    choices: 1,
    outputTokensMax: route.outputTokensMax,
  }).totalNanoUsd;
}

/** A price for the call after one that was estimated at this. */
export const nextPrice = (estimateNanoUsd: number): number =>
  Math.ceil((estimateNanoUsd * NEXT_PRICE_PERCENT) / 100);
