// The order of a challenge's checks, cheap to dear, as pure functions: `judgeChallenge` runs on the
// challenge alone, `judgeSubject` once the caller has a name, `judgePrice` once the body is known
// and priced. What the verifiers check comes after. None of them spends anything.

import { equalBytes } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { ALGORITHM_SHA256, BIND_SEED, BIND_SIGNATURE, type Challenge } from './challenge.ts';
import { requires } from './requirement.ts';
import { SUB_PUZZLES, WORK_BITS_MAX } from './work.ts';

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
  | 'invalid-dpop'
  | 'signature-terms'
  | 'signature-nonce'
  | 'signature-coverage'
  | 'private-token-missing'
  | 'invalid-private-token'
  | 'invalid-human-token'
  | 'human-unavailable'
  | 'conversation'
  | 'too-many-outstanding'
  | 'replayed';

export type ChallengeContext = {
  readonly nowSeconds: number;
  readonly realm: string;
  readonly route: string;
};

/** Times, then realm and route; unknown parameters are refused even when they are MACed. */
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
  return isSupported(challenge) ? ok(challenge) : err('unsupported');
}

const CONVERSATION_BYTES = 32;

function isSupported(challenge: Challenge): boolean {
  const { algorithm, k, bits, bind, require, jkt, conversationHash } = challenge;
  if (algorithm !== ALGORITHM_SHA256) return false;
  if (k !== SUB_PUZZLES || bits < 1 || bits > WORK_BITS_MAX) return false;
  // A challenge that asks for nothing would be a pass.
  if (require === 0) return false;
  // A device key and the demand for its signature come together or not at all.
  if (requires(require, 'device') !== (jkt !== '')) return false;
  if (bind !== BIND_SEED && !(bind === BIND_SIGNATURE && jkt !== '')) return false;
  return conversationHash.length === 0 || conversationHash.length === CONVERSATION_BYTES;
}

/** Is the caller the one that the challenge was made for? */
export const judgeSubject = (
  challenge: Challenge,
  principalHash: Uint8Array,
): Result<Challenge, ProofFailure> =>
  equalBytes(challenge.principalHash, principalHash) ? ok(challenge) : err('principal');

export type PriceContext = {
  readonly estimateNanoUsd: number;
  /** Hashes that the call's estimate and the caller's standing ask for now. */
  readonly hashes: number;
  /** Verifiers that are required now. */
  readonly require: number;
};

/** Does the challenge pay for this call, and does it ask for all that is asked today? */
export function judgePrice(
  challenge: Challenge,
  { estimateNanoUsd, hashes, require }: PriceContext,
): Result<Challenge, ProofFailure> {
  if (estimateNanoUsd > challenge.costNanoUsdMax) return err('underpriced');
  if ((challenge.require & require) !== require) return err('too-easy');
  const isWork = requires(challenge.require, 'work');
  return isWork && challenge.k * 2 ** challenge.bits < hashes ? err('too-easy') : ok(challenge);
}
