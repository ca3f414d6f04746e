// The order of a challenge's checks, cheap to dear, as pure functions. `judgeChallenge` runs on the
// headers alone; `judgeWork` once the body is known and priced. Neither spends anything.

import { equalBytes } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { ALGORITHM_SHA256, BIND_SEED, type Challenge, REQUIRE } from './challenge.ts';
import { checkWork, type SeedParts, SUB_PUZZLES, WORK_BITS_MAX, workSeed } from './work.ts';

export const CHALLENGE_TTL_SECONDS = 90;
export const CHALLENGE_TTL_SECONDS_MAX = 120;
export const CLOCK_SKEW_SECONDS = 5;

/** Internal names of what was wrong. The caller hears one sentence for all of them. */
export type ProofFailure =
  | 'malformed'
  | 'unknown-key'
  | 'bad-mac'
  | 'not-yet-valid'
  | 'expired'
  | 'ttl'
  | 'realm'
  | 'route'
  | 'principal'
  | 'jkt'
  | 'unsupported'
  | 'underpriced'
  | 'too-easy'
  | 'digest'
  | 'invalid-work'
  | 'invalid-signature'
  | 'replayed';

export type ChallengeContext = {
  readonly nowSeconds: number;
  readonly realm: string;
  readonly route: string;
  /** Hash of the principal this caller is, given the device key the challenge names. */
  readonly principalHash: Uint8Array;
};

/** Times, then realm, route, principal; unknown parameters are refused even when they are MACed. */
export function judgeChallenge(
  challenge: Challenge,
  context: ChallengeContext,
): Result<Challenge, ProofFailure> {
  const { issuedAtSeconds: issued, expiresAtSeconds: expires } = challenge;
  if (expires <= issued || expires - issued > CHALLENGE_TTL_SECONDS_MAX) return err('ttl');
  if (context.nowSeconds + CLOCK_SKEW_SECONDS < issued) return err('not-yet-valid');
  if (context.nowSeconds < challenge.notBeforeSeconds) return err('not-yet-valid');
  if (context.nowSeconds >= expires) return err('expired');
  if (challenge.realm !== context.realm) return err('realm');
  if (challenge.route !== context.route) return err('route');
  if (!equalBytes(challenge.principalHash, context.principalHash)) return err('principal');
  if (challenge.algorithm !== ALGORITHM_SHA256 || challenge.bind !== BIND_SEED) {
    return err('unsupported');
  }
  if (challenge.k !== SUB_PUZZLES || challenge.bits < 1 || challenge.bits > WORK_BITS_MAX) {
    return err('unsupported');
  }
  const known = REQUIRE.work | REQUIRE.device;
  if ((challenge.require & REQUIRE.work) === 0 || (challenge.require & ~known) !== 0) {
    return err('unsupported');
  }
  // A device key and the demand for its signature come together or not at all.
  const asksDevice = (challenge.require & REQUIRE.device) !== 0;
  if (asksDevice !== (challenge.jkt !== '')) return err('unsupported');
  return ok(challenge);
}

export type WorkContext = {
  readonly estimateNanoUsd: number;
  /** Hashes the call's estimate asks for today. */
  readonly hashes: number;
  readonly seed: SeedParts;
  readonly work: Uint8Array;
};

/** Price, then strength, then the work itself. */
export function judgeWork(
  challenge: Challenge,
  context: WorkContext,
): Result<Challenge, ProofFailure> {
  if (context.estimateNanoUsd > challenge.costNanoUsdMax) return err('underpriced');
  if (challenge.k * 2 ** challenge.bits < context.hashes) return err('too-easy');
  if (!checkWork(workSeed(context.seed), challenge.k, challenge.bits, context.work)) {
    return err('invalid-work');
  }
  return ok(challenge);
}
