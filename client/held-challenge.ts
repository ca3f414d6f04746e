// A challenge as this client holds it: decoded, known to be answerable with our device key, and
// aged by our own stopwatch. It never compares the gateway's times with this machine's clock, and
// it refuses work no honest gateway would ask for.

import {
  ALGORITHM_SHA256,
  BIND_SEED,
  BIND_SIGNATURE,
  type Challenge,
  decodeChallenge,
  parseChallenge,
} from '../core/proof/challenge.ts';
import { REQUIRE, requires } from '../core/proof/requirement.ts';
import { SUB_PUZZLES, WORK_BITS_MAX } from '../core/proof/work.ts';
import type { HumanParameters } from './human-challenge.ts';

export type HeldChallenge = {
  readonly wire: string;
  readonly challenge: Challenge;
  /** What to ask a visitor with, where the challenge wants a human; else null. */
  readonly human: HumanParameters | null;
  /** Does it want the pass that a human proof earned? */
  readonly wantsPass: boolean;
  /** Can the work be done before the body is known? */
  readonly isAhead: boolean;
  /** Seconds of life left, by the time passed since it was received. */
  lifeSeconds(): number;
  /** How long until the gateway will take it. */
  waitMilliseconds(): number;
};

/** With less life than this a challenge is not worth solving. */
export const LIFE_SECONDS_MIN = 10;
export const WORK_HASHES_MAX = 2 ** 26;
const WAIT_SECONDS_MAX = 30;
const ANSWERABLE = REQUIRE.work | REQUIRE.device | REQUIRE.human | REQUIRE.pass;

/**
 * Null unless the challenge names `jkt` as its device key and is one this client can answer. For
 * one that wants a human, `human` has to say how to ask.
 */
export function holdChallenge(
  wire: string | null,
  jkt: string,
  human: HumanParameters | null,
): HeldChallenge | null {
  const sealed = wire === null ? null : parseChallenge(wire);
  const challenge = sealed === null ? null : decodeChallenge(sealed.body);
  if (wire === null || challenge === null) return null;
  if (challenge.jkt !== jkt || !isAnswerable(challenge)) return null;
  const wantsHuman = requires(challenge.require, 'human');
  if (wantsHuman && human === null) return null;
  const ageSeconds = startStopwatch();
  return {
    wire,
    challenge,
    human: wantsHuman ? human : null,
    wantsPass: requires(challenge.require, 'pass'),
    isAhead: challenge.bind === BIND_SIGNATURE,
    lifeSeconds: () => challenge.expiresAtSeconds - challenge.issuedAtSeconds - ageSeconds(),
    waitMilliseconds: () =>
      1000 * (challenge.notBeforeSeconds - challenge.issuedAtSeconds - ageSeconds()),
  };
}

function isAnswerable(challenge: Challenge): boolean {
  const { k, bits, bind, jkt, issuedAtSeconds, expiresAtSeconds, notBeforeSeconds } = challenge;
  return (
    challenge.algorithm === ALGORITHM_SHA256 &&
    (bind === BIND_SEED || (bind === BIND_SIGNATURE && jkt !== '')) &&
    (challenge.require & ~ANSWERABLE) === 0 &&
    k === SUB_PUZZLES &&
    bits >= 1 &&
    bits <= WORK_BITS_MAX &&
    k * 2 ** bits <= WORK_HASHES_MAX &&
    notBeforeSeconds - issuedAtSeconds <= WAIT_SECONDS_MAX &&
    expiresAtSeconds - issuedAtSeconds >= LIFE_SECONDS_MIN
  );
}

/** Two clocks, the larger reading: one may stop in a machine's sleep, one may be set back. */
export function startStopwatch(): () => number {
  const wall = Date.now();
  const steady = performance.now();
  return () => Math.max(Date.now() - wall, performance.now() - steady) / 1000;
}
