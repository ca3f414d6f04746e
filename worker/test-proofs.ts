// Test proofs: words that a developer's test suite sends in place of a proof, as one pays with test
// cards. They exist on a developer's machine only, for callers on that machine: anywhere else these
// words are malformed evidence like any other. A call that shows `test.pass` is priced, reserved
// and settled like every call; the others are refused as what they are named after is refused.

import type { Call } from '../core/call.ts';
import {
  ALGORITHM_SHA256,
  BIND_SEED,
  type Challenge,
  NONCE_BYTES,
} from '../core/proof/challenge.ts';
import { CHALLENGE_TTL_SECONDS, type ProofFailure } from '../core/proof/index.ts';
import { REQUIRE } from '../core/proof/requirement.ts';
import { SUB_PUZZLES, workBits } from '../core/proof/work.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Deps } from './env.ts';

/** What becomes of a call that shows one: it passes, or fails as a real one would. */
type Outcome = 'passes' | ProofFailure;

const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['test.pass', 'passes'],
  ['test.fail', 'invalid-work'],
  ['test.replayed', 'replayed'],
  ['test.underpriced', 'underpriced'],
  ['test.expired', 'expired'],
  ['test.wrong-route', 'route'],
]);

/** What a real challenge is refused for before the body is read. */
const SEEN_AT_ONCE: ReadonlySet<Outcome> = new Set(['expired', 'route']);

/** The principal of a test proof is whoever sends it: nothing is compared with this. */
const NOBODY = new Uint8Array(32);

/**
 * By the object itself: a challenge that was decoded from the wire is another object, whatever is
 * in it and whoever sealed it, so none can be among these.
 */
const made = new WeakMap<Challenge, Outcome>();

/**
 * Local mode, and the socket is of this machine. At an edge there is no such socket, and whoever
 * comes through one brings its header: a tunnel to a developer's machine opens nothing.
 */
const isAtHome = ({ ip, headers }: Call, { isLocal }: Deps): boolean =>
  isLocal && ip.startsWith('ip:127.') && !headers.has('CF-Connecting-IP');

/** A challenge that counts as answered, or why not; null where the word is no test proof here. */
export function openTestProof(
  word: string,
  call: Call,
  deps: Deps,
): Result<Challenge, ProofFailure> | null {
  const outcome = isAtHome(call, deps) ? OUTCOMES.get(word) : undefined;
  if (outcome === undefined) return null;
  if (outcome !== 'passes' && SEEN_AT_ONCE.has(outcome)) return err(outcome);
  const nowSeconds = Math.floor(call.receivedAtMs / 1_000);
  const challenge: Challenge = {
    kid: 0,
    issuedAtSeconds: nowSeconds,
    notBeforeSeconds: nowSeconds,
    expiresAtSeconds: nowSeconds + CHALLENGE_TTL_SECONDS,
    nonce: deps.ledgers.markNonce(deps.randomBytes(NONCE_BYTES)),
    algorithm: ALGORITHM_SHA256,
    k: SUB_PUZZLES,
    bits: workBits(deps.policy.work.capHashes, SUB_PUZZLES),
    bind: BIND_SEED,
    costNanoUsdMax: Number.MAX_SAFE_INTEGER,
    require: REQUIRE.work,
    realm: deps.policy.realm,
    route: call.route.id,
    principalHash: NOBODY,
    jkt: '',
    conversationHash: new Uint8Array(0),
  };
  made.set(challenge, outcome);
  return ok(challenge);
}

/** Null for a challenge of ours, which has to be answered in earnest. */
export const testOutcomeOf = (challenge: Challenge): Outcome | null => made.get(challenge) ?? null;
